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


def test_what_a_server_said_is_one_line_of_plain_text():
    told = Served(wire="openpi", seeded=False, server={"openpi\x1b[31m": "0.1\n"})
    assert told.in_words() == "wire openpi, without seeds; openpi[31m 0.1"


def test_the_digest_that_a_server_names_is_its_own_word():
    told = Served(wire="ilbench", seeded=True, digest="abc")
    assert told.in_words() == "wire ilbench, with seeds; it says that its digest is abc"
