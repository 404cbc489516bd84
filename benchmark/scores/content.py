"""Scores as plain content, for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from ilbench.scores.measure import Measure
from ilbench.scores.measures import load_measures
from ilbench.scores.task_scores import TaskScores


def to_content(value: Any) -> Any:
    """Returns a value as mappings, sequences and numbers: every field of every dataclass in it.

    A field that is no part of a value's text (``repr=False``, such as `SplitScores.episodes`) is left out. A
    measure that is no field stands among those of its split under its own name.
    """
    return _Writer(load_measures()).content(value)


@dataclass(frozen=True, slots=True)
class _Writer:
    measures: Sequence[Measure]

    def content(self, value: Any) -> Any:
        if isinstance(value, TaskScores):
            return self._of_task(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        if isinstance(value, Mapping):
            return {key: self.content(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.content(item) for item in value]
        return value

    def _fields(self, value: Any) -> dict[str, Any]:
        return {f.name: self.content(getattr(value, f.name)) for f in fields(value) if f.repr}

    def _of_task(self, scores: TaskScores) -> dict[str, Any]:
        content = self._fields(scores)
        for measure in self.measures:
            if not measure.is_field:
                for name, split in scores.splits.items():
                    content["splits"][name][measure.name] = self.content(measure.of(scores, split))
        return content
