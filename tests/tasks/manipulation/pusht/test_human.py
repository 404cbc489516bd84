"""Import of people's PushT demonstrations: on recordings made here in their layout, and on the real ones."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.tasks.manipulation.pusht import human
from ilbench.tasks.manipulation.pusht.tasks import PUSHT

if PUSHT.missing_package():
    pytest.skip("needs ilbench[pusht]", allow_module_level=True)

from ilbench.demonstrations import InvalidArchiveError, checksum, import_set, load_formats
from ilbench.errors import CorruptFileError
from ilbench.tasks.manipulation.pusht.human import find_sets, play, read_recordings

STEPS = 12


@pytest.fixture(scope="module")
def recorded():
    """Arrays of two episodes whose agent goes at the T, as they are recorded, and what our task showed."""
    env = PUSHT.make_env()
    arrays, seen = {"action": [], "state": []}, []
    for context in PUSHT.contexts("train")[:2]:
        observation, _ = env.reset(options={"context": context})
        world = env.unwrapped.world
        target = np.float32(world.block_pose[:2])
        for _ in range(STEPS):
            arrays["state"].append([*world.agent.position, *world.block_pose])
            arrays["action"].append(target)
            seen.append(observation["state"])
            observation, *_ = env.step(target)
        seen.append(observation["state"])
    ends = {"episode_ends": np.array([STEPS, 2 * STEPS])}
    return {name: np.array(rows, np.float32) for name, rows in arrays.items()} | ends, np.stack(seen)


def saved(tmp_path, arrays, **changes):
    path = tmp_path / "pusht.npz"
    np.savez(path, **{**arrays, **changes})
    return path


def test_demonstrations_are_what_our_task_shows_of_them(tmp_path, recorded):
    arrays, seen = recorded
    (found,) = find_sets(saved(tmp_path, arrays))
    demonstrations = import_set(found, "pusht-human", cache=tmp_path / "cache").trajectories
    shown = np.concatenate([trajectory.observations["state"] for trajectory in demonstrations])
    np.testing.assert_allclose(shown, seen, atol=1e-3)
    np.testing.assert_array_equal(demonstrations[1].actions, arrays["action"][STEPS:])
    assert [trajectory.mode for trajectory in demonstrations] != [None, None]


def test_a_recording_begins_where_its_context_does(recorded, tmp_path):
    recording = read_recordings(saved(tmp_path, recorded[0]))[1]
    env = PUSHT.make_env()
    env.reset(options={"context": recording.start})
    world = env.unwrapped.world
    placed = [*world.agent.position, *world.block_pose]
    np.testing.assert_allclose(placed, recording.states[0], atol=1e-9)


def test_what_was_recorded_is_played_again(recorded, tmp_path):
    for recording in read_recordings(saved(tmp_path, recorded[0])):
        agreement = play(recording)
        assert max(agreement.agent_px, agreement.last_block_px) < human.NOTABLE_PX


def test_a_demonstration_ends_with_its_success(tmp_path):
    goal = [256.0, 256.0, np.pi / 4]
    state = np.array([[400.0, 400.0, *goal]] * 3, np.float32)
    ends = np.array([3])
    recording = read_recordings(
        saved(tmp_path, {"action": state[:, :2], "state": state, "episode_ends": ends})
    )[0]
    made = human.demonstration(recording, play(recording))
    assert (len(made), made.success, made.terminated, made.rewards.sum()) == (1, True, True, 1.0)


BROKEN = {
    "other actions": ({"action": np.zeros((2 * STEPS, 2), np.float32)}, "take the agent elsewhere"),
    "rows of another width": ({"state": np.zeros((2 * STEPS, 4), np.float32)}, "'state': expected shape"),
    "a row less": ({"state": np.zeros((2 * STEPS - 1, 5), np.float32)}, "'state': expected shape"),
    "a number that is none": ({"action": np.full((2 * STEPS, 2), np.nan, np.float32)}, "'action'"),
    "ends that fall": ({"episode_ends": np.array([STEPS, 3])}, "'episode_ends'"),
    "ends beyond the rows": ({"episode_ends": np.array([STEPS, 99])}, "'episode_ends'"),
    "no end": ({"episode_ends": np.array([], np.int64)}, "'episode_ends'"),
}


@pytest.mark.parametrize(("changes", "problem"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_recording_is_refused(tmp_path, recorded, changes, problem):
    with pytest.raises(InvalidArchiveError, match=problem):
        find_sets(saved(tmp_path, recorded[0], **changes))


def test_a_missing_array_is_named(tmp_path, recorded):
    path = tmp_path / "pusht.npz"
    np.savez(path, action=recorded[0]["action"])
    with pytest.raises(CorruptFileError, match="'state' is missing"):
        find_sets(path)


def test_a_folder_and_another_task_are_refused(tmp_path, recorded):
    with pytest.raises(InvalidArchiveError, match="tar cf"):
        find_sets(tmp_path)
    with pytest.raises(InvalidArchiveError, match="d3il/avoiding"):
        find_sets(saved(tmp_path, recorded[0]), "d3il/avoiding-v3")


def test_the_format_is_registered():
    assert load_formats()["pusht-human"] == human.FORMAT


def test_the_real_recordings_come_back_the_same_from_both_forms(human_data):
    pytest.importorskip("numcodecs")
    folder = human_data / "pusht-human"
    names = ("pusht_cchi_v7_lowdim.npz", "pusht_cchi_v7_replay.zarr-lowdim.tar")
    forms = [read_recordings(folder / name) for name in names]
    assert [len(form) for form in forms] == [206, 206]
    for one, other in zip(*forms, strict=True):
        np.testing.assert_array_equal(one.actions, other.actions)
        np.testing.assert_array_equal(one.states, other.states)


def test_the_real_recordings_are_played_as_people_played_them(human_data):
    recordings = read_recordings(human_data / "pusht-human" / "pusht_cchi_v7_lowdim.npz")[40:60]
    agreements = [play(recording) for recording in recordings]
    off = [number for number, one in enumerate(agreements) if one.last_block_px > human.NOTABLE_PX]
    assert off == [10]  # the one of all 206
    assert max(one.agent_px for one in agreements) < 1e-4
    made = [human.demonstration(*pair) for pair in zip(recordings, agreements, strict=True)]
    assert len(checksum(made)) == 32
