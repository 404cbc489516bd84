"""The files that a task ships: where they lie, how they read, and what comes back from them."""

import sys
from dataclasses import replace

import pytest

from ilbench.checks.shipping import write_contexts, write_measured
from ilbench.contract.shipped import Reference, resource_path
from ilbench.errors import InvalidTaskError, StorageError
from ilbench.testing.toys import HARBOR, make_contexts


@pytest.fixture
def task(tmp_path, monkeypatch):
    (tmp_path / "shipped_pkg").mkdir()
    (tmp_path / "shipped_pkg" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield replace(HARBOR, data="shipped_pkg:data/harbor-v1")
    sys.modules.pop("shipped_pkg", None)


def test_contexts_are_what_the_generator_makes_and_are_read_at_once(task):
    assert write_contexts(task) == resource_path(task.data, "contexts.json")
    assert {name: list(task.contexts(name)) for name in ("train", "test")} == make_contexts()


def test_a_task_that_shares_contexts_has_none_to_write(task):
    with pytest.raises(InvalidTaskError, match="it shares those in other:data"):
        write_contexts(replace(task, contexts_of="other:data"))


def test_measurements_come_back_as_references(task):
    references = {"random": Reference(mean_return=-1.5, success_rate=0.25, num_episodes=8)}
    write_measured(task, references, None)
    assert task.references() == references
    assert task.demonstrations_checksum() is None


def test_a_folder_that_cannot_be_written_says_what_to_do(task, tmp_path):
    (tmp_path / "shipped_pkg" / "data").write_text("in the way")
    with pytest.raises(StorageError, match=r"data/harbor-v1: cannot be made .*; use a checkout"):
        write_contexts(task)
