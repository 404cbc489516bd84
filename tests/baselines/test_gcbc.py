"""Goals in hindsight: where they are drawn from, and that they suffice to be sent somewhere."""

import numpy as np
import pytest
import torch

from ilbench.baselines import load_policy
from ilbench.baselines.gcbc import GoalConditionedCloning, GoalConditionedConfig
from ilbench.baselines.learner import Batch, InvalidConfigError
from ilbench.baselines.trainer import train
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.registry import find_task
from ilbench.demonstrations import load_demonstrations
from ilbench.demonstrations.recipe import Imported
from ilbench.demonstrations.store import save
from ilbench.demonstrations.trajectory import Trajectory

TASK = find_task("navigation/ogbench-pointmaze-medium-navigate-v1")
CONFIG = GoalConditionedConfig(steps=300, batch_size=128, hidden=(64, 64), learning_rate=3e-3)


def walk(seed):
    """A random walk in the open, whose recorded goal is nonsense."""
    rng = np.random.default_rng(seed)
    actions = np.repeat(rng.uniform(-1, 1, (6, 2)), 10, axis=0).astype(np.float32)
    states = np.concatenate([np.zeros((1, 2)), np.cumsum(0.2 * actions, axis=0)]).astype(np.float32)
    return Trajectory(
        observations={"state": states, "goal": np.full_like(states, 1e3)},
        actions=actions,
        expert_actions=actions,
        rewards=np.zeros(len(actions)),
        success=True,
        terminated=False,
        mode=None,
        context=-1,
        seed=0,
    )


def learner():
    return GoalConditionedCloning(TASK.description(), CONFIG)


def numbered(num_windows):
    """Windows whose state is their index."""
    states = torch.arange(num_windows, dtype=torch.float32)[:, None, None].expand(-1, 1, 2)
    goals = torch.full_like(states, -1.0)
    mask = torch.ones(num_windows, 1, dtype=torch.bool)
    return Batch({"state": states, "goal": goals}, torch.zeros(num_windows, 1, 2), mask)


def test_goals_are_drawn_uniformly_from_the_later_steps_of_the_same_demonstration():
    windows, indices = numbered(10), torch.full((6000,), 3)
    batch = Batch({name: v[indices] for name, v in windows.observations.items()}, *windows[1:])
    generator = torch.Generator().manual_seed(0)
    drawn = learner().relabeled(batch, windows, indices, torch.full((6000,), 8), generator)
    counts = torch.bincount(drawn.observations["goal"][:, 0, 0].long(), minlength=10)
    assert counts[4:8].min() > 1350  # 1500 expected, four standard deviations are 134
    assert counts[4:8].sum() == 6000
    assert torch.equal(drawn.observations["state"], batch.observations["state"])


def test_the_last_step_of_a_demonstration_has_itself_for_a_goal():
    windows, indices, ends = numbered(6), torch.tensor([2, 5]), torch.tensor([3, 6])
    batch = Batch({name: v[indices] for name, v in windows.observations.items()}, *windows[1:])
    drawn = learner().relabeled(batch, windows, indices, ends, torch.Generator().manual_seed(0))
    assert drawn.observations["goal"][:, 0, 0].tolist() == [2, 5]


def test_trained_on_wandering_without_goals_it_goes_where_it_is_sent(tmp_path):
    walks, origin = [walk(seed) for seed in range(60)], Imported(name="walks-v1")
    save(TASK, origin, walks, cache=tmp_path, source={"description": "walks"})
    demonstrations = load_demonstrations(TASK, source="walks-v1", cache=tmp_path)
    policy = load_policy(train("gcbc", demonstrations, folder=tmp_path / "out", config=CONFIG))
    angles = np.linspace(0, 2 * np.pi, DEFAULT_WIDTH, endpoint=False)
    goals = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    actions = policy.act({"state": np.zeros((DEFAULT_WIDTH, 2), np.float32), "goal": goals}).reshape(
        DEFAULT_WIDTH, 2
    )
    cosines = (actions * goals).sum(1) / np.linalg.norm(actions, axis=1) / 3
    assert cosines.min() > 0.8


def test_a_task_without_states_as_goals_is_refused():
    for name in ("navigation/pointmaze-medium-v1", "navigation/maze-16-v1"):
        with pytest.raises(InvalidConfigError, match="hindsight"):
            GoalConditionedCloning(find_task(name).description(), CONFIG)
