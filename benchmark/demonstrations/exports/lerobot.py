"""Demonstrations as a LeRobotDataset of version 3.0: tables in parquet, pictures in videos.

Known from LeRobot 0.4.4 (``lerobot/datasets/utils.py``, ``lerobot_dataset.py``): which files there are and
what they are called, the columns of the two tables, and what ``meta/info.json`` says. What each column holds
is in `lerobot_features`. Open it there with ``LeRobotDataset("any/name", root=FOLDER)``.

A demonstration of T steps has T rows: what the last action led to is in no row, as in every LeRobotDataset. A
step is ``1 / fps`` seconds long; tasks whose steps have no duration count `UNTIMED_FPS` of them a second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.task import installed_version
from ilbench.demonstrations.exports import lerobot_statistics as statistics
from ilbench.demonstrations.exports.fields import has_noise, provenance
from ilbench.demonstrations.exports.lerobot_features import Feature, features_of
from ilbench.demonstrations.exports.lerobot_video import LosslessVideo, check_can_encode, description
from ilbench.demonstrations.formats import Format
from ilbench.errors import MissingPackageError

if TYPE_CHECKING:
    from pathlib import Path

    from ilbench.demonstrations.generate import Progress
    from ilbench.demonstrations.load import Demonstrations
    from ilbench.demonstrations.trajectory import Trajectory

VERSION = "v3.0"
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA_PATH = f"data/{FILE}.parquet"
VIDEO_PATH = f"videos/{{video_key}}/{FILE}.mp4"
EPISODES_PATH = f"meta/episodes/{FILE}.parquet"
CHUNK_FILES = 1000
DATA_MB, VIDEO_MB = 100, 200
"""Sizes after which LeRobot itself begins another file, in MiB."""

UNTIMED_FPS = 10
COUNTERS = {
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}
"""The columns that every LeRobotDataset has."""


@dataclass(slots=True)
class _Files:
    """Which file of a kind is being written, and how much lies in it."""

    number: int = -1
    writer: Any = None
    size: int = 0
    num_frames: int = 0

    def names(self) -> dict[str, int]:
        chunk, file = divmod(self.number, CHUNK_FILES)
        return {"chunk_index": chunk, "file_index": file}

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


@dataclass(slots=True, kw_only=True)
class _Writer:
    """A data set under way."""

    root: Path
    fps: Fraction
    features: tuple[Feature, ...]
    summary: str
    num_frames: int = 0
    data: _Files = field(default_factory=_Files)
    videos: dict[str, _Files] = field(default_factory=dict)
    episodes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, trajectory: Trajectory) -> None:
        rows = {feature.name: feature.rows(trajectory) for feature in self.features}
        length = len(trajectory)
        stats = {f.name: statistics.joined([rows[f.name]], f.is_video) for f in self.features}
        counters = _counters(length, len(self.episodes), self.num_frames, self.fps)
        stats |= {name: statistics.of_numbers(values[:, None]) for name, values in counters.items()}
        episode: dict[str, Any] = {
            "episode_index": len(self.episodes),
            "tasks": [self.summary],
            "length": length,
            "dataset_from_index": self.num_frames,
            "dataset_to_index": self.num_frames + length,
            **{f"data/{name}": value for name, value in self._add_rows(rows, counters).items()},
        }
        for feature in self.features:
            if feature.is_video:
                said = self._add_pictures(feature, rows[feature.name])
                episode |= {f"videos/{feature.name}/{name}": value for name, value in said.items()}
        episode |= {f"stats/{f}/{name}": v for f, found in stats.items() for name, v in found.items()}
        self.episodes.append(episode)
        self.num_frames += length

    def _add_rows(self, rows: dict[str, Any], counters: dict[str, Any]) -> dict[str, int]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {f.name: _column(rows[f.name], f.shape) for f in self.features if not f.is_video}
        table = pa.table({**columns, **{name: pa.array(values) for name, values in counters.items()}})
        if self.data.writer is None or self.data.size > DATA_MB * 2**20:
            self.data.close()
            self.data = _Files(number=self.data.number + 1)
            path = self.root / DATA_PATH.format(**self.data.names())
            path.parent.mkdir(parents=True, exist_ok=True)
            self.data.writer = pq.ParquetWriter(path, table.schema)
        self.data.writer.write_table(table)
        self.data.size += table.nbytes
        return self.data.names()

    def _add_pictures(self, feature: Feature, pictures: Any) -> dict[str, float]:
        files = self.videos.setdefault(feature.name, _Files())
        if files.writer is None or files.size > VIDEO_MB * 2**20:
            files.close()
            self.videos[feature.name] = files = _Files(number=files.number + 1)
            path = self.root / VIDEO_PATH.format(video_key=feature.name, **files.names())
            files.writer = LosslessVideo(path, self.fps, feature.shape)
        files.writer.add(pictures)
        files.size = files.writer.num_bytes
        begin, files.num_frames = files.num_frames, files.num_frames + len(pictures)
        seconds = {"from_timestamp": begin / self.fps, "to_timestamp": files.num_frames / self.fps}
        return {**files.names(), **{name: float(value) for name, value in seconds.items()}}

    def close(self) -> None:
        self.data.close()
        for files in self.videos.values():
            files.close()
        self.videos = {}


def write(demonstrations: Demonstrations, path: Path, progress: Progress | None = None) -> None:
    """Writes the folder of a data set.

    Args:
        demonstrations: What to write.
        path: The folder.
        progress: Called as ``progress(done, total)`` after each demonstration.

    Raises:
        ExportError: Two fields would have the same name there.
        MissingPackageError: Parquet or videos cannot be written here.
    """
    task = demonstrations.task
    features = features_of(task, with_labels=has_noise(demonstrations))
    if installed_version("pyarrow") is None:
        raise MissingPackageError("a LeRobotDataset", "pyarrow", "analysis")
    if any(feature.is_video for feature in features):
        check_can_encode()
    fps = Fraction(task.control_hz or UNTIMED_FPS).limit_denominator(1000)
    writer = _Writer(root=path, fps=fps, features=features, summary=task.summary)
    try:
        for done, trajectory in enumerate(demonstrations.trajectories, start=1):
            writer.add(trajectory)
            if progress is not None:
                progress(done, len(demonstrations))
    finally:
        writer.close()
    _write_meta(writer, demonstrations)


def _write_meta(writer: _Writer, demonstrations: Demonstrations) -> None:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    meta = writer.root / "meta"
    place = {"chunk_index": 0, "file_index": 0}
    path = writer.root / EPISODES_PATH.format(**place)
    path.parent.mkdir(parents=True)
    where = {f"meta/episodes/{name}": value for name, value in place.items()}
    pq.write_table(pa.Table.from_pylist([{**episode, **where} for episode in writer.episodes]), path)
    tasks = pd.DataFrame({"task_index": [0]}, index=pd.Index([writer.summary], name="task"))
    tasks.to_parquet(meta / "tasks.parquet")
    stats = {
        f.name: statistics.joined([f.rows(t) for t in demonstrations.trajectories], f.is_video)
        for f in writer.features
    }
    for name, content in (
        ("info", _info(writer)),
        ("stats", stats),
        ("ilbench", provenance(demonstrations)),
    ):
        (meta / f"{name}.json").write_text(json.dumps(content, indent=4) + "\n")


def _info(writer: _Writer) -> dict[str, Any]:
    fps = int(writer.fps) if writer.fps.denominator == 1 else float(writer.fps)
    features: dict[str, Any] = {
        f.name: {
            "dtype": f.dtype,
            "shape": list(f.shape),
            "names": None if f.names is None else list(f.names),
        }
        for f in writer.features
    }
    for f in writer.features:
        if f.is_video:
            features[f.name]["info"] = description(fps, f.shape)
    features |= {name: {"dtype": kind, "shape": [1], "names": None} for name, kind in COUNTERS.items()}
    has_videos = any(f.is_video for f in writer.features)
    return {
        "codebase_version": VERSION,
        "robot_type": None,
        "total_episodes": len(writer.episodes),
        "total_frames": writer.num_frames,
        "total_tasks": 1,
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": DATA_MB,
        "video_files_size_in_mb": VIDEO_MB,
        "fps": fps,
        "splits": {"train": f"0:{len(writer.episodes)}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if has_videos else None,
        "features": features,
    }


def _counters(length: int, episode: int, before: int, fps: Fraction) -> dict[str, Any]:
    steps = np.arange(length, dtype=np.int64)
    return {
        "timestamp": (steps / float(fps)).astype(np.float32),
        "frame_index": steps,
        "episode_index": np.full(length, episode, dtype=np.int64),
        "index": before + steps,
        "task_index": np.zeros(length, dtype=np.int64),
    }


def _column(rows: Any, shape: tuple[int, ...]) -> Any:
    """Returns rows as a column of parquet: single numbers as they are, arrays as nested lists."""
    import pyarrow as pa

    if shape == (1,):
        return pa.array(rows[:, 0])
    column = pa.array(np.ascontiguousarray(rows).reshape(-1))
    for size in reversed(shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size).cast(pa.list_(column.type))
    return pa.FixedSizeListArray.from_arrays(column, shape[0])


FORMAT = Format(
    name="lerobot",
    summary="A LeRobotDataset of version 3.0, in a folder: parquet and videos; written only.",
    write=write,
)
"""For the entry-point group ``ilbench.formats``."""
