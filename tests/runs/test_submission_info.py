from __future__ import annotations

import pytest
from pydantic import ValidationError

from ilbench.runs.submission_info import Served, SubmissionInfo


def test_what_a_server_said_of_itself_is_bounded():
    with pytest.raises(ValidationError):
        Served(wire="openpi", seeded=False, server={"name": "x" * 201})
    with pytest.raises(ValidationError):
        Served(wire="openpi", seeded=False, server={str(n): "x" for n in range(51)})


def test_a_submission_is_of_a_kind_that_is_known():
    with pytest.raises(ValidationError):
        SubmissionInfo(name="mine", kind="rumor", entry="a:B", digest="0")
