"""What a submission says of its actions: read strictly, and compared before anything is played."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

import ilbench
from ilbench.contract.convention import ConventionMismatchError
from ilbench.contract.registry import load_registry
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.stated_convention import StatedConvention, check_told
from ilbench.runs.folder import load_run

TASK = "navigation/ogbench-pointmaze-medium-navigate-v1"
POLICY = """
import numpy as np
class Policy:
    def convention(self):
        return {told}
    def reset(self, lane, seed, task):
        pass
    def act(self, observations):
        return np.zeros((8, 2))
"""


def write(folder, table="", told=None):
    (folder / "policy.py").write_text(POLICY.format(told=told))
    (folder / "submission.toml").write_text(f'name = "one"\nentry = "policy:Policy"\n[convention]\n{table}')
    return folder


def run(folder, tmp_path, **options):
    return ilbench.run(folder, task=TASK, contexts=1, split="test", out=tmp_path / "run", **options)


def test_only_what_is_said_is_stated():
    said = StatedConvention(kind="delta", rate_hz="none", clipping=[-1, 1])
    assert said.stated() == {"kind": "delta", "rate_hz": None, "clipping": [-1, 1]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "jump"},
        {"rate_hz": 0},
        {"rate_hz": float("inf")},
        {"clipping": [1]},
        {"linear": "5"},
        {"x": 1},
    ],
)
def test_another_key_or_value_is_refused(wrong):
    with pytest.raises(ValidationError):
        StatedConvention(**wrong)


def test_a_file_that_says_otherwise_stops_before_a_folder_is_made(tmp_path):
    folder = write(tmp_path, 'kind = "absolute"\nrate_hz = 5')
    with pytest.raises(ConventionMismatchError, match=r"\(kind, rate_hz\)"):
        run(folder, tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("place", ["process", "inline"])
def test_a_policy_that_says_otherwise_stops_before_the_first_episode(tmp_path, place):
    folder = write(tmp_path, told={"linear": "1 m"})
    with pytest.raises(ConventionMismatchError) as caught:
        run(folder, tmp_path, place=place, workers=1)
    told = "linear: the task takes '0.2 m', the submission gives '1 m'"
    assert caught.value.__notes__[0].startswith(told)
    assert load_run(tmp_path / "run").records == ()


def test_an_object_that_says_otherwise_stops_too(tmp_path):
    class Policy:
        def convention(self):
            return {"kind": "absolute"}

        def act(self, observation):
            raise AssertionError("asked to act")

    with pytest.raises(ConventionMismatchError):
        ilbench.run(Policy(), task=TASK, contexts=1, split="test")


def test_one_that_agrees_plays(tmp_path):
    folder = write(tmp_path, 'kind = "delta"\nframe = "world"', told={"linear": "0.2 m", "rate_hz": 10})
    assert len(run(folder, tmp_path, workers=1).records) == 1


@pytest.mark.parametrize("told", [{"kind": "jump"}, {"unknown": 1}, "delta"])
def test_what_a_policy_tells_is_not_believed_without_a_look(told):
    with pytest.raises(InvalidSubmissionError, match="convention"):
        check_told(load_registry()[TASK], told)
