"""Short trainings on this processor and on emulated ones: compared, and what is said when they cannot be."""

from __future__ import annotations

import pytest

from ilbench.checks import determinism
from ilbench.checks.determinism import (
    NATIVE,
    PROCESSORS,
    Amount,
    Outcome,
    Trial,
    TrialError,
    cost_of,
    differing,
    has_emulator,
    play_trials,
)
from ilbench.demonstrations import ensure_demonstrations

TASKS = {
    "bc-mlp": "d3il/avoiding-v3",
    "diffusion": "d3il/avoiding-v3",
    "gcbc": "navigation/ogbench-pointmaze-medium-navigate-v1",
    "procedure-cloning": "navigation/maze-16-v1",
}


def outcome(processor=NATIVE, *, weights="w", records="r", train_ms=1.0, act_ms=1.0):
    return Outcome(
        baseline="cloning",
        task="toys/shore-v1",
        processor=processor,
        weights=weights,
        records=records,
        train_ms=train_ms,
        act_ms=act_ms,
    )


def test_equal_digests_differ_nowhere():
    assert differing([outcome(), outcome("Haswell"), outcome("EPYC-Rome")]) == {}


@pytest.mark.parametrize("other", [{"weights": "x"}, {"records": "x"}])
def test_other_weights_or_records_are_told_with_their_processor(other):
    found = differing([outcome(), outcome("Haswell", **other), outcome("EPYC-Rome")])
    assert found == {("cloning", "toys/shore-v1"): ("Haswell",)}


def test_two_native_outcomes_that_differ_are_told_too():
    assert differing([outcome(weights="x"), outcome()]) == {("cloning", "toys/shore-v1"): (NATIVE,)}


def test_a_cost_is_the_ratio_of_medians():
    fixed = [outcome(train_ms=ms, act_ms=2.0) for ms in (3.0, 90.0, 2.0)]
    native = [outcome(train_ms=ms, act_ms=4.0) for ms in (1.0, 2.0, 1.5)]
    (cost,) = cost_of(fixed, native)
    assert (cost.train_ms, cost.train_ratio, cost.act_ratio) == (3.0, 2.0, 0.5)


def test_a_process_that_fails_is_told_with_its_last_words(monkeypatch, tmp_path):
    monkeypatch.setattr(determinism, "TRIALS", "raise SystemExit('no such simulator')")
    trial = Trial(baseline="cloning", task="toys/shore-v1", demonstrations="expert-v1")
    with pytest.raises(TrialError, match="exit code 1 after 0 of 1: no such simulator"):
        list(play_trials([trial], Amount(), tmp_path))


def test_the_process_computes_in_the_arithmetic_that_is_asked_for(monkeypatch, tmp_path):
    told = "from ilbench.arithmetic import in_force\nraise SystemExit(in_force())"
    monkeypatch.setattr(determinism, "TRIALS", told)
    trial = Trial(baseline="cloning", task="toys/shore-v1", demonstrations="expert-v1")
    for arithmetic in ("fixed", "native"):
        with pytest.raises(TrialError, match=f": {arithmetic}$"):
            list(play_trials([trial], Amount(), tmp_path, arithmetic=arithmetic))


@pytest.mark.slow
@pytest.mark.skipif(not has_emulator(), reason="needs qemu-x86_64: ./debian-packages.sh --emulator")
def test_every_baseline_trains_and_acts_in_the_same_bits_on_four_processors(tmp_path):
    trials = [
        Trial(
            baseline=name,
            task=task,
            demonstrations=ensure_demonstrations(task, count=4).folder.name,
        )
        for name, task in TASKS.items()
    ]
    outcomes = [
        one
        for processor in (NATIVE, *PROCESSORS)
        for one in play_trials(trials, Amount(), tmp_path / processor, processor=processor)
    ]
    assert len(outcomes) == 16
    assert differing(outcomes) == {}
