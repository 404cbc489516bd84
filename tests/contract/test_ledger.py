"""The ledger lies beside the tasks of its package, and is found without loading them."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.contract import ledger
from ilbench.contract.registry import find_task, load_registry
from ilbench.testing.toys import HARBOR

ROOT = Path(__file__).parents[2]


@pytest.fixture
def task(tmp_path, monkeypatch):
    """Returns a task of a package that ships no ledger yet."""
    (tmp_path / "their_pkg" / "suite").mkdir(parents=True)
    for folder in (tmp_path / "their_pkg", tmp_path / "their_pkg" / "suite"):
        (folder / "__init__.py").write_text("raise RuntimeError('this package must not be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    yield replace(HARBOR, id="theirs/one-v1", data="their_pkg:data/one-v1", contexts_of=HARBOR.data)
    sys.modules.pop("their_pkg", None)


def test_the_projects_ledger_is_found_from_any_of_its_modules():
    for name in ("ilbench.tasks.d3il:TASKS", "ilbench.tasks.manipulation.robosuite:data/lift-v2"):
        assert ledger.find_ledger(name) == ROOT / "tasks" / "digests.json"


def test_the_innermost_ledger_counts(task, tmp_path):
    outer, inner = tmp_path / "their_pkg" / "digests.json", tmp_path / "their_pkg" / "suite" / "digests.json"
    outer.write_text("{}")
    assert ledger.find_ledger("their_pkg.suite:TASKS") == outer
    inner.write_text('{"theirs/two-v1": "0"}')
    assert ledger.load_ledger("their_pkg.suite:TASKS") == {"theirs/two-v1": "0"}


def test_a_package_without_one_has_no_digests(task):
    assert ledger.find_ledger(task.data) is None
    assert ledger.load_ledger(task.data) == {}
    assert ledger.find_ledger("no_such_package:TASKS") is None


def test_a_digest_is_entered_beside_the_data(task, tmp_path, monkeypatch):
    for package in ("their_pkg", "their_pkg/suite"):
        (tmp_path / package / "__init__.py").write_text("")
    path = ledger.write_digest(task)
    assert path == tmp_path / "their_pkg" / "digests.json"
    assert json.loads(path.read_text()) == {"theirs/one-v1": task.spec_digest()}


def test_an_old_version_that_is_not_registered_leaves_and_others_stay(task, tmp_path):
    for package in ("their_pkg", "their_pkg/suite"):
        (tmp_path / package / "__init__.py").write_text("")
    ledger.write_digest(task)
    ledger.write_digest(replace(task, id="theirs/other-v1"))
    assert set(json.loads(ledger.write_digest(replace(task, id="theirs/one-v2")).read_text())) == {
        "theirs/one-v2",
        "theirs/other-v1",
    }


def test_the_place_of_a_registered_tasks_digest_is_the_ledger_that_has_it():
    task = find_task(next(iter(load_registry())))
    assert ledger.load_ledger(task.data)[task.id] == task.spec_digest()
    assert ledger.ledger_place(task) == ROOT / "tasks" / "digests.json"
