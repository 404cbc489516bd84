"""The study of OGBench's GCBC: goals lie ahead, tables are exact, networks start as they should."""

from __future__ import annotations

import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples" / "ogbench_gcbc"
MODULES = ("directions", "figure", "ladder", "learning", "playing", "tabular")


@pytest.fixture(autouse=True)
def study():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield
        for name in MODULES:
            sys.modules.pop(name, None)
    torch.set_num_threads(threads)


def straight_ways(count=4, steps=50):
    """Returns trajectories that go right a tenth of a meter a step, each higher by 5 m."""
    from learning import Data

    x, y = torch.arange(steps) * 0.1, torch.arange(count) * 5.0
    places = torch.stack([x.expand(count, steps), y[:, None].expand(count, steps)], dim=2).float()
    return Data(places, torch.tensor([0.5, 0.0]).expand(count, steps, 2).clone())


@pytest.mark.parametrize("discount", [None, 0.9])
def test_goals_lie_ahead_in_the_same_trajectory(discount):
    states, goals, _ = straight_ways().draw(1000, torch.Generator().manual_seed(0), discount)
    assert (states[:, 1] == goals[:, 1]).all()
    is_last = states[:, 0] > 4.85
    assert (goals[~is_last, 0] > states[~is_last, 0]).all()
    assert (goals[is_last, 0] == states[is_last, 0]).all()


def test_uniform_goals_are_half_the_rest_away_on_average():
    states, goals, _ = straight_ways().draw(200_000, torch.Generator().manual_seed(0))
    first = states[:, 0] == 0.0
    assert goals[first, 0].mean().item() == pytest.approx(np.arange(1, 50).mean() * 0.1, abs=0.08)


def test_the_network_of_ogbench_starts_without_biases_and_with_small_actions():
    from ladder import RUNGS
    from learning import Actor

    torch.manual_seed(0)
    layers = Actor(RUNGS["theirs"], straight_ways()).layers
    assert all((layer.bias == 0).all() for layer in layers if hasattr(layer, "bias"))
    limit = 0.1 * np.sqrt(6 / (512 + 2))
    assert 0.9 * limit < layers[-1].weight.abs().max().item() <= limit


def test_one_group_of_changes_lies_between_neighboring_rungs():
    from ladder import RUNGS

    settings = [asdict(RUNGS[name]) for name in ("ours", "optimizer", "inputs", "theirs", "theirs-batch")]
    changed = [{name for name in low if low[name] != high[name]} for low, high in pairwise(settings)]
    assert changed == [{"decays", "regularized"}, {"z_scored"}, {"gelu", "glorot"}, {"batch_size"}]


def test_our_setting_is_that_of_the_baseline():
    from learning import AVERAGE_DECAY, WARMUP_STEPS, WIDTHS, Setting

    from ilbench.baselines.gcbc import GoalConditionedConfig

    ours, config = Setting(), GoalConditionedConfig()
    assert (ours.steps, ours.batch_size, ours.learning_rate) == (
        config.steps,
        config.batch_size,
        config.learning_rate,
    )
    assert (config.warmup_steps, config.ema_decay) == (WARMUP_STEPS, AVERAGE_DECAY)
    assert WIDTHS[1:-1] == config.hidden


def test_the_same_seed_trains_the_same_weights():
    from learning import Setting, train

    def sums():
        trained = train(Setting(steps=2, batch_size=8, z_scored=False), straight_ways(), 0, (1, 2))
        return [(step, kind, actor.layers[2].weight.sum().item()) for step, kind, actor in trained]

    assert sums() == sums()
    assert [row[:2] for row in sums()] == [(1, "average"), (1, "last"), (2, "average"), (2, "last")]


def test_a_table_has_the_mean_action_of_a_bin():
    from tabular import Table

    data = straight_ways(count=2)
    data.places[1], data.actions[1] = data.places[0], torch.tensor([-0.1, 0.2])
    table = Table(4.0, 4.0)
    table.add(data)
    acted = table.act(np.float32([[1.0, 0.0]]), np.float32([[4.0, 0.0]]))
    assert acted == pytest.approx(np.array([[0.2, 0.1]]), abs=1e-6)


def test_a_smooth_table_changes_linearly_between_the_middles_of_bins():
    from tabular import Table

    data = straight_ways(count=2, steps=80)
    data.places[1] = data.places[0]
    data.actions[:, 20:60] = torch.tensor([0.1, 0.0])
    table = Table(4.0, 12.0, smooth=True)
    table.add(data)
    acted = table.act(np.float32([[0.0, 0.0], [2.0, 0.0], [1.0, 0.0]]), np.float32([[5.0, 0.0]] * 3))
    assert acted[:, 0] == pytest.approx([0.5, (acted[0, 0] + 0.1) / 2, acted[:2, 0].mean()], abs=2e-3)


@pytest.mark.parametrize(("discount", "first"), [(None, 1 / 4), (0.9, 0.1)])
def test_a_table_weighs_goals_as_training_draws_them(discount, first):
    from tabular import _chances

    chances = _chances(np.array([9, 0, 1, 2, 3]) % 9, 4, discount)
    assert chances.sum(axis=1) == pytest.approx(np.ones(5))
    assert chances[0, 0] == pytest.approx(first)


def test_who_stands_still_has_not_succeeded():
    from playing import play

    episodes = play(lambda states, goals: np.zeros_like(states), 5)
    assert episodes.stays.all()
    assert not episodes.success.any()


def test_the_expert_reaches_every_goal():
    from playing import TASK, by_goal, play

    from ilbench.contract.registry import find_task
    from ilbench.tasks.navigation.ogbench_expert import OgbenchPointExpert

    expert = OgbenchPointExpert()
    expert.reset(find_task(TASK).make_env(), 0)

    def act(states, goals):
        return np.stack([expert.act({"state": s, "goal": g}) for s, g in zip(states, goals, strict=True)])

    assert by_goal(play(act, 5).success) == [1.0] * 5


def row(rung, error, step="", weights=""):
    measured = {"held_out_error": error, "success": "0.5", "low": "0.4", "high": "0.6"}
    return {"rung": rung, "step": step, "weights": weights, **measured}


ROWS = [
    row("table-1m", "0.40"),
    row("table-2m", "0.42"),
    row("table-1m-near-goals", "0.33"),
    row("theirs", "0.46", "1000", "last"),
]


def test_a_curve_goes_from_the_worst_fit_to_the_best():
    from figure import curves, label

    labels = {name: [label(one) for one in some] for name, some in curves(ROWS).items()}
    assert labels == {"table": ["2 m", "1 m"], "network 'theirs', last weights": ["1k"]}


def test_the_figure_is_drawn(tmp_path):
    from figure import draw

    draw(ROWS, tmp_path / "ladder.png")
    assert (tmp_path / "ladder.png").read_bytes().startswith(b"\x89PNG")


def test_a_training_is_measured_early_and_at_its_end():
    from ladder import stops

    assert stops(25_000) == (1000, 2000, 5000, 10_000, 20_000, 25_000)
    assert stops(500) == (500,)


def test_rows_are_appended_under_one_heading(tmp_path):
    from ladder import COLUMNS, write

    for step in (1000, 2000):
        write({"rung": "theirs", "step": step}, tmp_path / "ladder.csv")
    first, *others = (tmp_path / "ladder.csv").read_text().splitlines()
    assert first.split(",") == list(COLUMNS)
    assert [line.split(",")[3] for line in others] == ["1000", "2000"]


def test_the_length_of_a_mean_action_is_told_from_the_demonstrators():
    from directions import lengths

    def by_the_goal(states, goals):
        return np.float32([0.0, 0.1]) * goals[:, 1:]

    mean, done, change = lengths(by_the_goal, straight_ways(count=2), 5)
    assert (mean, done) == pytest.approx((0.25, 0.5))
    assert change == pytest.approx(0.25, abs=0.1)
