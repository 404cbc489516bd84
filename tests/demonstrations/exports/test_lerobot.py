"""LeRobotDatasets, read back with pyarrow, JSON and PyAV, and with LeRobot where it is installed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ilbench.demonstrations import ensure_demonstrations, export_set, load_formats
from ilbench.demonstrations.exports import lerobot
from ilbench.demonstrations.exports.lerobot import FORMAT

av = pytest.importorskip("av", reason="videos are encoded by PyAV, of the extra 'video'")
parquet = pytest.importorskip(
    "pyarrow.parquet", reason="tables are written by pyarrow, of the extra 'analysis'"
)


@pytest.fixture
def ours(task, tmp_path):
    return ensure_demonstrations(task, count=3, noise=0.3, cache=tmp_path, workers=1)


@pytest.fixture
def root(ours, tmp_path):
    return export_set(ours, FORMAT, tmp_path / "out")


def info(root, name="info"):
    return json.loads((root / "meta" / f"{name}.json").read_text())


def columns(root):
    return parquet.read_table(root / "data" / "chunk-000" / "file-000.parquet").to_pydict()


def episodes(root):
    return parquet.read_table(root / "meta" / "episodes" / "chunk-000" / "file-000.parquet").to_pylist()


def test_every_number_of_every_step_is_there(ours, root):
    found = columns(root)
    for key, rows in (
        ("observation.state", [t.observations["position"][:-1] for t in ours.trajectories]),
        ("observation.grid", [t.observations["grid"][:-1] for t in ours.trajectories]),
        ("observation.bits", [t.observations["bits"][:-1] for t in ours.trajectories]),
        ("action", [t.actions for t in ours.trajectories]),
        ("expert_action", [t.expert_actions for t in ours.trajectories]),
    ):
        expected = np.concatenate(rows)
        assert np.array_equal(np.array(found[key]).reshape(expected.shape), expected), key
    rewards = np.concatenate([t.rewards for t in ours.trajectories])
    assert np.array_equal(np.float32(found["next.reward"]), rewards.astype(np.float32))


def test_every_pixel_of_every_step_is_in_the_video(ours, root):
    with av.open(str(root / "videos/observation.images.image/chunk-000/file-000.mp4")) as file:
        found = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
    assert np.array_equal(found, np.concatenate([t.observations["image"][:-1] for t in ours.trajectories]))


def test_episodes_say_where_their_steps_and_pictures_are(ours, root):
    begin = 0
    for number, (episode, t) in enumerate(zip(episodes(root), ours.trajectories, strict=True)):
        assert (episode["episode_index"], episode["length"]) == (number, len(t))
        assert (episode["dataset_from_index"], episode["dataset_to_index"]) == (begin, begin + len(t))
        video = "videos/observation.images.image"
        assert episode[f"{video}/from_timestamp"] == pytest.approx(begin / 10)
        assert episode[f"{video}/to_timestamp"] == pytest.approx((begin + len(t)) / 10)
        begin += len(t)


def test_steps_are_counted_within_their_episode_and_over_all(ours, root):
    found, lengths = columns(root), [len(t) for t in ours.trajectories]
    assert found["index"] == list(range(sum(lengths)))
    assert found["episode_index"] == np.repeat(np.arange(3), lengths).tolist()
    assert found["frame_index"] == [step for length in lengths for step in range(length)]
    assert np.allclose(found["timestamp"], np.array(found["frame_index"]) / 10)


def test_the_description_names_every_feature_and_the_whole(ours, root):
    said = info(root)
    assert (said["codebase_version"], said["fps"], said["total_episodes"]) == ("v3.0", 10, 3)
    assert said["total_frames"] == ours.num_steps
    assert said["features"]["observation.images.image"]["info"]["video.codec"] == "h264"
    assert set(columns(root)) == {name for name, f in said["features"].items() if f["dtype"] != "video"}
    assert info(root, "ilbench")["checksum"] == ours.checksum


def test_statistics_are_kept_of_the_whole_and_of_each_episode(ours, root):
    actions = np.concatenate([t.actions for t in ours.trajectories]).astype(np.float64)
    assert info(root, "stats")["action"]["mean"] == pytest.approx(actions.mean(axis=0))
    assert np.shape(info(root, "stats")["observation.images.image"]["std"]) == (3, 1, 1)
    first = episodes(root)[0]
    assert first["stats/action/max"] == pytest.approx(ours.trajectories[0].actions.max(axis=0))


def test_the_task_is_told_in_words(ours, root):
    tasks = parquet.read_table(root / "meta" / "tasks.parquet").to_pylist()
    assert tasks == [{"task_index": 0, "task": ours.task.summary}]
    assert episodes(root)[0]["tasks"] == [ours.task.summary]


def test_a_full_file_is_followed_by_another(ours, tmp_path, monkeypatch):
    monkeypatch.setattr(lerobot, "DATA_MB", 0)
    monkeypatch.setattr(lerobot, "VIDEO_MB", 0)
    root = export_set(ours, FORMAT, tmp_path / "many")
    assert len(list((root / "data").rglob("*.parquet"))) == 3
    assert [episode["data/file_index"] for episode in episodes(root)] == [0, 1, 2]
    starts = [episode["videos/observation.images.image/from_timestamp"] for episode in episodes(root)]
    assert starts == [0, 0, 0]


def test_the_pace_is_that_of_the_task(ours, tmp_path):
    timed = replace(ours, task=replace(ours.task, control_hz=12.5, observation=ours.task.observation[:1]))
    FORMAT.write(timed, tmp_path / "timed")
    assert (info(tmp_path / "timed")["fps"], info(tmp_path / "timed")["video_path"]) == (12.5, None)


def test_a_folder_is_only_replaced_when_asked(ours, root):
    (root / "old").touch()
    assert export_set(ours, FORMAT, root, overwrite=True) == root
    assert not (root / "old").exists()
    assert load_formats()["lerobot"] is FORMAT
