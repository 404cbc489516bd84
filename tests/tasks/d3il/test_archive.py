"""Import of D3IL's archive, on our own demonstrations written in its layout, and on real files."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import minari
import numpy as np
import pytest

from ilbench.demonstrations import (
    InvalidArchiveError,
    MissingDemonstrationsError,
    datasets_folder,
    import_set,
    load_demonstrations,
    load_formats,
)
from ilbench.demonstrations.unpickling import UnsafePickleError, load_plain
from ilbench.errors import CorruptFileError, UnknownNameError
from ilbench.tasks.d3il import TASKS
from ilbench.tasks.d3il.archive import KINDS, NAME, find_sets

AVOIDING = next(task for task in TASKS if task.id.startswith("d3il/avoiding-v"))
INSERTING = next(task for task in TASKS if task.id.startswith("d3il/inserting-v"))
KIND_OF = {
    task.id: kind
    for task in TASKS
    for kind in KINDS
    if kind.task == task.id.partition("/")[2].rpartition("-")[0]
}


AFTERWARDS = 2
"""Rows that a log of Stacking has after the success: speeds are only known between rows, a row later than in
the simulator, and a person does not stop at once."""


class Recording:
    """A demonstration of our expert, and the same in D3IL's layout."""

    def __init__(self, task, context, mode, seed=0):
        env, expert = task.make_env(), task.make_expert()
        self.task, self.kind = task, KIND_OF[task.id]
        observation, info = env.reset(seed=seed, options={"context": task.contexts("train")[context]})
        expert.reset(env, seed, mode)
        self.situations, self.set_points, self.states = [], [], []
        ended = False
        self._note(env, observation)
        for _ in range(task.horizon):
            observation, _, ended, _, info = env.step(expert.act(observation))
            self._note(env, observation)
            if ended:
                break
        self.success, self.mode = info["success"], info["mode"]
        for _ in range(AFTERWARDS if len(env.unwrapped.set_point) == 8 else 0):
            observation, *_ = env.step(expert.act(observation))
            self._note(env, observation)
        self.target = getattr(env.unwrapped.rules, "target", None)
        env.close()

    def _note(self, env, observation):
        self.situations.append(env.unwrapped.situation)
        self.set_points.append(env.unwrapped.set_point)
        self.states.append(observation["state"])

    @property
    def log(self):
        in_force, states = np.array(self.set_points), np.array(self.states, np.float64)
        set_points = np.vstack([in_force[1:], in_force[-1:]])  # a row has the command that is about to act
        tool = np.array([situation.tool for situation in self.situations])
        arm = set_points.shape[1] == 8
        joints = np.zeros((len(tool), 7))
        robot = {
            "c_pos": tool,
            "des_c_pos": tool if arm else set_points,
            "j_pos": states[:, 8:15] if arm else joints,
            "des_j_pos": set_points[:, :7] if arm else joints,
            "gripper_width": states[:, 15] if arm else joints[:, 0],
            "time_stamp": np.arange(len(tool)) * 0.035,
        }
        tracks = np.array([situation.objects for situation in self.situations]).reshape(len(tool), -1, 7)
        content = {"context": {"seed": 3}, "robot": robot}
        for index, name in enumerate(self.kind.objects):
            content[name] = {"pos": tracks[:, index, :3], "quat": tracks[:, index, 3:]}
        if self.kind.target:
            pose = np.tile(self.target, (len(tool), 1))
            content[self.kind.target] = {"pos": pose[:, :3], "quat": pose[:, 3:]}
        return content

    def save(self, archive, number):
        file = archive / self.kind.folder / "all_data" / f"env_{number}.pkl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(self.log))
        return file


@pytest.fixture(scope="module")
def recordings():
    return [Recording(AVOIDING, 0, mode, seed=mode) for mode in (3, 11, 20)]


@pytest.fixture
def archive(tmp_path, recordings):
    for number, recording in enumerate(recordings, start=8):
        recording.save(tmp_path / "archive", number)
    (tmp_path / "archive" / "avoiding" / "train_files.pkl").write_bytes(pickle.dumps(["env_8.pkl"]))
    return tmp_path / "archive"


def imported(path, cache, task_id=None, **options):
    (found,) = find_sets(path, task_id)
    return import_set(found, "d3il", cache=cache, **options)


# --- what comes out


def test_demonstrations_come_back_with_our_fields_in_the_order_of_their_numbers(
    archive, tmp_path, recordings
):
    demonstrations = imported(archive, tmp_path / "cache")
    assert [t.mode for t in demonstrations.trajectories] == [3, 11, 20]
    for trajectory, recording in zip(demonstrations.trajectories, recordings, strict=True):
        states = np.array(recording.states)
        assert np.allclose(trajectory.observations["state"], states, atol=1e-6)
        assert np.allclose(trajectory.actions, np.diff(states[:, :2], axis=0), atol=1e-6)
        assert trajectory.rewards.tolist() == [0.0] * (len(states) - 2) + [1.0]
        assert (trajectory.success, trajectory.terminated, trajectory.context) == (True, True, -1)


@pytest.mark.parametrize("task", [t for t in TASKS if t.id in KIND_OF], ids=lambda task: task.id)
def test_success_mode_and_states_of_every_task_are_those_of_its_own_environment(task, tmp_path):
    attempts = (
        Recording(task, context, 1, seed=context) for context in range(task.split("train").num_contexts)
    )
    recording = next(attempt for attempt in attempts if attempt.success)
    recording.save(tmp_path / "archive", 1)
    sets = {found.task.id: found for found in find_sets(tmp_path / "archive", task.id)}
    (trajectory,) = import_set(sets[task.id], "d3il", cache=tmp_path).trajectories
    assert (trajectory.success, trajectory.mode) == (recording.success, recording.mode)
    logged = np.array(recording.states)
    different = np.abs(trajectory.observations["state"] - logged).max(axis=0) > 1e-5
    assert np.flatnonzero(different).tolist() in ([], [7])  # stacking: only one width is logged


def test_the_data_set_is_minaris_with_where_it_comes_from(archive, tmp_path, monkeypatch):
    demonstrations = imported(archive, tmp_path / "cache")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(datasets_folder(tmp_path / "cache")))
    dataset = minari.load_dataset(f"ilbench/{AVOIDING.id}/{NAME}")
    assert dataset.total_episodes == 3
    assert demonstrations.metadata["modes"] == {"3": 1, "11": 1, "20": 1}
    source = demonstrations.metadata["source"]
    assert (source["format"], source["num_files"], source["num_skipped"]) == ("d3il", 3, 0)


def test_the_source_digest_follows_the_content(archive, tmp_path, recordings):
    before = imported(archive, tmp_path / "a").metadata["source"]["digest"]
    assert imported(archive, tmp_path / "b").metadata["source"]["digest"] == before
    recordings[0].save(archive, 99)
    assert imported(archive, tmp_path / "c").metadata["source"]["digest"] != before


def test_an_import_is_loaded_by_its_name_and_never_taken_for_the_experts(archive, tmp_path):
    checksum = imported(archive, tmp_path).checksum
    assert load_demonstrations(AVOIDING, source=NAME, cache=tmp_path).checksum == checksum
    with pytest.raises(MissingDemonstrationsError, match="ilbench demos d3il/avoiding"):
        load_demonstrations(AVOIDING, cache=tmp_path)
    with pytest.raises(MissingDemonstrationsError, match=rf"there are: {NAME}.*ilbench demos import"):
        load_demonstrations(AVOIDING, source="d3il-robots-v1", cache=tmp_path)


def test_an_import_is_not_overwritten_unless_asked(archive, tmp_path):
    imported(archive, tmp_path)
    with pytest.raises(InvalidArchiveError, match="exists; replace it with --overwrite"):
        imported(archive, tmp_path)
    assert len(imported(archive, tmp_path, overwrite=True)) == 3


def test_a_log_that_ends_before_the_goal_is_kept_and_counted_as_no_success(archive, tmp_path, recordings):
    content = recordings[0].log
    content["robot"] = {name: values[:20] for name, values in content["robot"].items()}
    (archive / "avoiding" / "all_data" / "env_1.pkl").write_bytes(pickle.dumps(content))
    demonstrations = imported(archive, tmp_path)
    assert [t.success for t in demonstrations.trajectories] == [False, True, True, True]
    assert demonstrations.metadata["num_successful"] == 3


# --- where it is looked for


@pytest.mark.parametrize("below", ["", "avoiding"])
def test_the_archive_or_a_folder_of_it_will_do(archive, below):
    assert [found.task.id for found in find_sets(archive / below)] == [AVOIDING.id]


def test_a_folder_of_any_name_will_do_for_a_task_that_is_named(archive, tmp_path):
    (archive / "avoiding").rename(tmp_path / "mine")
    assert len(find_sets(tmp_path / "mine", AVOIDING.id)[0].files) == 3


def test_a_place_without_demonstrations_says_what_was_expected(tmp_path):
    with pytest.raises(
        InvalidArchiveError, match="expected the folder of the extracted D3IL archive, found none"
    ):
        find_sets(tmp_path / "nowhere")
    with pytest.raises(InvalidArchiveError, match="no folder of a D3IL task; expected avoiding, aligning"):
        find_sets(tmp_path)
    (tmp_path / "avoiding").mkdir()
    with pytest.raises(InvalidArchiveError, match=r"avoiding: no demonstration in it; expected one \*.pkl"):
        find_sets(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean"):
        find_sets(tmp_path, "d3il/avoidng-v2")


def test_the_format_is_found_by_its_name():
    assert load_formats()["d3il"].find is find_sets


# --- bad files

T = 5
ROBOT = {"des_c_pos": np.zeros((T, 3)), "c_pos": np.zeros((T, 3))}
BAD = {
    "field 'robot.c_pos' is missing; 'robot' holds des_c_pos": {"robot": {"des_c_pos": np.zeros((T, 3))}},
    "field 'robot.des_c_pos' is missing; the file holds context, red-box": {"context": 1, "red-box": {}},
    r"field 'robot.des_c_pos': expected shape \(T, at least 2, 3\), found \(5, 2\)": {
        "robot": {**ROBOT, "des_c_pos": np.zeros((T, 2))}
    },
    r"field 'robot.c_pos': expected shape \(5, 3\), found \(4, 3\)": {
        "robot": {**ROBOT, "c_pos": np.zeros((4, 3))}
    },
    r"field 'robot.des_c_pos': expected shape \(T, at least 2, 3\), found \(1, 3\)": {
        "robot": {"des_c_pos": np.zeros((1, 3)), "c_pos": np.zeros((1, 3))}
    },
    "field 'robot.c_pos': expected finite numbers, found NaN": {
        "robot": {**ROBOT, "c_pos": np.full((T, 3), np.nan)}
    },
    "field 'robot.c_pos': expected an array of numbers, found str": {"robot": {**ROBOT, "c_pos": "zero"}},
    r"expected a demonstration \(a dictionary with 'robot'\), found a list": ["env_1.pkl"],
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_file_is_named_with_field_found_and_expected(archive, tmp_path, message):
    (archive / "avoiding" / "all_data" / "env_9.pkl").write_bytes(pickle.dumps(BAD[message]))
    with pytest.raises(InvalidArchiveError, match=rf"env_9.pkl: .*{message}|env_9.pkl: {message}"):
        imported(archive, tmp_path)
    assert not datasets_folder(tmp_path).joinpath("ilbench", AVOIDING.id, NAME).exists()


def test_one_bad_file_can_be_skipped_and_is_noted(archive, tmp_path):
    file = archive / "avoiding" / "all_data" / "env_9.pkl"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(CorruptFileError, match=r"env_9.pkl: not a whole pickle of plain data"):
        imported(archive, tmp_path)
    demonstrations = imported(archive, tmp_path, skip_bad=True)
    assert [t.mode for t in demonstrations.trajectories] == [3, 20]
    assert demonstrations.metadata["source"]["num_skipped"] == 1
    assert "env_9.pkl" in demonstrations.metadata["source"]["skipped"][0]


def test_an_archive_of_bad_files_alone_is_refused_even_when_skipping(tmp_path):
    folder = tmp_path / "avoiding"
    folder.mkdir()
    (folder / "env_1.pkl").write_bytes(b"")
    with pytest.raises(InvalidArchiveError, match=r"none of 1 files .* can be read; the first: .*env_1.pkl"):
        imported(tmp_path, tmp_path, skip_bad=True)


class Hostile:
    def __reduce__(self):
        return (os.system, ("touch pwned",))


def test_a_hostile_file_is_refused_and_nothing_of_it_is_run(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = {"robot": ROBOT, "context": Hostile()}
    (archive / "avoiding" / "all_data" / "env_9.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(UnsafePickleError, match=r"env_9.pkl: refused, as it asks for posix.system"):
        imported(archive, tmp_path)
    assert not (tmp_path / "pwned").exists()


# --- the command line


def ilbench(*arguments, cwd):
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *map(str, arguments)]
    env = {**os.environ, "ILBENCH_HOME": str(cwd / "home"), "COLUMNS": "160"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_the_command_imports_and_a_baseline_is_trained_on_it(archive, tmp_path):
    answer = ilbench("demos", "import", "d3il", archive, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "successful      3" in answer.stdout
    assert "modes           3 of 24" in answer.stdout
    command = ("train", "bc-mlp", AVOIDING.id, "--steps", "3", "--demonstrations", NAME)
    trained = ilbench(*command, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert (tmp_path / "checkpoints" / NAME / "bc-mlp" / AVOIDING.id / "seed-0" / "weights.pt").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "d4il", "."), "no format of demonstrations named 'd4il'; did you mean 'd"),
        (("import", "d3il", "nowhere"), "nowhere: expected the folder of the extracted D3IL archive"),
    ],
)
def test_a_mistake_is_answered_in_one_line(tmp_path, arguments, message):
    answer = ilbench("demos", *arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_demos_without_a_verb_still_generates(tmp_path):
    for arguments in (("demos", AVOIDING.id, "--count", "2"), ("demos", "--count", "2", AVOIDING.id)):
        answer = ilbench(*arguments, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        assert "demonstrations  2 with" in answer.stdout


# --- what people recorded


def test_all_96_of_avoiding_succeed_in_all_24_ways(human_data, tmp_path):
    demonstrations = imported(human_data / "d3il-human" / "avoiding", tmp_path)
    assert (len(demonstrations), demonstrations.num_steps) == (96, 7305)  # as the authors' training log says
    assert all(trajectory.success for trajectory in demonstrations.trajectories)
    counts = demonstrations.mode_counts
    assert (len(counts), min(counts.values()), max(counts.values())) == (24, 3, 5)
    assert demonstrations.metadata["source"]["num_clipped"] == 0


def test_people_begin_at_rest_and_each_command_is_seen_one_row_later(human_data):
    (found,) = find_sets(human_data / "d3il-human" / "avoiding")
    content = load_plain(found.files[3])["robot"]
    (trajectory,) = found.read(found.files[3])
    state, actions = trajectory.observations["state"], trajectory.actions
    assert np.allclose(state[0, :2], state[0, 2:])
    assert np.allclose(state[1:, :2], content["des_c_pos"][:-1, :2], atol=1e-7)
    assert np.allclose(state[:, 2:], content["c_pos"][:, :2], atol=1e-7)
    assert np.allclose(np.diff(state[:, :2], axis=0), actions, atol=1e-7)


def test_the_order_in_a_file_name_is_the_mode_of_inserting(human_data):
    (found,) = find_sets(human_data / "d3il-human" / "inserting" / "all_data-sample", INSERTING.id)
    for file in found.files:
        (trajectory,) = found.read(file)
        assert trajectory.success
        assert trajectory.mode == int(file.stem[-2:]) - 1
