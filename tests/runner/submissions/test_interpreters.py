"""A policy's interpreter is asked before anything starts; wrong ones are in `test_submission`."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.interpreters import packages_of


def test_an_interpreter_says_what_it_has():
    assert packages_of(sys.executable, "option --python")["numpy"] == np.__version__


def test_whoever_named_a_wrong_one_is_named(tmp_path):
    with pytest.raises(
        InvalidSubmissionError, match=r"option --python: expected an interpreter.*cannot be run"
    ):
        packages_of(str(tmp_path / "python"), "option --python")


def test_one_that_is_too_old_is_refused(tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\necho \'{"version": [3, 7, 1], "packages": {}}\'\n')
    old.chmod(0o755)
    with pytest.raises(InvalidSubmissionError, match=r"found Python 3\.7\.1 at"):
        packages_of(str(old), "field 'python'")
