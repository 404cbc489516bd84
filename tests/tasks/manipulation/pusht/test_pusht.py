"""PushT: the physics of gym-pusht, the published starts and score, faces, ways, plans."""

from __future__ import annotations

import json
from math import pi
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pymunk")
pytest.importorskip("cv2")

from ilbench.contract.registry import load_registry
from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.manipulation.pusht.contexts import published_start
from ilbench.tasks.manipulation.pusht.layout import FACES, GOAL_POSE, face_of
from ilbench.tasks.manipulation.pusht.paths import Frame, nearest, way
from ilbench.tasks.manipulation.pusht.physics import coverage
from ilbench.tasks.manipulation.pusht.planner import distance_px
from ilbench.tasks.manipulation.pusht.tasks import PUSHT, PUSHT_IMAGE

RECORDING = Path(__file__).parents[3] / "recordings" / "gym_pusht.json"
SEEDS = (100000, 100001, 100002, 100003)
AT_GOAL = {"agent": [60.0, 60.0], "block": [256 - 45 * 0.5**0.5, 256 + 45 * 0.5**0.5 - 45], "angle": pi / 4}
UPRIGHT = {"block": [256.0, 200.0], "angle": 0.0}


def recorded():
    return json.loads(RECORDING.read_text())


def record(seed):
    """Returns what gym-pusht 0.1.8 does on a published start under 40 targets about the T, thrown by a seed.

    The recording on file was made by this function, with pymunk 6.11.1 in an environment of its own.
    """
    from gym_pusht.envs.pusht import PushTEnv

    env, rng, start = PushTEnv(obs_type="state"), np.random.default_rng(seed), published_start(seed)
    flat = [*start["agent"], *start["block"], start["angle"]]
    states, actions, coverages = [env.reset(options={"reset_to_state": flat})[0].tolist()], [], []
    for _ in range(40):
        center = np.array(env.block.local_to_world((0, 45)))
        action = (center + rng.normal(0.0, 60.0, 2)).clip(0, 512).astype(np.float32)
        state, _, _, _, info = env.step(action)
        states.append(state.tolist())
        actions.append(action.tolist())
        coverages.append(info["coverage"])
    corners = env.get_keypoints(env._block_shapes).ravel().tolist()
    return {"seed": seed, "states": states, "actions": actions, "coverages": coverages, "corners": corners}


def started(context, task=PUSHT):
    env = task.make_env()
    return env, *env.reset(seed=0, options={"context": context})


@pytest.mark.parametrize("index", range(len(SEEDS)))
def test_states_coverage_and_corners_are_gym_pushts(index):
    known = recorded()[index]
    env, observation, _ = started(PUSHT.contexts("test")[known["seed"] - 100000])
    states, coverages = [env.state()[:5]], []
    for action in known["actions"]:
        observation, *_, info = env.step(np.array(action, dtype=np.float32))
        states.append(env.state()[:5])
        coverages.append(info["coverage"])
    found = np.array(states)
    found[:, 4] %= 2 * pi
    np.testing.assert_allclose(found, known["states"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(coverages, known["coverages"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(observation["state"][2:], known["corners"], rtol=1e-6)


def test_the_recording_is_gym_pushts():
    pytest.importorskip("gym_pusht")
    for again, known in zip(map(record, SEEDS), recorded(), strict=True):
        # the last bit of shapely's areas differs from run to run
        np.testing.assert_allclose(again.pop("coverages"), known.pop("coverages"), rtol=1e-14)
        assert again == known


def test_the_recording_holds_pushes():
    for known in recorded():
        assert np.abs(np.diff(np.array(known["states"])[:, 2:4], axis=0)).max() > 10


def test_the_published_starts_are_diffusion_policys():
    first = PUSHT.contexts("test")[0]
    assert (first["agent"], first["block"]) == ([235, 124], [335, 128])
    assert first["angle"] == pytest.approx(-0.905, abs=1e-3)
    assert PUSHT.contexts("test") == tuple(published_start(100000 + index) for index in range(50))


def test_both_tasks_are_registered_and_play_the_same_episodes():
    tasks = load_registry()
    assert tasks[PUSHT.id].contexts("test") == tasks[PUSHT_IMAGE.id].contexts("test")


def test_a_block_on_the_goal_covers_all_of_it():
    assert coverage(*GOAL_POSE) == pytest.approx(1.0)
    _, _, info = started(AT_GOAL)
    assert (info["success"], info["coverage"]) == (True, pytest.approx(1.0))


@given(st.floats(0.0, 30.0))
def test_a_block_moved_along_its_stem_uncovers_the_bars_width(moved):
    x, y, angle = GOAL_POSE
    at = (x - moved * np.sin(angle), y + moved * np.cos(angle), angle)
    assert coverage(*at) == pytest.approx(1.0 - 120 * moved / 6300)


def test_a_block_elsewhere_covers_nothing():
    assert coverage(60.0, 60.0, 0.3) == 0.0


def test_the_return_is_the_best_score_of_the_episode():
    known = recorded()[2]
    env, _, _ = started(PUSHT.contexts("test")[2])
    rewards = [env.step(np.array(action, dtype=np.float32))[1] for action in known["actions"]]
    best = max(known["coverages"])
    assert known["coverages"][-1] < best < 0.95
    assert sum(rewards) == pytest.approx(best / 0.95)
    assert min(rewards) == 0.0


def test_success_ends_the_episode_with_a_return_of_one():
    env, _, _ = started(AT_GOAL)
    _, reward, terminated, _, info = env.step(np.array([60, 60], dtype=np.float32))
    assert (reward, terminated, info["success"]) == (1.0, True, True)


@pytest.mark.parametrize(
    ("agent", "target", "face"),
    [
        ((256, 100), (256, 190), "top of the bar"),
        ((400, 290), (270, 290), "right of the stem"),
        ((380, 215), (300, 215), "right of the stem"),
        ((256, 420), (256, 310), "foot of the stem"),
        ((120, 290), (240, 290), "left of the stem"),
    ],
)
def test_the_mode_is_the_face_touched_first(agent, target, face):
    env, _, info = started({**UPRIGHT, "agent": agent})
    assert info["mode"] is None
    for goal in (*[target] * 8, agent, *[(40, 40)] * 5, (256, 256)):
        *_, info = env.step(np.array(goal, dtype=np.float32))
    assert FACES[info["mode"]] == face


def test_a_touch_that_lasts_since_the_start_is_no_mode():
    env, _, _ = started({**UPRIGHT, "agent": [256.0, 190.0]})
    *_, info = env.step(np.array([256, 200], dtype=np.float32))
    assert info["mode"] is None
    for target in [(256, 60)] * 5 + [(256, 250)] * 5:
        *_, info = env.step(np.array(target, dtype=np.float32))
    assert info["mode"] == 0


def test_a_damped_block_stops_and_a_sliding_one_goes_on():
    def moved(damping):
        env, _, _ = started({**UPRIGHT, "agent": [256.0, 150.0], "damping": damping})
        for target in (400, 0, 0):
            env.step(np.array([256, target], dtype=np.float32))
        return env.state()[3]

    assert moved(0.0) < moved(1e-6) < moved(1e-2)


def test_the_image_shows_agent_block_goal_and_nothing_of_the_target():
    _, observation, _ = started({**UPRIGHT, "block": [400.0, 380.0], "agent": [100.0, 400.0]}, PUSHT_IMAGE)
    image = observation["image"]
    colors = [
        tuple(image[y * 96 // 512, x * 96 // 512]) for x, y in ((100, 400), (400, 395), (214, 298), (300, 60))
    ]
    assert colors == [(78, 126, 255), (142, 163, 183), (144, 238, 144), (255, 255, 255)]
    np.testing.assert_array_equal(observation["state"], [100, 400])


@given(st.floats(-3.0, 3.0), st.floats(-300.0, 300.0))
def test_the_distance_of_a_moved_block_is_how_far_it_was_moved(direction, moved):
    x, y, angle = GOAL_POSE
    pose = np.array([x + moved * np.cos(direction), y + moved * np.sin(direction), angle + 2 * pi])
    assert distance_px(pose) == pytest.approx(abs(moved), abs=1e-4)


def test_distances_to_the_t_are_signed():
    points = np.array([(0.0, -10.0), (0.0, 10.0), (35.0, 60.0), (0.0, 130.0), (63.0, -4.0)])
    assert nearest(points)[1] == pytest.approx([10, -10, 20, 10, 5])
    assert [face_of(tuple(point)) for point in points] == [0, 0, 1, 2, 0]


def test_a_way_leads_out_of_the_corner_between_bar_and_stem_and_around():
    frame = Frame(256.0, 200.0, 0.4)
    start, end = frame.to_world(np.array([(31.0, 46.0), (0.0, -20.0)]))
    path, length = way(start, end, frame, 8.0)
    corners = np.vstack([start, path])
    points = np.concatenate([np.linspace(a, b, 50) for a, b in zip(corners, path, strict=False)])
    assert nearest(frame.to_block(points))[1].min() >= 15.0
    assert length == pytest.approx(np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())
    np.testing.assert_allclose(path[-1], end)


def test_there_is_no_way_into_the_block():
    frame = Frame(256.0, 200.0, 0.0)
    assert way(np.array([50.0, 50.0]), np.array([256.0, 230.0]), frame, 8.0) is None


@pytest.mark.parametrize("mode", range(len(FACES)))
def test_the_expert_begins_at_the_face_asked_for(mode):
    trajectory = rollout(PUSHT, PUSHT.make_env(), PUSHT.make_expert(), 1, 5, mode=mode)
    assert (trajectory.success, trajectory.mode) == (True, mode)


def test_the_expert_draws_its_first_face():
    env, expert = PUSHT.make_env(), PUSHT.make_expert()
    assert len({rollout(PUSHT, env, expert, 1, seed).mode for seed in range(8)}) > 1


@pytest.mark.parametrize("split", ["shift/placement-5", "shift/sliding-5"])
def test_the_expert_solves_the_strongest_shifts(split):
    env, expert = PUSHT.make_env(), PUSHT.make_expert()
    trajectories = [rollout(PUSHT, env, expert, index, index, split=split) for index in range(3)]
    assert sum(trajectory.success for trajectory in trajectories) >= 2
