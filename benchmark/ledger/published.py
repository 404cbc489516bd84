"""What papers report: ``results/published.csv``, one number a row, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TextIO

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

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

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


_COLUMNS = ",".join(PublishedNumber.model_fields)


def load_published_numbers(path: Path) -> tuple[PublishedNumber, ...]:
    """Returns the rows of the file.

    Raises:
        CorruptFileError: There is none, its columns are others, or a row is not as expected; names file,
            line, column and what was expected.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return tuple(_rows(path, file))
    except FileNotFoundError as error:
        raise CorruptFileError(path, f"there is no such file; expected a table of {_COLUMNS}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise CorruptFileError(path, f"is not CSV in UTF-8: {error}") from error


def _rows(path: Path, file: TextIO) -> Iterator[PublishedNumber]:
    lines = csv.reader(file, strict=True)
    columns = next(lines, [])
    if columns != list(PublishedNumber.model_fields):
        found = ",".join(columns) or "nothing"
        raise CorruptFileError(path, f"expected the columns {_COLUMNS}, found {found}", line=1)
    for row in lines:
        if len(row) != len(columns):
            problem = f"expected {len(columns)} columns, found {len(row)}"
            raise CorruptFileError(path, problem, line=lines.line_num)
        try:
            yield PublishedNumber.model_validate(dict(zip(columns, row, strict=True)))
        except ValidationError as error:
            raise CorruptFileError(path, first_problem(error), line=lines.line_num) from error


def numbers_beside(
    numbers: tuple[PublishedNumber, ...], baseline: str, task_id: str
) -> tuple[PublishedNumber, ...]:
    """Returns what is published of a baseline's method on a task."""
    return tuple(number for number in numbers if (number.baseline, number.task) == (baseline, task_id))
