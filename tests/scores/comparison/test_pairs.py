import pytest
from made_up import played, record
from scipy.stats import ttest_ind

from ilbench.errors import EmptyScoreError
from ilbench.scores import MismatchedRecordsError, compare, mcnemar


def test_repeats_of_a_context_are_one_unit():
    first = [record(c, c < 6, repeat=r) for c in range(10) for r in range(20)]
    second = [record(c, False, repeat=r) for c in range(10) for r in range(20)]
    found = compare([first], [second])
    assert (found.num_episodes, found.num_discordant) == (200, (6, 0))
    assert found.p_value == mcnemar(6, 0) == 2 / 2**6


def repeats(success, count, *, is_deterministic, context=0):
    """Returns so many episodes of one context, each with actions of its own or all with the same."""
    digests = [f"{0 if is_deterministic else r:032x}" for r in range(count)]
    return [record(context, success, repeat=r, action_digest=d) for r, d in enumerate(digests)]


def test_episodes_of_one_context_are_units():
    first, second = (repeats(success, 8, is_deterministic=False) for success in (True, False))
    found = compare([first], [second])
    assert (found.p_value, found.num_distinct) == (2 / 2**8, (8, 8))
    assert str(found.design) == "1×8×1"


def test_a_policy_that_repeats_itself_on_the_only_context_has_played_one_episode():
    first, second = (repeats(success, 480, is_deterministic=True) for success in (True, False))
    found = compare([first], [second])
    assert (found.p_value, found.adjusted, found.num_distinct) == (None, None, (1, 1))
    assert found.sequential.p_value is None
    assert not found.is_distinguished
    assert found.difference.low < 0 < found.difference.value == 1


def test_training_seeds_that_repeat_themselves_are_still_compared():
    sides = [[repeats(s, 9, is_deterministic=True) for s in side] for side in ((1, 1, 0), (1, 0, 0))]
    found = compare(*sides)
    assert found.speaks_of == "method"
    assert found.p_value == pytest.approx(ttest_ind([1, 1, 0], [1, 0, 0], equal_var=False).pvalue)


def test_one_policy_that_varies_is_tested_against_one_that_does_not():
    first, second = (repeats(s, 8, is_deterministic=s) for s in (True, False))
    assert compare([first], [second]).p_value == 2 / 2**8


def test_repeats_that_are_all_the_same_count_as_their_contexts():
    first = [e for c in range(6) for e in repeats(True, 9, is_deterministic=True, context=c)]
    second = [e for c in range(6) for e in repeats(False, 9, is_deterministic=True, context=c)]
    assert compare([first], [second]).p_value == mcnemar(6, 0)


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
