from __future__ import annotations

import dataclasses

import pytest

from ilbench.contract.registry import Registry, find_task, load_registry
from ilbench.errors import DuplicateNameError, InvalidTaskError, UnknownNameError

AVOIDING = find_task("d3il/avoiding-v3")


def renamed(task_id, **changes):
    return dataclasses.replace(AVOIDING, id=task_id, **changes)


def test_an_unknown_task_is_answered_with_a_suggestion():
    with pytest.raises(
        UnknownNameError, match=r"no task named 'd3il/avoidng-v2'; did you mean 'd3il/avoiding-v3'"
    ):
        find_task("d3il/avoidng-v2")


def test_whether_a_task_is_there_can_be_asked():
    registry = Registry([AVOIDING])
    assert "d3il/avoiding-v3" in registry
    assert "d3il/avoidng-v2" not in registry
    assert registry.get("d3il/avoidng-v2") is None


def test_two_tasks_may_not_share_an_id():
    with pytest.raises(DuplicateNameError, match="'d3il/avoiding-v3' is declared twice"):
        Registry([AVOIDING, AVOIDING])


def test_filters_narrow_and_compose():
    registry = Registry(
        [
            renamed("a/one-v1", tags=frozenset({"x"})),
            renamed("a/two-v1"),
            renamed("b/one-v1", tags=frozenset({"x"})),
        ]
    )
    assert [t.id for t in registry.select(suite="a", tag="x")] == ["a/one-v1"]
    assert [t.id for t in registry.select(text="TWO")] == ["a/two-v1"]
    assert registry.suites == ("a", "b")


def test_an_unknown_suite_or_tag_is_an_error_not_an_empty_list():
    with pytest.raises(UnknownNameError, match="suite"):
        load_registry().select(suite="d3li")
    with pytest.raises(UnknownNameError, match="tag"):
        load_registry().select(tag="no-such-tag")


def test_tasks_of_another_package_enter_by_import_string(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(
        "import dataclasses, ilbench\n"
        "TASK = dataclasses.replace(ilbench.find_task('d3il/avoiding-v3'), id='theirs/avoiding-v3')\n"
        "TASKS = [TASK]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "theirs/avoiding-v3" in load_registry(["theirs:TASKS"])
    assert find_task("theirs:TASK").suite == "theirs"


def test_what_is_no_task_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odd.py").write_text("TASK = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InvalidTaskError, match=r"'odd:TASK' must lead to an ilbench.Task, found int"):
        find_task("odd:TASK")
