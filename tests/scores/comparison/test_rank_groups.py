from itertools import product

import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from ilbench.scores import letters, rank_intervals


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=7).map(lambda s: (s[0], s[0]))))
def test_two_share_a_letter_if_and_only_if_not_told_apart(is_better):
    is_better = np.triu(is_better, 1)
    found = [set(text) for text in letters(is_better)]
    assert all(found)
    for i, j in product(range(len(found)), repeat=2):
        assert bool(found[i] & found[j]) != bool(is_better[i, j] | is_better[j, i])


def test_letters_go_down_from_the_first():
    is_better = np.zeros((4, 4), dtype=bool)
    is_better[0, 2] = is_better[0, 3] = is_better[1, 3] = True
    assert letters(is_better) == ("a", "ab", "bc", "c")
    assert rank_intervals(is_better) == ((1, 2), (1, 3), (2, 4), (3, 4))


def test_with_nothing_shown_every_rank_is_possible():
    nothing = np.zeros((3, 3), dtype=bool)
    assert letters(nothing) == ("a",) * 3
    assert rank_intervals(nothing) == ((1, 3),) * 3
