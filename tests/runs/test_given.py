from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.errors import RunFolderError
from ilbench.runs.folder import load_run
from ilbench.runs.given import given_run, given_runs, runs_of_one

RESULTS = Path(__file__).parents[2] / "results"
RANDOM = RESULTS / "adroit-door" / "random"


def test_a_run_is_given_as_a_value_or_by_its_path():
    run = load_run(RANDOM)
    assert given_run(run) is run
    assert given_run(str(RANDOM)).records == given_run(RANDOM).records == run.records


def test_folders_of_several_and_sequences_are_taken_apart():
    names = [run.path.name for run in given_runs([load_run(RANDOM), str(RANDOM.parent)])]
    assert names == ["random", *sorted(path.name for path in RANDOM.parent.iterdir())]


def test_one_side_of_a_comparison_is_of_one_submission():
    seeds = runs_of_one(sorted(RANDOM.parent.glob("bc-mlp-*")))
    assert [run.header.submission.training_seed for run in seeds] == [0, 1, 2]
    with pytest.raises(RunFolderError, match="found runs of 3: bc-mlp, diffusion, random"):
        runs_of_one(RANDOM.parent)
