from hypothesis import given
from hypothesis import strategies as st

from ilbench.leaderboard.places import find_front, find_places
from ilbench.leaderboard.row import Means, Place
from ilbench.scores import Estimate


def about(value, width=0.05):
    return Estimate(value=value, low=value - width, high=value + width, n=1, method="")


def means(success=None, diversity=None, generalization=None):
    given = {"success": success, "diversity": diversity, "generalization": generalization}
    return Means(**{name: about(value) for name, value in given.items() if value is not None})


UNTESTED = (None, None)


def test_ranks_by_diversity_are_those_that_intervals_which_lie_apart_leave():
    rows = [means(0, diversity=value) for value in (0.9, 0.85, 0.2)]
    places = find_places(rows, [UNTESTED] * 3)
    assert [place["diversity"].rank for place in places] == [1, 2, 3]
    assert [place["diversity"].interval for place in places] == [(1, 2), (1, 2), (3, 3)]


def test_a_score_that_a_row_lacks_places_it_nowhere_and_counts_for_no_other():
    places = find_places([means(0.5), means(0.4, 0.3), means(0.3, 0.9)], [UNTESTED] * 3)
    assert "diversity" not in places[0]
    assert [place["diversity"].rank for place in places[1:]] == [2, 1]


def test_the_place_by_success_is_what_tests_say():
    (first, _) = find_places([means(0.9), means(0.1)], [((1, 2), "a"), ((1, 2), "a")])
    assert first["success"] == Place(rank=1, interval=(1, 2), group="a")


def test_equal_values_share_the_better_rank_and_a_row_alone_has_no_interval():
    assert [p["success"].rank for p in find_places([means(0.5), means(0.5), means(0.1)], [UNTESTED] * 3)] == [
        1,
        1,
        3,
    ]
    assert find_places([means(0.5, 0.5)], [UNTESTED])[0]["diversity"].interval is None


def test_a_row_is_on_the_front_unless_another_is_shown_better_in_one_score_and_worse_in_none():
    diverse, successful, worse = means(0.5, 0.9), means(0.9, 0.5), means(0.5, 0.5)
    assert find_front([diverse, successful, worse]) == [True, True, False]


def test_losing_nothing_at_little_success_is_no_achievement():
    # The random policy keeps all of its little success, and is not shown to keep more than the others.
    assert find_front([means(0.8, 0.9, 0.98), means(0.1, None, 1.01)]) == [True, False]


def test_what_is_not_shown_to_differ_is_on_the_front_together():
    assert find_front([means(0.80, 0.50), means(0.81, 0.49)]) == [True, True]


values = st.none() | st.floats(0, 1)


@given(st.lists(st.builds(means, values, values, values), min_size=1, max_size=7))
def test_a_front_is_never_empty(rows):
    assert any(find_front(rows))


def test_rows_that_beat_one_another_in_a_circle_are_on_the_front_together():
    def interval(low, high):
        return Estimate(value=low, low=low, high=high, n=1, method="")

    wide = interval(0, 1)
    high, low = interval(0.9, 1), interval(0, 0.1)
    scores = ((high, low, wide), (wide, high, low), (low, wide, high))
    rows = [Means(success=a, diversity=b, generalization=c) for a, b, c in zip(*scores, strict=True)]
    assert find_front(rows) == [True, True, True]


def test_there_is_no_front_of_no_rows():
    assert find_front([]) == []
