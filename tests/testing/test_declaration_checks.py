"""Each slip in a declaration, or in a shipped file, is found by the check that names it."""

import importlib
import json
import sys
from dataclasses import replace
from importlib.resources import files

import pytest

from ilbench.contract.fields import Field
from ilbench.testing.declaration_checks import DECLARATION_CHECKS
from ilbench.testing.task_contract import check_task
from ilbench.testing.toys import HARBOR, toy_task

BROKEN = {
    "components name every entry of a vector": {
        "observation": (Field(name="state", shape=(2,), components=("x",)),)
    },
    "the declared splits are the contexts on file": {
        "splits": (replace(HARBOR.splits[0], num_contexts=9), *HARBOR.splits[1:])
    },
    "contexts on file are what the generator makes": {"make_contexts": "ilbench_broken:make_other_contexts"},
    "a task without an expert says so and has no demonstrations of its own": {
        "expert": None,
        "demonstrations": None,
    },
    "a task says where it comes from and what it measured": {"source": ""},
    "a changed spec has a new version": {"horizon": 41},
}
STARTS = [{"x": x / 100} for x in range(8)]
EQUAL = {"mean_return": -1, "success_rate": 1, "num_episodes": 9}
BROKEN_DATA = {
    "held-out contexts are not in train": {"contexts.json": {"train": STARTS, "test": STARTS}},
    "no split repeats a context": {"contexts.json": {"train": STARTS[:1] * 8, "test": STARTS[1:]}},
    "the expert beats chance and its weakness is said": {
        "measured.json": {"references": {"expert": EQUAL, "random": EQUAL}}
    },
}


def found(task):
    return {problem.check for problem in check_task(task, DECLARATION_CHECKS)}


@pytest.fixture
def with_data(tmp_path, monkeypatch):
    """Returns a function that gives the toy other files."""

    def change(contents):
        folder = tmp_path / "broken_data" / "toy"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        for path in files("ilbench.testing").joinpath("data/harbor-v1").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        for name, content in contents.items():
            (folder / name).write_text(json.dumps(content))
        importlib.invalidate_caches()
        return toy_task(data="broken_data:toy")

    monkeypatch.syspath_prepend(tmp_path)
    yield change
    sys.modules.pop("broken_data", None)


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_declaration_is_found(check):
    assert check in found(toy_task(**BROKEN[check]))


@pytest.mark.parametrize("check", BROKEN_DATA)
def test_broken_data_is_found(check, with_data):
    problems = check_task(with_data(BROKEN_DATA[check]), DECLARATION_CHECKS)
    assert check in {problem.check for problem in problems if problem.expected != "no exception"}


def test_a_weak_expert_is_no_problem_where_the_source_says_so(with_data):
    weak = {"mean_return": 1, "success_rate": 0.5, "num_episodes": 100}
    task = with_data({"measured.json": {"references": {"expert": weak, "random": EQUAL}}})
    check = "the expert beats chance and its weakness is said"
    assert check in found(task)
    assert check not in found(replace(task, source="Made for tests; the expert is below 90 %."))


def test_one_single_start_may_be_in_train_and_test(with_data):
    check = "held-out contexts are not in train"
    assert check not in found(with_data({"contexts.json": {"train": STARTS[:1], "test": STARTS[:1]}}))


def test_a_package_without_a_ledger_is_told_where_it_would_be(with_data, tmp_path):
    problems = check_task(with_data({}), DECLARATION_CHECKS)
    assert str(tmp_path / "broken_data" / "digests.json") in {problem.expected for problem in problems}


def test_every_check_finds_something_and_nothing_on_the_sound_toy():
    assert {*BROKEN, *BROKEN_DATA} == {check.name for check in DECLARATION_CHECKS}
    assert found(HARBOR) == set()
