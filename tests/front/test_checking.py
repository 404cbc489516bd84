"""`ilbench.check_submission`: findings one by one, and tasks looked up before."""

from __future__ import annotations

import pytest

import ilbench
from ilbench.errors import UnknownNameError


def test_findings_come_one_by_one(tmp_path):
    found = ilbench.check_submission(tmp_path / "nothing")
    assert next(found).verdict == "error"
    assert list(found) == []


def test_a_task_that_there_is_not_is_refused_at_once(tmp_path):
    with pytest.raises(UnknownNameError, match="d3il/avoiding"):
        ilbench.check_submission(tmp_path, tasks=["d3il/avoidin-v2"])


def test_a_suite_stands_for_its_tasks(tmp_path):
    (tmp_path / "submission.toml").write_text('name = "one"\nentry = "nowhere:Policy"\n')
    found = list(ilbench.check_submission(tmp_path, suite="pusht"))
    assert {one.task for one in found if one.check == "load"} == {"pusht/pusht-v1", "pusht/pusht-image-v1"}
