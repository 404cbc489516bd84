from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.ledger.published import PublishedNumber
from ilbench.ledger.verdict import compare_again, compare_beside
from ilbench.runs.folder import load_run

TASK = "d3il/avoiding-v3"
BOARD = Path(__file__).parents[2] / "results/ledger/avoiding-human"


@pytest.fixture(scope="module")
def diffusion():
    return [load_run(BOARD / f"diffusion/seed-{seed}") for seed in range(3)]


def number(value, unit="success", spread=None, comparable="yes", demonstrations=""):
    return PublishedNumber(
        method="DDPM",
        baseline="diffusion",
        task=TASK,
        demonstrations=demonstrations,
        protocol="",
        value=value,
        spread=spread or "",
        n="",
        unit=unit,
        source="A paper",
        comparable=comparable,
        reason="none",
    )


def test_a_run_is_the_same_as_itself(diffusion):
    again = compare_again(diffusion[0], diffusion[0], TASK)
    assert (again.verdict, again.has_same_weights) == ("the same records", True)


def test_another_seed_has_other_weights_and_another_method_is_outside(diffusion):
    assert compare_again(diffusion[0], diffusion[1], TASK).has_same_weights is False
    other = compare_again(load_run(BOARD / "bc-mlp/seed-0"), diffusion[0], TASK)
    assert (other.verdict, other.success.value) == ("outside", 0.0)


def test_what_was_made_otherwise_is_named(diffusion):
    assert compare_again(diffusion[0], diffusion[1], TASK).differing == ()
    other = compare_again(load_run(BOARD / "bc-mlp/seed-0"), diffusion[0], TASK)
    assert other.differing == ("the configuration",)
    scripted = load_run(BOARD.parents[1] / "runs/diffusion")
    assert "the demonstrations" in compare_again(scripted, diffusion[0], TASK).differing


def test_a_number_of_another_data_set_is_not_compared(diffusion):
    people, others = (number(0.9, demonstrations=f"{whose}-v1") for whose in ("d3il-human", "nobodys"))
    assert compare_beside(diffusion, people).verdict != "not comparable"
    assert compare_beside(diffusion, others).verdict == "not comparable"


def test_a_paper_is_inside_our_interval_or_we_are_within_two_of_its_deviations(diffusion):
    ours = compare_beside(diffusion, number(0.9)).ours
    assert compare_beside(diffusion, number(ours.value)).verdict == "inside"
    far = ours.high + 0.02
    assert compare_beside(diffusion, number(far)).verdict == "below"
    assert compare_beside(diffusion, number(far, spread=0.5)).verdict == "inside"
    assert compare_beside(diffusion, number(ours.low - 0.02)).verdict == "above"


def test_entropy_is_compared_with_entropy(diffusion):
    beside = compare_beside(diffusion, number(0.1, unit="behavior entropy"))
    assert beside.verdict == "above"
    assert 0.9 < beside.ours.value < 1


def test_what_does_not_compare_is_not_compared(diffusion):
    assert compare_beside(diffusion, number(0.0, comparable="no")).verdict == "not comparable"
    assert compare_beside(diffusion, number(0.9, unit="jumps")).verdict == "not comparable"
