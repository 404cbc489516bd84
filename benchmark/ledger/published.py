"""What papers report: ``results/published.csv``, one number a row, each with its source."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ilbench.errors import CorruptFileError
from ilbench.storage import first_problem

PUBLISHED = "published.csv"

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float | None, BeforeValidator(lambda text: text or None)]


class PublishedNumber(BaseModel):
    """One number that a paper reports.

    Attributes:
        method: As the paper calls it.
        baseline: The baseline of the same method; empty where there is none.
        task: Id of the task, or of a list of tasks.
        demonstrations: What it was trained on; where it is a data set of ours, by its name.
        protocol: Which checkpoint is reported, where the source says so.
        value: The number.
        spread: Its standard deviation, where the source gives it.
        n: Over what it is taken, where the source says so.
        unit: ``success`` and ``behavior entropy`` are in [0, 1] and compared with ours.
        source: Paper and table.
        comparable: Whether the data, the rule of success and the reported checkpoint are those of ours.
        reason: Why not, or what differs all the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Text
    baseline: str
    task: Text
    demonstrations: str
    protocol: str
    value: float
    spread: Number
    n: str
    unit: Text
    source: Text
    comparable: Literal["yes", "no"]
    reason: Text


def load_published_numbers(path: Path) -> tuple[PublishedNumber, ...]:
    """Returns the rows of the file.

    Raises:
        CorruptFileError: A row is not as expected; names file, line and column.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        rows: list[PublishedNumber] = []
        for row in reader:
            try:
                rows.append(PublishedNumber.model_validate(row))
            except ValidationError as error:
                raise CorruptFileError(path, first_problem(error), line=reader.line_num) from error
    return tuple(rows)


def numbers_beside(
    numbers: tuple[PublishedNumber, ...], baseline: str, task_id: str
) -> tuple[PublishedNumber, ...]:
    """Returns what is published of a baseline's method on a task."""
    return tuple(number for number in numbers if (number.baseline, number.task) == (baseline, task_id))
