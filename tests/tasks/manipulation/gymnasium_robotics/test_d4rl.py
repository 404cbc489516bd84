"""Import of Adroit recordings, on our own episodes in the layouts of DAPG's pickles and D4RL's HDF5 files.

What people recorded is not part of the repository. The states in the files are named and made by
gymnasium-robotics' own ``get_env_state``, which the recordings were made with, too.
"""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks

if adroit_tasks.DOOR.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

import h5py

from ilbench.demonstrations import InvalidArchiveError, import_set, load_demonstrations, load_formats
from ilbench.demonstrations.unpickling import UnsafePickleError
from ilbench.errors import CorruptFileError, UnknownNameError
from ilbench.tasks.manipulation.gymnasium_robotics.d4rl import find_sets

STEPS = 60
DOOR, HAMMER, PEN, RELOCATE = adroit_tasks.TASKS
DONE = {
    DOOR.id: {"door_pos_m": [-0.25, 0.3, 0.3], "qpos": [*[0.0] * 28, 1.4, 0.0]},
    HAMMER.id: {"board_height_m": 0.2, "qpos": [*[0.0] * 26, 0.09, *[0.0] * 6]},
    PEN.id: {"wanted_euler_rad": [0.0, 1.55]},
    RELOCATE.id: {"ball_xy_m": [0.1, 0.1], "target_m": [0.1, 0.1, 0.1]},
}
"""Starts from which an episode has its success at once."""

every_hand = pytest.mark.parametrize("task", adroit_tasks.TASKS, ids=[task.id for task in adroit_tasks.TASKS])


class Played:
    """An episode of ours under actions of which some exceed 1, and what a recorder writes down of it."""

    def __init__(self, task, start=0, seed=0, steps=STEPS):
        env = task.make_env()
        context = task.contexts("train")[start] if isinstance(start, int) else start
        few = np.random.default_rng(seed).uniform(-1.3, 1.3, (-(-steps // 10), *task.action.shape))
        self.wanted = np.repeat(few, 10, axis=0)[:steps]
        observation, info = env.reset(options={"context": context})
        self.states, self.observations, self.rewards = [], [observation["state"]], []
        self.success = info["success"]
        for action in np.clip(self.wanted, -1, 1).astype(np.float32):
            self.states.append(env.sim_env.get_env_state())
            observation, reward, _, _, info = env.step(action)
            self.observations.append(observation["state"])
            self.rewards.append(reward)
            self.success |= info["success"]
        env.close()

    def for_pickle(self):
        return {
            "actions": self.wanted,
            "rewards": np.array(self.rewards),
            "observations": np.array(self.observations[:-1], np.float64),
            "init_state_dict": self.states[0],
        }

    def for_hdf5(self):
        rows = len(self.wanted)
        ends = np.arange(rows) == rows - 1
        infos = {f"infos/{name}": np.array([s[name] for s in self.states], "f4") for name in self.states[0]}
        return {
            "actions": np.clip(self.wanted, -1, 1).astype("f4"),
            "observations": np.array(self.observations[:-1]),
            "rewards": np.array(self.rewards, "f4"),
            "terminals": np.zeros(rows, bool),
            "timeouts": ends,
            "infos/action_mean": np.clip(self.wanted, -1, 1).astype("f4"),
            **infos,
        }


def save_pickle(path, episodes):
    """As DAPG's are: protocol 3, float64."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(episodes, protocol=3))
    return path


def save_hdf5(path, episodes, **changes):
    """As D4RL's script does: all episodes in a row, float32, compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name in episodes[0]:
            rows = changes.get(name, np.concatenate([episode[name] for episode in episodes]))
            if rows is not None:
                file.create_dataset(name, data=rows, compression="gzip")
    return path


def imported(path, cache, task_id=None, **options):
    (found,) = find_sets(path, task_id)
    return import_set(found, "d4rl", cache=cache, **options)


@pytest.fixture(scope="module")
def doors():
    return [Played(DOOR, start=i, seed=i) for i in (0, 1, 2)]


@pytest.fixture
def episodes(doors):
    """Returns the entries of a pickle, which a test may change."""
    return [copy.deepcopy(door.for_pickle()) for door in doors]


@pytest.fixture
def rows(doors):
    """Returns the arrays of an HDF5 file, by episode, which a test may change."""
    return [copy.deepcopy(door.for_hdf5()) for door in doors]


# --- what comes out


@every_hand
def test_a_pickle_comes_back_as_the_episode_that_it_was_made_of_to_the_last_bit(task, tmp_path):
    played = Played(task)
    path = save_pickle(tmp_path / "demos.pickle", [played.for_pickle()])
    (back,) = imported(path, tmp_path).trajectories
    np.testing.assert_array_equal(back.observations["state"], np.array(played.observations))
    np.testing.assert_array_equal(back.actions, np.clip(played.wanted, -1, 1).astype(np.float32))
    np.testing.assert_array_equal(back.expert_actions, back.actions)
    np.testing.assert_array_equal(back.rewards, played.rewards)
    assert (back.success, back.terminated, back.context) == (played.success, False, -1)


@every_hand
def test_an_hdf5_file_comes_back_as_recorded_but_for_the_last_action_whose_answer_it_lacks(task, tmp_path):
    played = [Played(task, start=i, seed=i) for i in (0, 1)]
    path = save_hdf5(tmp_path / "human.hdf5", [one.for_hdf5() for one in played])
    demonstrations = imported(path, tmp_path)
    for back, one in zip(demonstrations.trajectories, played, strict=True):
        np.testing.assert_array_equal(back.observations["state"], np.array(one.observations[:-1]))
        np.testing.assert_array_equal(back.actions, np.clip(one.wanted, -1, 1).astype(np.float32)[:-1])
        np.testing.assert_array_equal(back.rewards, np.array(one.rewards, np.float32)[:-1])


@every_hand
def test_successes_are_those_of_the_environment(task, tmp_path):
    done, other = Played(task, start=DONE[task.id], steps=10), Played(task, steps=10)
    assert done.success
    path = save_pickle(tmp_path / "demos.pickle", [done.for_pickle(), other.for_pickle()])
    again = save_hdf5(tmp_path / "human.hdf5", [done.for_hdf5(), other.for_hdf5()])
    for file in (path, again):
        demonstrations = imported(file, tmp_path)
        assert [t.success for t in demonstrations.trajectories] == [True, other.success]
        verdict = "; the record does not say" if task is HAMMER else ", as recorded"
        assert f"succeed in it{verdict}. Dev" in demonstrations.metadata["source"]["description"]


def test_the_description_tells_how_each_demonstration_compares(episodes, tmp_path):
    episodes[1]["observations"][-5:, 28] = 1.4  # the record has the door open
    description = imported(save_pickle(tmp_path / "demos.pkl", episodes), tmp_path).metadata["source"][
        "description"
    ]
    assert "3 demonstrations, of which 0 succeed in it, which the record has otherwise in [1]" in description
    assert description.endswith(": 0.000, 0.000, 0.000.")
    assert "arXiv 1709.10087" in description


def test_an_episode_ends_with_a_timeout_a_terminal_or_the_file(rows, tmp_path):
    flags = np.zeros(3 * STEPS, bool)
    timeouts, terminals = flags.copy(), flags.copy()
    timeouts[STEPS - 1] = terminals[2 * STEPS - 1] = True
    path = save_hdf5(tmp_path / "human.hdf5", rows, timeouts=timeouts, terminals=terminals)
    assert [len(t) for t in imported(path, tmp_path).trajectories] == [STEPS - 1] * 3


# --- where it is looked for


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("door-v0_demos.pickle", "dapg-human-v1"),
        ("door-v0_demos.pkl", "dapg-human-v1"),
        ("door-human-v1.hdf5", "d4rl-human-v1"),
        ("door-cloned-v1.hdf5", "d4rl-cloned-v1"),
        ("door_expert_clip.h5", "d4rl-expert-v1"),
        ("door.hdf5", "d4rl-other-v1"),
    ],
)
def test_a_data_set_is_named_after_its_kind(doors, tmp_path, file, name):
    path = tmp_path / file
    if name.startswith("dapg"):
        save_pickle(path, [doors[0].for_pickle()])
    else:
        save_hdf5(path, [doors[0].for_hdf5()])
    (found,) = find_sets(path)
    assert (found.task.id, found.name, found.files) == (DOOR.id, name, (path,))


def test_a_folder_holds_the_sets_of_several_tasks(episodes, rows, tmp_path):
    save_pickle(tmp_path / "door.pickle", episodes)
    save_pickle(tmp_path / "pen.pickle", [Played(PEN, steps=10).for_pickle()])
    save_hdf5(tmp_path / "door-human.hdf5", rows)
    (tmp_path / "README.md").write_text("theirs")
    found = {(one.task.id, one.name) for one in find_sets(tmp_path)}
    assert found == {(DOOR.id, "dapg-human-v1"), (DOOR.id, "d4rl-human-v1"), (PEN.id, "dapg-human-v1")}


def test_an_import_is_loaded_by_its_name(episodes, tmp_path):
    checksum = imported(save_pickle(tmp_path / "demos.pickle", episodes), tmp_path).checksum
    assert load_demonstrations(DOOR, source="dapg-human-v1", cache=tmp_path).checksum == checksum


def test_the_format_is_found_by_its_name():
    assert load_formats()["d4rl"].find is find_sets


def test_a_place_without_recordings_says_what_was_expected(episodes, tmp_path):
    with pytest.raises(InvalidArchiveError, match=r"nowhere.pickle: there is no such file or folder"):
        find_sets(tmp_path / "nowhere.pickle")
    with pytest.raises(InvalidArchiveError, match=r"expected a file that ends in .pickle, .pkl, .hdf5, .h5"):
        find_sets(tmp_path)
    path = save_pickle(tmp_path / "demos.pickle", episodes)
    with pytest.raises(
        InvalidArchiveError, match=r"'actions' has 28 numbers a row, expected 26 \(adroit/ham"
    ):
        find_sets(path, HAMMER.id)
    with pytest.raises(InvalidArchiveError, match="fetch/push-v1 has no recordings of DAPG or D4RL"):
        find_sets(path, "fetch/push-v1")
    with pytest.raises(UnknownNameError, match="did you mean 'adroit/door-v1'"):
        find_sets(path, "adroit/dor-v1")


# --- recordings that our environment does not bear out


def test_a_pickle_whose_actions_lead_elsewhere_is_refused(episodes, tmp_path):
    episodes[1]["actions"] = episodes[2]["actions"]
    with pytest.raises(
        InvalidArchiveError, match=r"episode 1: its actions, played from its start, lead else"
    ):
        find_sets(save_pickle(tmp_path / "demos.pickle", episodes))


def test_a_pickle_of_another_scene_is_refused(episodes, tmp_path):
    episodes[0]["init_state_dict"]["door_body_pos"] = np.array([-0.25, 0.8, 0.3])
    with pytest.raises(
        InvalidArchiveError, match=r"episode 0: .* off by 0\.\d+ m or rad, expected at most 0"
    ):
        find_sets(save_pickle(tmp_path / "demos.pickle", episodes))


def test_an_hdf5_file_whose_states_are_shown_otherwise_is_refused(rows, tmp_path):
    rows[2]["infos/qpos"][50] = 0.0
    with pytest.raises(
        InvalidArchiveError, match=r"episode 2: the state of row 50 is shown otherwise: off by"
    ):
        find_sets(save_hdf5(tmp_path / "human.hdf5", rows))


def test_an_hdf5_file_whose_actions_lead_elsewhere_is_refused(rows, tmp_path):
    for part in rows:
        part["actions"] = -part["actions"]
    with pytest.raises(InvalidArchiveError, match=r"episode 0: 10 actions lead elsewhere: off by"):
        find_sets(save_hdf5(tmp_path / "human.hdf5", rows))


# --- bad files

BAD = {
    "expected a list of episodes, found a dict": lambda good: good[0],
    "expected a list of episodes, found none": lambda good: [],
    "episode 1: expected named arrays, found a ndarray": lambda good: [good[0], np.zeros(3)],
    "'init_state_dict' is missing; it holds actions, rewards, obs": lambda good: without(
        "init_state_dict", good
    ),
    "init_state_dict: 'qvel' is missing; it holds qpos, door_body_pos": lambda good: [
        {**good[0], "init_state_dict": {k: v for k, v in good[0]["init_state_dict"].items() if k != "qvel"}}
    ],
    r"init_state_dict: 'qpos': expected shape \(30\), found \(3,\)": lambda good: [
        {**good[0], "init_state_dict": {**good[0]["init_state_dict"], "qpos": np.zeros(3)}}
    ],
    r"'observations': expected shape \(60, 39\), found \(59, 39\)": lambda good: [
        {**good[0], "observations": good[0]["observations"][1:]}
    ],
    "'rewards': expected an array of numbers, found list": lambda good: [
        {**good[0], "rewards": [0.0] * STEPS}
    ],
    "'actions': expected finite numbers, found NaN": lambda good: [
        {**good[0], "actions": np.full((STEPS, 28), np.nan)}
    ],
    r"'actions' has 5 numbers a row, expected 28 \(adroit/door-v1\), 26": lambda good: [
        {**good[0], "actions": np.zeros((STEPS, 5))}
    ],
    "1 rows, expected at least 2": lambda good: [{**good[0], "actions": np.zeros((1, 28))}],
}


def without(name, episodes):
    return [{k: v for k, v in episode.items() if k != name} for episode in episodes]


@pytest.mark.parametrize("message", BAD)
def test_a_bad_pickle_is_named_with_episode_entry_found_and_expected(message, episodes, tmp_path):
    path = save_pickle(tmp_path / "demos.pickle", BAD[message](episodes))
    with pytest.raises(InvalidArchiveError, match=rf"demos.pickle.*{message}"):
        find_sets(path)


def test_an_hdf5_file_without_states_is_named(rows, tmp_path):
    for part in rows:
        del part["infos/qvel"]
    with pytest.raises(CorruptFileError, match="'infos/qvel' is missing; there is action_mean, door_b"):
        find_sets(save_hdf5(tmp_path / "human.hdf5", rows))
    bare = [{name: part[name] for name in part if not name.startswith("infos/")} for part in rows]
    with pytest.raises(CorruptFileError, match=r"'infos/door_body_pos' is missing; there is actions, obs"):
        find_sets(save_hdf5(tmp_path / "human.hdf5", bare))


def test_what_is_cut_off_is_no_data_set(episodes, rows, tmp_path):
    for path in (save_pickle(tmp_path / "a.pickle", episodes), save_hdf5(tmp_path / "a.hdf5", rows)):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(CorruptFileError, match=rf"{path.name}: not a whole "):
            find_sets(path)


class Hostile:
    def __reduce__(self):
        return (os.system, ("touch pwned",))


def test_a_hostile_pickle_is_refused_and_nothing_of_it_is_run(episodes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    episodes[2]["rewards"] = Hostile()
    path = save_pickle(tmp_path / "demos.pickle", episodes)
    with pytest.raises(UnsafePickleError, match=r"demos.pickle: refused, as it asks for posix.system"):
        find_sets(path)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("link", [h5py.ExternalLink("other.hdf5", "rewards"), h5py.SoftLink("/terminals")])
def test_an_hdf5_file_that_points_elsewhere_is_refused(rows, tmp_path, link):
    save_hdf5(tmp_path / "other.hdf5", rows)
    path = save_hdf5(tmp_path / "human.hdf5", rows, rewards=None)
    with h5py.File(path, "a") as file:
        file["rewards"] = link
    with pytest.raises(CorruptFileError, match="'rewards' lies elsewhere: expected it in the file itself"):
        find_sets(path)


def test_one_bad_file_of_a_folder_is_named_or_left_out_and_noted(episodes, tmp_path):
    save_pickle(tmp_path / "theirs" / "good.pickle", episodes)
    save_pickle(tmp_path / "theirs" / "bad.pickle", [])
    with pytest.raises(InvalidArchiveError, match=r"bad.pickle: expected a list of episodes"):
        imported(tmp_path / "theirs", tmp_path)
    demonstrations = imported(tmp_path / "theirs", tmp_path, skip_bad=True)
    source = demonstrations.metadata["source"]
    assert (len(demonstrations), source["num_files"], source["num_skipped"]) == (3, 1, 1)
    assert "bad.pickle" in source["skipped"][0]


# --- the command line


def ilbench(*arguments, cwd):
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *map(str, arguments)]
    env = {**os.environ, "ILBENCH_HOME": str(cwd / "home"), "COLUMNS": "160"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_a_baseline_is_trained_on_an_import_and_scored(episodes, tmp_path):
    save_pickle(tmp_path / "door.pickle", episodes)
    answer = ilbench("demos", "import", "d4rl", "door.pickle", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert f"3 with {3 * STEPS} steps" in answer.stdout
    command = ("train", "bc-mlp", DOOR.id, "--steps", "3", "--demonstrations", "dapg-human-v1")
    assert ilbench(*command, cwd=tmp_path).returncode == 0
    command = ("run", "bc-mlp", "--task", DOOR.id, "--preset", "smoke", "--split", "test", "--workers", "1")
    run = ilbench(*command, "--checkpoints", "checkpoints/dapg-human-v1", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "0.0% [0.0," in run.stdout


def test_a_mistake_is_answered_in_one_line(tmp_path):
    answer = ilbench("demos", "import", "d4rl", "nowhere.pickle", cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr == "error: nowhere.pickle: there is no such file or folder\n"
