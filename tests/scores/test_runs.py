import pytest
from made_up import A, make_run

from ilbench.scores import OverlappingRunsError, records_by_seed


def test_two_runs_of_the_same_episodes_are_refused():
    with pytest.raises(OverlappingRunsError, match=r"runs/x-0.*both hold toy/avoid-v1 test.*training seed 0"):
        records_by_seed([make_run("x", {A: 5}, seed=0), make_run("x", {A: 6}, seed=0)])
