import pytest
from made_up import played, record

from ilbench.errors import EmptyScoreError
from ilbench.scores import MismatchedRecordsError, compare, mcnemar


def test_repeats_of_a_context_are_one_unit():
    first = [record(c, c < 6, repeat=r) for c in range(10) for r in range(20)]
    second = [record(c, False, repeat=r) for c in range(10) for r in range(20)]
    found = compare([first], [second])
    assert (found.num_episodes, found.num_discordant) == (200, (6, 0))
    assert found.p_value == mcnemar(6, 0) == 2 / 2**6


def test_episodes_of_one_context_are_units():
    first = [record(0, True, repeat=r) for r in range(8)]
    second = [record(0, False, repeat=r) for r in range(8)]
    assert compare([first], [second]).p_value == 2 / 2**8


def test_unpaired_episodes_are_left_out_and_counted():
    first = [*played([1] * 6), record(6, True, status="env_error")]
    second = played([0] * 9)
    found = compare([first], [second])
    assert (found.num_episodes, found.num_unpaired) == (6, (0, 3))
    assert found.second.n == 6


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        ([record(7, True)], EmptyScoreError, "no episode in common"),
        ([record(0, True, split="train")], MismatchedRecordsError, "give each alone"),
        ([record(0, True), record(0, False)], MismatchedRecordsError, "each training seed alone"),
        ([record(0, True, env_seed=5)], MismatchedRecordsError, "same version"),
    ],
)
def test_records_that_cannot_be_paired_are_refused(second, error, message):
    with pytest.raises(error, match=message):
        compare([played([1, 0])], [second])
