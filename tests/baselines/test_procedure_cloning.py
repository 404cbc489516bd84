from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from line import LINE

from ilbench.baselines import load_policy
from ilbench.baselines.checkpoint import default_config, load_metadata, make_learner
from ilbench.baselines.learner import Batch, InvalidConfigError
from ilbench.baselines.procedure_cloning import ProcedureCloningConfig
from ilbench.baselines.trainer import train
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.demonstrations import Demonstrations, Recipe
from ilbench.demonstrations.trajectory import Trajectory, checksum
from ilbench.errors import UnknownNameError
from ilbench.tasks.navigation.tunnels import MOVES, Tunnels, dig, search

SIZE, NONE = 8, 5
TASK = replace(
    LINE,
    id="toy/maze-v1",
    summary="Walk through a small maze.",
    horizon=40,
    observation=(Field(name="grid", shape=(SIZE, SIZE, 3), dtype="uint8"),),
    action=ActionField(num_actions=5),
)
SMALL = ProcedureCloningConfig(
    hidden=(32,), steps=400, batch_size=16, learning_rate=1e-2, log_every=200, checkpoint_every=200
)


def maze(index):
    """Returns walls, start and goal of a maze."""
    rng = np.random.default_rng(index)
    walls = dig(Tunnels(size=SIZE, width=1), rng)
    free = np.argwhere(~walls)
    start, goal = rng.choice(len(free), 2, replace=False)
    return walls, tuple(map(int, free[start])), tuple(map(int, free[goal]))


def seen(walls, agent, goal):
    grid = np.zeros((SIZE, SIZE, 3), np.uint8)
    grid[..., 0] = walls
    grid[(*goal, 1)] = grid[(*agent, 2)] = 1
    return grid


def walked(walls, start, goal, choose):
    """Returns the observations and actions of a walk of at most 40 steps, and whether it arrived."""
    cell, grids, actions = start, [seen(walls, start, goal)], []
    while cell != goal and len(actions) < TASK.horizon:
        actions.append(choose(grids[-1], cell))
        if actions[-1] < 4:
            target = tuple(np.add(cell, MOVES[actions[-1]]).tolist())
            cell = cell if walls[target] else target
        grids.append(seen(walls, cell, goal))
    return np.array(grids), np.array(actions), cell == goal


def demonstration(index):
    walls, start, goal = maze(index)
    found = []

    def choose(grid, cell):
        found.append(search(walls, goal, until=cell))
        return int(found[-1][(*cell, 1)])

    grids, actions, success = walked(walls, start, goal, choose)
    return Trajectory(
        observations={"grid": grids},
        actions=actions,
        expert_actions=actions,
        rewards=np.zeros(len(actions)),
        success=success,
        terminated=True,
        mode=None,
        context=0,
        seed=index,
        procedure={"expansions": np.array(found)},
    )


def demonstrations(trajectories):
    return Demonstrations(
        task=TASK,
        recipe=Recipe(count=len(trajectories), modes=(), noise=0.0),
        trajectories=trajectories,
        checksum=checksum(trajectories),
        metadata={},
        folder=Path("nowhere"),
    )


@pytest.fixture(scope="module")
def shown():
    return demonstrations(tuple(demonstration(index) for index in range(12)))


@pytest.fixture(scope="module")
def trained(shown, tmp_path_factory):
    return train("procedure-cloning", shown, folder=tmp_path_factory.mktemp("maze") / "a", config=SMALL)


def test_a_dozen_mazes_teach_the_way_through_others(trained):
    policy = load_policy(trained)
    policy.reset(0, 0, TASK.description())

    def choose(grid, cell):
        return int(
            policy.act({"grid": np.stack([grid, *np.zeros((DEFAULT_WIDTH - 1, *grid.shape), np.uint8)])})[0]
        )

    arrived = [walked(*maze(index), choose)[2] for index in range(100, 112)]
    assert np.mean(arrived) > 0.9


def test_the_same_seed_gives_the_same_weights(shown, trained, tmp_path):
    again = train("procedure-cloning", shown, folder=tmp_path, config=SMALL)
    assert load_metadata(again).weights_digest == load_metadata(trained).weights_digest


def test_a_lane_acts_alike_beside_any_others(trained):
    policy = load_policy(trained)
    grids = np.stack([seen(*maze(index)) for index in range(DEFAULT_WIDTH)])
    for lane in range(DEFAULT_WIDTH):
        policy.reset(lane, lane, TASK.description())
    together = policy.act({"grid": grids}).copy()
    for lane in range(DEFAULT_WIDTH):
        alone = np.zeros_like(grids)
        alone[lane] = grids[lane]
        assert policy.act({"grid": alone})[lane] == together[lane]


def test_an_action_is_drawn_where_the_search_finds_none(trained):
    policy = load_policy(trained)
    walls, _, goal = maze(0)
    enclosed = seen(np.ones_like(walls), (3, 3), goal)
    for lane in range(DEFAULT_WIDTH):
        policy.reset(lane, lane, TASK.description())
    drawn = np.concatenate([policy.act({"grid": np.stack([enclosed] * DEFAULT_WIDTH)}) for _ in range(5)])
    assert set(drawn) <= set(range(5))
    assert len(set(drawn)) > 1


def learner():
    return make_learner("procedure-cloning", TASK.description(), SMALL)


def test_maps_grow_from_nothing_to_the_agent():
    walls, start, goal = maze(1)
    found = torch.from_numpy(search(walls, goal, until=start))[None]
    rounds, arrows = found.unbind(dim=-1)
    maps = [learner().maps(rounds, arrows, torch.tensor(now))[0] for now in range(int(rounds[0][start]) + 1)]
    counts = [int((m != NONE).sum()) for m in maps]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert maps[-2][start] == NONE
    assert maps[-1][start] == arrows[0][start]


def test_the_loss_starts_at_a_uniform_guess():
    untrained = learner()
    for parameter in untrained.head.parameters():
        torch.nn.init.zeros_(parameter)
    walls, start, goal = maze(2)
    batch = Batch(
        {"grid": torch.from_numpy(seen(walls, start, goal))[None, None]},
        torch.zeros(1, 1),
        torch.ones(1, 1, dtype=torch.bool),
        {"expansions": torch.from_numpy(search(walls, goal, until=start))[None]},
    )
    assert untrained.loss(batch, torch.Generator()).item() == pytest.approx(np.log(6))


def test_demonstrations_without_the_search_are_refused(shown, tmp_path):
    plain = demonstrations(tuple(replace(t, procedure={}) for t in shown.trajectories))
    with pytest.raises(UnknownNameError, match="'expansions'"):
        train("procedure-cloning", plain, folder=tmp_path, config=SMALL)


def test_a_task_that_shows_no_maze_is_refused_with_one_that_does():
    other = {**TASK.description(), "observation": {"state": {"shape": [3], "dtype": "float32"}}}
    with pytest.raises(InvalidConfigError, match="such as navigation/maze-16-v1"):
        default_config("procedure-cloning", other)


def test_larger_mazes_get_more_rounds():
    shape = {"grid": {"shape": [25, 25, 3], "dtype": "uint8"}}
    larger = default_config("procedure-cloning", {**TASK.description(), "observation": shape})
    assert larger.rounds == 244
    with pytest.raises(InvalidConfigError, match="rounds must be between"):
        ProcedureCloningConfig(rounds=0)
