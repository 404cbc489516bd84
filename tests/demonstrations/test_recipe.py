"""Recipes: which dials make sense, how they are dealt, and what a data set is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ilbench.demonstrations import (
    InvalidRecipeError,
    Recipe,
    ensure_demonstrations,
    load_demonstrations,
    make_recipe,
)
from ilbench.errors import UnknownNameError


def made(task, cache, **options):
    return ensure_demonstrations(task, cache=cache, **{"workers": 1, **options})


def test_in_the_long_run_every_context_meets_every_mode(task):
    recipe = Recipe(count=32, modes=(0, 1), noise=0.0)
    pairs = [(a.context, a.mode) for a in (recipe.assignment(task, i) for i in range(32))]
    assert all(pairs.count((context, mode)) == 4 for context in range(4) for mode in (0, 1))


def test_a_smaller_count_gives_the_first_demonstrations(task, tmp_path):
    few, many = made(task, tmp_path, count=3), made(task, tmp_path)
    assert [t.digest() for t in few.trajectories] == [t.digest() for t in many.trajectories[:3]]


@pytest.mark.parametrize(
    "dials",
    [{"count": 0}, {"modes": [2]}, {"modes": [0, 0]}, {"noise": -0.1}, {"levels": 5}, {"transitions": 0}],
)
def test_dials_that_make_no_sense_are_refused(task, dials):
    with pytest.raises(InvalidRecipeError, match="demonstrations of toys/shore-v1: "):
        make_recipe(task, **dials)


def test_a_task_without_an_expert_has_no_demonstrations(task):
    with pytest.raises(InvalidRecipeError, match="has no expert"):
        make_recipe(replace(task, expert=None))


def test_fewer_levels_are_the_first_train_contexts_at_the_same_count(task, tmp_path):
    few = made(task, tmp_path, levels=2)
    assert [t.context for t in few.trajectories] == [0, 1, 1, 0, 0, 1, 1, 0]
    assert few.mode_counts == {0: 4, 1: 4}
    assert make_recipe(task, levels=4) == make_recipe(task)


def test_other_dials_make_another_data_set(task, tmp_path):
    standard, noisy = made(task, tmp_path), made(task, tmp_path, noise=0.2)
    assert noisy.folder != standard.folder
    assert any((t.actions != t.expert_actions).any() for t in noisy.trajectories)
    assert load_demonstrations(task, noise=0.0, cache=tmp_path).checksum == standard.checksum


def test_another_expert_makes_another_data_set_under_its_own_name(task, tmp_path):
    both = replace(task, alternative_experts={"obstinate": "ilbench_toys.shore:ObstinateSwimmer"})
    other = made(both, tmp_path, expert="obstinate", modes=[0])
    assert other.name.startswith("obstinate-")
    assert other.mode_counts == {0: 8}
    assert load_demonstrations(both, source=other.name, cache=tmp_path).checksum == other.checksum
    with pytest.raises(UnknownNameError, match="did you mean 'obstinate'"):
        make_recipe(both, expert="obstinat")
