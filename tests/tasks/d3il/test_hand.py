"""The hands of the scripted experts: a set-point moved smoothly, and the tool of the underdamped arm."""

import numpy as np
import pytest

from ilbench.tasks.d3il.hand import LEAD_M, Hand, ToolHand

pytest.importorskip("mujoco")
from ilbench.tasks.d3il.layout import COARSE, EXACT
from ilbench.tasks.d3il.rod import RodEnv

STILL = {"wander_m": (0.0, 0.0)}
AWAY = {"objects": [[0.2, 0.9, 0.0], [0.3, 0.9, 0.0]]}


def brought(hand, goal, timing=COARSE, num_steps=90):
    """Returns where the free tool was and what was commanded, (N, 2) each, on the way to a goal."""
    env = RodEnv(rules="ilbench.tasks.d3il.pushing:Pushing", timing=timing)
    env.reset(seed=0, options={"context": AWAY})
    way, actions = [], []
    for _ in range(num_steps):
        tool = np.array(env.situation.tool[:2])
        actions.append(hand.move(np.array(env.set_point[:2]), tool, np.array(goal)))
        env.step(actions[-1])
        way.append(env.situation.tool[:2])
    return np.array(way), np.array(actions)


@pytest.mark.parametrize("timing", [EXACT, COARSE], ids=["exact", "coarse"])
@pytest.mark.parametrize("goal", [(0.525, 0.05), (0.72, -0.28), (0.35, -0.1)])
def test_tool_comes_to_rest_at_its_goal_without_overshooting(goal, timing):
    way, _ = brought(ToolHand(np.random.default_rng(0), **STILL), goal, timing)
    direction = (np.array(goal) - way[0]) / np.linalg.norm(np.array(goal) - way[0])
    assert ((way - goal) @ direction).max() < 0.002
    assert np.linalg.norm(way[-10:] - goal, axis=1).max() < 0.001


def test_set_point_that_jumps_is_overshot_by_a_third_which_is_why_the_hand_exists():
    class Jump:
        def move(self, at, tool, aim):
            return (aim - at).astype(np.float32)

    way, _ = brought(Jump(), (0.525, -0.27))
    assert way[:, 1].max() > -0.268


def test_set_point_never_leads_the_tool_by_more_than_it_may():
    hand = ToolHand(np.random.default_rng(1))
    at, tool = np.array([0.5, 0.0]), np.array([0.5, 0.0])
    for _ in range(30):  # a tool that is held fast
        at = at + hand.move(at, tool, np.array([0.6, 0.3]))
        assert np.linalg.norm(at - tool) < LEAD_M + 2e-6
    assert np.linalg.norm(at - tool) > 0.01


@pytest.mark.parametrize("num_axes", [2, 3])
def test_hands_command_whole_micrometers_and_repeat_themselves(num_axes):
    def commanded():
        hand, tool = ToolHand(np.random.default_rng(3), num_axes), np.array([0.5, 0.1, 0.2])[:num_axes]
        return [hand.move(tool, tool, tool + 0.1) for _ in range(5)]

    one, other = commanded(), commanded()
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(np.array(one) * 1e6, np.round(np.array(one) * 1e6), atol=0.01)


def test_hand_changes_its_velocity_by_a_share_of_its_pace_at_most():
    hand, at, last = Hand(np.random.default_rng(4), **STILL), np.zeros(2), np.zeros(2)
    for _ in range(40):
        move = hand.move(at, np.array([0.2, 0.1]))
        assert np.linalg.norm(move - last) < 0.25 * hand.pace_m + 2e-6
        at, last = at + move, move
    assert np.linalg.norm(at) > 0.15
