import pytest
from made_up import record

from ilbench.errors import EmptyScoreError
from ilbench.scores import (
    MismatchedRecordsError,
    behavior_entropy,
    mean_return,
    num_modes_found,
    success_rate,
)


@pytest.mark.parametrize("records", [[], [record(0, status="env_error")]])
@pytest.mark.parametrize(
    "score",
    [
        success_rate,
        mean_return,
        lambda r: behavior_entropy(r, num_modes=2),
        lambda r: num_modes_found(r, num_modes=2),
    ],
)
def test_no_score_of_no_episodes(score, records):
    with pytest.raises(EmptyScoreError):
        score(records)


def test_an_episode_given_twice_in_one_training_seed_is_refused():
    with pytest.raises(MismatchedRecordsError, match="twice"):
        success_rate([record(0), record(0)])


def test_two_splits_in_one_rate_are_refused():
    with pytest.raises(MismatchedRecordsError, match="toy/reach-v1 train"):
        success_rate([record(0), record(1, split="train")])
