"""Import of people's kitchen demonstrations: on rows made here in both layouts, and on the real ones."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_tasks import FRANKA, ORDERS, SUBTASKS

if FRANKA.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

import h5py

from ilbench.demonstrations import InvalidArchiveError, checksum, import_set, load_formats
from ilbench.tasks.manipulation.gymnasium_robotics import kitchen_human
from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_human import GOALS, find_sets, read_recordings

ORDER = ("kettle", "microwave", "slide cabinet", "light switch")
STEPS = 30


@pytest.fixture(scope="module")
def start():
    env = FRANKA.make_env()
    observation, _ = env.reset(options={"context": FRANKA.contexts("train")[0]})
    env.close()
    return observation["state"]


@pytest.fixture
def rows(start):
    """Two episodes with a sub-task done every five rows, in `ORDER`; in the second only the first two."""
    observations = np.tile(start, (2 * STEPS, 1))
    for number, name in enumerate(ORDER):
        components, goal = GOALS[name]
        observations[5 * (number + 1) : STEPS, components] = goal
        if number < 2:
            observations[STEPS + 5 * (number + 1) :, components] = goal
    actions = np.random.default_rng(0).uniform(-1, 1, (2 * STEPS, 9)).astype(np.float32)
    return {"observations": observations, "actions": actions, "episode_ends": np.array([STEPS, 2 * STEPS])}


def saved(tmp_path, rows, **changes):
    path = tmp_path / "kitchen.npz"
    np.savez(path, **{**rows, **changes})
    return path


def as_minari(tmp_path, rows):
    """Writes what Minari holds: a row of observations more than actions, the episodes in any order."""
    folder = tmp_path / "complete-v2"
    (folder / "data").mkdir(parents=True)
    with h5py.File(folder / "data" / "main_data.hdf5", "w") as file:
        for index in (1, 0):
            part = slice(index * STEPS, (index + 1) * STEPS)
            group = file.create_group(f"episode_{index}")
            seen = rows["observations"][part]
            group["observations/observation"] = np.concatenate([seen, seen[-1:]]).astype(np.float64)
            group["actions"] = rows["actions"][part]
    return folder


def test_a_demonstration_ends_with_the_fourth_subtask(tmp_path, rows):
    (found,) = find_sets(saved(tmp_path, rows))
    first, second = import_set(found, "kitchen-human", cache=tmp_path / "cache").trajectories
    assert (len(first), first.success, ORDERS[first.mode]) == (20, True, ORDER)
    assert np.flatnonzero(first.rewards).tolist() == [4, 9, 14, 19]
    assert (len(second), second.success, second.mode, second.rewards.sum()) == (STEPS - 1, False, None, 2.0)


def test_minaris_data_set_and_the_npz_are_the_same_demonstrations(tmp_path, rows):
    sets = [find_sets(path)[0] for path in (saved(tmp_path, rows), as_minari(tmp_path, rows))]
    assert len({checksum(found.read(found.files[0])) for found in sets}) == 1


def test_the_goals_are_those_of_the_environment():
    from ilbench.tasks.manipulation.gymnasium_robotics import kitchen_env

    assert kitchen_env.BONUS_THRESH == kitchen_human.DONE_WITHIN
    for name in SUBTASKS:
        components, goal = GOALS[name]
        np.testing.assert_array_equal(components, kitchen_env.OBS_ELEMENT_INDICES[name] + 9)
        np.testing.assert_array_equal(goal, kitchen_env.OBS_ELEMENT_GOALS[name])


def test_what_our_environment_plays_agrees_with_itself(start):
    env = FRANKA.make_env()
    observation, _ = env.reset(options={"context": {"seed": kitchen_human.SEED}})
    actions = np.random.default_rng(1).uniform(-1, 1, (10, 9)).astype(np.float32)
    seen = []
    for action in actions:
        seen.append(observation["state"])
        observation, *_ = env.step(action)
    recording = kitchen_human.Recording(place="here", observations=np.stack(seen), actions=actions)
    agreement = kitchen_human.play(env, recording)
    assert (agreement.joints_rad, agreement.played) == (0.0, {})


BROKEN = {
    "another kitchen": ({"observations": np.ones((2 * STEPS, 59), np.float32)}, "another kitchen"),
    "another width": ({"observations": np.zeros((2 * STEPS, 60), np.float32)}, "'observations': expected"),
    "an infinite action": ({"actions": np.full((2 * STEPS, 9), np.inf, np.float32)}, "'actions'"),
    "ends that fall": ({"episode_ends": np.array([9, 3])}, "'episode_ends'"),
}


@pytest.mark.parametrize(("changes", "problem"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_is_refused(tmp_path, rows, changes, problem):
    with pytest.raises(InvalidArchiveError, match=problem):
        find_sets(saved(tmp_path, rows, **changes))


def test_a_folder_without_a_data_set_and_another_task_are_refused(tmp_path, rows):
    with pytest.raises(InvalidArchiveError, match=r"main_data\.hdf5"):
        find_sets(tmp_path)
    with pytest.raises(InvalidArchiveError, match="adroit/door-v1"):
        find_sets(saved(tmp_path, rows), "adroit/door-v1")


def test_the_format_is_registered():
    assert load_formats()["kitchen-human"] == kitchen_human.FORMAT


def test_people_did_the_four_in_one_order_and_so_does_the_replay(human_data):
    recordings = read_recordings(human_data / "kitchen-human" / "kitchen-complete-v2.npz")
    assert [tuple(one.done()) for one in recordings] == [SUBTASKS] * 19
    env = FRANKA.make_env()
    agreement = kitchen_human.play(env, recordings[0])
    assert tuple(agreement.played) == SUBTASKS
    assert agreement.joints_rad < 0.03
