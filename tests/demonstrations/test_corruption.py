import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ilbench.cli import main
from ilbench.contract.fields import ActionField
from ilbench.demonstrations import (
    Corruption,
    InvalidRecipeError,
    Recipe,
    ensure_demonstrations,
    load_demonstrations,
    make_recipe,
    mixture,
)
from ilbench.demonstrations.corruption import RandomDemonstrator
from ilbench.demonstrations.rollout import Detour, rollout

TOYS = Path(__file__).parents[1] / "toys"
ALL = {
    "quality": (0.5, 0.3, 0.2),
    "noisy_strength": 0.4,
    "label": "executed",
    "extraneous": 0.5,
    "extraneous_steps": 3,
    "truncated": 0.5,
    "mislabeled": 0.5,
}


@pytest.fixture
def task(monkeypatch):
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setenv("PYTHONPATH", str(TOYS))
    return importlib.import_module("ilbench_toys").TASK


def made(task, cache, workers=1, count=8, noise=None, **dials):
    corruption = Corruption(**dials)
    return ensure_demonstrations(
        task, cache=cache, workers=workers, count=count, noise=noise, corruption=corruption
    )


def fates(count=4000, **dials):
    return [Corruption(**dials).fate(seed) for seed in range(count)]


# --- what is drawn


def test_demonstrators_come_in_the_shares_asked_for():
    drawn = [fate.demonstrator for fate in fates(quality=(0.5, 0.3, 0.2))]
    shares = [drawn.count(name) / len(drawn) for name in ("expert", "noisy", "random")]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


@pytest.mark.parametrize("name", ["expert", "noisy", "random"])
def test_a_share_of_one_is_all_of_them(name):
    assert {fate.demonstrator for fate in fates(500, quality=mixture(name))} == {name}


def test_the_other_shares_are_those_asked_for():
    drawn = fates(extraneous=0.1, truncated=0.4, mislabeled=0.7)
    found = [
        np.mean([fate.detour_at is not None for fate in drawn]),
        np.mean([fate.kept_share is not None for fate in drawn]),
        np.mean([fate.is_mislabeled for fate in drawn]),
    ]
    assert found == pytest.approx([0.1, 0.4, 0.7], abs=0.03)


def test_a_larger_share_holds_the_smaller_one_and_leaves_the_rest_alone():
    few, many = fates(500, truncated=0.2, mislabeled=0.5), fates(500, truncated=0.6, mislabeled=0.5)
    assert all(a.kept_share in (None, b.kept_share) for a, b in zip(few, many, strict=True))
    assert [a.is_mislabeled for a in few] == [b.is_mislabeled for b in many]


def test_mixtures_are_weights_or_words():
    assert mixture("5:3:2") == mixture("50:30:20") == (0.5, 0.3, 0.2)
    assert mixture("mixed") == pytest.approx((1 / 3, 1 / 3, 1 / 3))


@pytest.mark.parametrize("text", ["", "good", "1:2", "1:1:1:1", "0:0:0", "1:-1:1", "nan:1:1", "inf:1:1"])
def test_what_is_no_mixture_is_refused(text):
    with pytest.raises(ValueError, match="three weights"):
        mixture(text)


# --- what is played


def test_bad_demonstrators_may_fail_and_show_what_they_did(task, tmp_path):
    drowned = replace(task, horizon=15)
    demonstrations = made(drowned, tmp_path, quality=(0, 0, 1), count=20)
    for t in demonstrations.trajectories:
        assert t.num_retries == 0
        assert np.array_equal(t.actions, t.expert_actions)
        assert len(set(t.actions.ravel())) == len(t)
    assert 0 <= demonstrations.metadata["num_successful"] < 20


def test_the_noisy_demonstrator_is_the_expert_with_its_own_noise(task, tmp_path):
    noisy = made(task, tmp_path, quality=(0, 1, 0), noisy_strength=0.3).trajectories[0]
    played = rollout(
        task, task.make_env(), task.make_expert(), 0, noisy.seed, mode=0, noise=0.3, label="executed"
    )
    assert noisy.digest() == played.digest()


def test_recording_the_noise_changes_the_labels_only(task, tmp_path):
    wanted, executed = made(task, tmp_path, noise=0.2), made(task, tmp_path, noise=0.2, label="executed")
    assert wanted.folder != executed.folder
    for a, b in zip(wanted.trajectories, executed.trajectories, strict=True):
        assert np.array_equal(a.actions, b.actions)
        assert np.array_equal(b.actions, b.expert_actions)
        assert not np.array_equal(a.expert_actions, b.expert_actions)


def test_an_extraneous_segment_goes_out_and_back_and_the_expert_goes_on(task, tmp_path):
    plain, strange = made(task, tmp_path), made(task, tmp_path, extraneous=1.0, extraneous_steps=2)
    for index, (a, b) in enumerate(zip(plain.trajectories, strange.trajectories, strict=True)):
        fate = Corruption(extraneous=1.0).fate(
            make_recipe(task).assignment(task, index).corruption_seed(task)
        )
        if fate.detour_at > 0.5:
            continue  # near the shore a detour may arrive
        start = int(fate.detour_at * len(a))
        out, back = b.actions[start : start + 2], b.actions[start + 2 : start + 4]
        assert len(b) == len(a) + 4
        assert np.array_equal(np.abs(out), np.ones((2, 1)))
        assert np.array_equal(back, -out)
        assert np.array_equal(b.expert_actions, b.actions)
        assert np.array_equal(np.delete(b.actions, range(start, start + 4), axis=0), a.actions)


def test_a_detour_starts_from_the_middle_of_the_range():
    field = ActionField(shape=(3,), low=0.0, high=4.0)
    actions = Detour(start=0, length=3).actions(field, np.random.default_rng(0))
    assert len(actions) == 6
    assert np.linalg.norm(actions[0] - 2) == pytest.approx(2, rel=1e-6)
    assert actions[0] + actions[-1] == pytest.approx([4, 4, 4], rel=1e-6)
    unbounded = Detour(start=0, length=1).actions(
        ActionField(shape=(3,), scale=0.01), np.random.default_rng(0)
    )
    assert np.linalg.norm(unbounded[0]) == pytest.approx(0.01, rel=1e-6)


def test_a_discrete_detour_repeats_one_action():
    actions = Detour(start=0, length=4).actions(ActionField(num_actions=7), np.random.default_rng(0))
    assert len(actions) == 4
    assert len({int(action) for action in actions}) == 1


def test_a_truncated_demonstration_is_a_prefix_that_failed(task, tmp_path):
    whole, cut = made(task, tmp_path), made(task, tmp_path, truncated=1.0)
    for a, b in zip(whole.trajectories, cut.trajectories, strict=True):
        assert 1 <= len(b) < len(a)
        assert np.array_equal(b.observations["image"], a.observations["image"][: len(b) + 1])
        assert (b.success, b.terminated, b.mode) == (False, False, None)


def test_a_mislabeled_demonstration_differs_in_its_label_only(task, tmp_path):
    true, false = made(task, tmp_path), made(task, tmp_path, mislabeled=1.0)
    assert not any(t.success for t in false.trajectories)
    assert [replace(t, success=True).digest() for t in false.trajectories] == [
        t.digest() for t in true.trajectories
    ]


def test_random_actions_fill_their_range():
    for field, low, high in (
        (ActionField(shape=(2,), low=-1.0, high=3.0), -1, 3),
        (ActionField(shape=(2,), scale=0.01), -0.01, 0.01),
    ):
        demonstrator = RandomDemonstrator(field)
        demonstrator.reset(None, 5)
        drawn = np.array([demonstrator.act({}) for _ in range(2000)])
        assert drawn.dtype == np.float32
        assert drawn.mean() == pytest.approx((low + high) / 2, abs=0.05 * (high - low))
        assert low <= drawn.min() < drawn.max() <= high
    discrete = RandomDemonstrator(ActionField(num_actions=3))
    discrete.reset(None, 5)
    assert {int(discrete.act({})) for _ in range(50)} == {0, 1, 2}


# --- the data set


def test_all_at_once_is_the_same_whatever_the_workers_and_found_by_name(task, tmp_path):
    alone, together = made(task, tmp_path / "1", **ALL), made(task, tmp_path / "2", workers=2, **ALL)
    assert alone.checksum == together.checksum
    found = load_demonstrations(task, source=alone.name, cache=tmp_path / "1")
    assert found.recipe.corruption == Corruption(**ALL)


def test_a_recipe_survives_json_and_the_plain_one_looks_as_it_always_did(task):
    recipe = make_recipe(task, corruption=Corruption(**ALL), levels=2)
    assert Recipe.from_json(recipe.as_json()) == recipe
    assert make_recipe(task).as_json() == {"count": 8, "modes": [0, 1], "noise": 0.0}


def test_the_command_asks_for_the_same_demonstrations(task, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    recipe = make_recipe(task, corruption=Corruption(**ALL), levels=2, count=3)
    words = recipe.command(task).replace(task.id, "ilbench_toys:TASK").split()
    monkeypatch.setattr(sys, "argv", [*words, "--workers", "1"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code in (0, None)
    found = load_demonstrations(task, count=3, levels=2, corruption=Corruption(**ALL))
    assert f"--demonstrations {found.name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "dials",
    [
        {"quality": (0.5, 0.5, 0.5)},
        {"quality": (1.5, -0.5, 0.0)},
        {"noisy_strength": -1.0},
        {"noisy_strength": float("inf")},
        {"label": "guessed"},
        {"extraneous": 1.5},
        {"truncated": -0.1},
        {"mislabeled": float("nan")},
        {"extraneous_steps": 0},
    ],
)
def test_a_corruption_that_makes_no_sense_is_refused(task, dials):
    with pytest.raises(InvalidRecipeError, match=next(iter(dials))):
        make_recipe(task, corruption=Corruption(**dials))


def test_for_discrete_actions_the_strength_is_a_probability():
    assert "noisy_strength" in Corruption(noisy_strength=1.5).problem(ActionField(num_actions=3))
    assert Corruption(noisy_strength=1.5).problem(ActionField(shape=(1,))) is None
