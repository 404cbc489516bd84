"""The tables of a run's scores, of real runs of the toy task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ilbench
from ilbench.cli.score_tables import n_text, score_columns, score_notes, score_text, score_views
from ilbench.runs.submission_info import Served
from ilbench.scores import Estimate
from ilbench.scores.measures import MEASURES
from ilbench.scores.statistics.estimate import Design
from ilbench.testing.toys import HARBOR


def ahead(observation):
    return np.ones(1)


@pytest.fixture(scope="module")
def run():
    return ilbench.run(ahead, task=HARBOR, split="all", contexts=4)


@pytest.fixture(scope="module")
def scores(run):
    return ilbench.score(run, tasks=[HARBOR])[HARBOR.id]


def of_design(scores, design, **changes):
    """Returns the scores as if each success rate were of these episodes."""
    success = {
        name: replace(split, success=replace(split.success, design=design, **changes))
        for name, split in scores.splits.items()
    }
    return replace(scores, splits=success)


def estimate(n, **design):
    return Estimate(value=0.5, low=0.4, high=0.6, n=n, method="", design=Design(**design))


def test_n_is_contexts_times_repeats_times_training_seeds():
    whole = estimate(3240, contexts=60, repeats=18, training_seeds=3, distinct=3240)
    assert n_text(whole) == "60×18×3"
    assert n_text(replace(whole, n=3000)) == "3000 of 60×18×3"
    assert n_text(replace(whole, design=None)) == "3240"


def test_copies_and_a_single_context_are_said(scores):
    single = of_design(scores, Design(contexts=1, repeats=4, training_seeds=1, distinct=1))
    notes = " ".join(score_notes([single]))
    assert f"One context says nothing about others: {HARBOR.id} train" in notes
    assert "The others are copies" in notes


def test_different_episodes_on_several_contexts_need_no_word(scores):
    plain = of_design(scores, Design(contexts=4, repeats=1, training_seeds=1, distinct=4))
    notes = " ".join(score_notes([plain]))
    assert "One context" not in notes
    assert "copies" not in notes


@pytest.mark.parametrize(("speaks_of", "said"), [("policy", "this policy alone"), ("method", "the method:")])
def test_it_is_said_whose_the_intervals_are(scores, speaks_of, said):
    changed = of_design(scores, None, speaks_of=speaks_of)
    assert said in " ".join(score_notes([changed]))


def test_a_sandbox_and_a_server_are_told_and_nothing_where_there_was_none(run, scores):
    def said(**changes):
        found = replace(run, header=run.header.model_copy(update=changes))
        return " ".join(map(str, score_views(found, [scores], {HARBOR.id: HARBOR})))

    told = said(sandbox="bwrap", served=Served(wire="openpi", seeded=False))
    assert "kept in a sandbox: bwrap." in told
    assert "on a server: wire openpi, without seeds." in told
    assert "The policy was" not in said()


def text(name, scores, split="test", **changes):
    measure = next(one for one in MEASURES if one.name == name)
    return score_text(replace(measure, **changes), HARBOR, scores, scores.splits[split])


def test_a_large_number_is_no_power_of_ten(scores):
    large = Estimate(value=3750, low=3214.4, high=4170, n=4, method="")
    shown = text("mean_return", scores, of=lambda task, split: large, beside=None)
    assert shown == "3750 [3214, 4170]"


def test_what_is_kept_under_a_shift_is_a_share(scores):
    assert text("shift_retention", scores, "shift/current-1").startswith("100.0% [")
    assert text("shift_retention", scores) == "–"


def test_columns_stand_in_their_order():
    places = [place.place for _, place in score_columns()]
    assert places == sorted(places)
