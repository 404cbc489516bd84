"""Episodes as a data frame: one line an episode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

    from ilbench.runs.record import EpisodeRecord
    from ilbench.runs.run_like import RunLike

COLUMNS = {
    "submission": "category",
    "training_seed": "Int64",
    "task": "category",
    "split": "category",
    "context": "int64",
    "repeat": "int64",
    "status": "category",
    "reason": "string",
    "success": "boolean",
    "final_success": "boolean",
    "episode_return": "float64",
    "length": "int64",
    "terminated": "bool",
    "truncated": "bool",
    "mode": "Int64",
    "env_s": "float64",
    "policy_s": "float64",
    "env_seed": "int64",
    "policy_seed": "int64",
    "initial_digest": "string",
    "action_digest": "string",
    "preset": "category",
    "run": "category",
}
"""The columns and their types. ``submission``, ``training_seed``, ``preset`` and ``run`` (the folder) are the
run's; all others are those of `ilbench.runs.record.EpisodeRecord`."""

_OF_RUN = ("submission", "training_seed", "preset", "run")
_OF_TIMES = ("env_s", "policy_s")
_OF_RECORD = tuple(name for name in COLUMNS if name not in (*_OF_RUN, *_OF_TIMES))


def episodes_frame(runs: Iterable[RunLike]) -> DataFrame:
    """Returns the episodes of some runs, a line each, with the columns and types of `COLUMNS`.

    What is not known is a missing value: ``success`` of an ``env_error``, ``mode`` where none was decided. To
    count successes as the scores do, leave ``env_error`` out: ``frame[frame.status != "env_error"]``.

    Args:
        runs: In the order in which their episodes shall stand.
    """
    import pandas as pd

    lines = [(*_of_run(run), *_of_record(record)) for run in runs for record in run.records]
    frame = pd.DataFrame(lines, columns=[*_OF_RUN, *_OF_TIMES, *_OF_RECORD])
    return frame[list(COLUMNS)].astype(COLUMNS)


def _of_run(run: RunLike) -> tuple[object, ...]:
    submission = run.header.submission
    return submission.name, submission.training_seed, run.header.preset, str(run.path)


def _of_record(record: EpisodeRecord) -> tuple[object, ...]:
    times = record.times
    return times.env_s, times.policy_s, *(getattr(record, name) for name in _OF_RECORD)
