from __future__ import annotations

import pytest

from ilbench.cli.train import train
from ilbench.errors import UnknownNameError, UsageError


def test_an_unknown_baseline_is_answered_with_those_that_there_are():
    with pytest.raises(UnknownNameError, match=r"known: act, bc-chunk, .*, random"):
        train("zzz", "d3il/avoiding-v3")


def test_a_baseline_without_training_is_answered_with_the_command_that_runs_it():
    with pytest.raises(UsageError, match="run it: ilbench run random --task d3il/avoiding-v3"):
        train("random", "d3il/avoiding-v3")
