from __future__ import annotations

import pytest

from ilbench.contract.registry import find_task
from ilbench.testing.records import make_records
from ilbench.testing.toys import HARBOR, toy_task
from ilbench.trust.fresh import NoFreshContextsError, compare_fresh, draw_fresh, seed_hash, with_fresh

MAZE = "navigation/maze-16-v1"


def compared(public, fresh, repeats=1):
    sides = [
        [record for repeat in range(repeats) for record in make_records(one, repeat=repeat)]
        for one in (public, fresh)
    ]
    return compare_fresh("toy/reach-v1", *sides, [])


def test_the_secret_decides_which_contexts_are_drawn():
    assert draw_fresh(HARBOR, "s", 20) == draw_fresh(HARBOR, "s", 20)
    assert draw_fresh(HARBOR, "s", 20) != draw_fresh(HARBOR, "t", 20)


def test_no_fresh_context_is_published_or_drawn_twice():
    drawn = [context["x"] for context in draw_fresh(HARBOR, "s", 300)]
    published = [context["x"] for split in ("train", "test") for context in HARBOR.contexts(split)]
    assert len(set(drawn)) == 300
    assert not set(drawn) & set(published)


def test_a_level_that_is_published_under_another_number_is_not_fresh():
    task = find_task(MAZE)
    published = {str(context["walls"]) for split in task.split_names for context in task.contexts(split)}
    assert not published & {str(context["walls"]) for context in draw_fresh(task, "s", 10)}


def test_a_task_of_one_single_start_has_none():
    with pytest.raises(NoFreshContextsError, match=r"avoiding-v3 .* its test split is one single start"):
        draw_fresh(find_task("d3il/avoiding-v3"), "s", 1)


def test_a_generator_that_knows_no_others_is_given_up():
    with pytest.raises(NoFreshContextsError, match=r"only 7[0-9][0-9] fresh contexts .* 900 were asked for"):
        draw_fresh(HARBOR, "s", 900)  # of 801 different places, 16 published


def test_fresh_contexts_are_a_split_of_their_own_that_changes_nothing_else():
    contexts = draw_fresh(HARBOR, "s", 3)
    task = with_fresh(HARBOR, "fresh/1", contexts)
    assert task.contexts("fresh/1") == contexts
    assert (task.contexts("test"), task.spec_digest()) == (HARBOR.contexts("test"), HARBOR.spec_digest())


@pytest.mark.parametrize(
    ("public", "fresh", "verdict"),
    [
        ([1] * 100, [1] * 100, "agrees"),
        ([1] * 50 + [0] * 50, [0, 1] * 50, "agrees"),
        ([0] * 100, [1] * 100, "agrees"),
        ([1] * 100, [1] * 80 + [0] * 20, "differs"),
        ([1] * 100, [0] * 100, "differs"),
        ([1] * 8, [1] * 8, "undecided"),
        ([1] * 60 + [0] * 40, [1] * 45 + [0] * 55, "undecided"),
        ([1] * 5 + [0] * 5, [0, 1] * 50, "undecided"),
    ],
)
def test_a_loss_is_seen_where_there_is_one_and_denied_only_where_it_would_have_been(public, fresh, verdict):
    assert compared(public, fresh).verdict == verdict


def test_repeats_on_few_contexts_are_no_more_contexts():
    once, often = compared([0, 1] * 5, [0, 1] * 50), compared([0, 1] * 5, [0, 1] * 50, repeats=20)
    assert often.verdict == once.verdict == "undecided"
    assert (often.public.num_contexts, often.public.num_episodes) == (10, 200)


def test_a_task_that_declares_nothing_is_told_what_it_lacks():
    with pytest.raises(NoFreshContextsError, match="it declares no draw_fresh"):
        draw_fresh(toy_task(draw_fresh=None), "s", 1)


def test_a_secret_can_be_checked_once_it_is_told():
    assert seed_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
