"""Problems: what is wrong with a bundle, one value a mistake, each with its way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ilbench.plain_text import one_line

SHOWN = 5
"""Problems of one file and field that are shown; a journal may have one a line."""
FOUND_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A mistake.

    Attributes:
        file: Its file, by its path in the bundle; with the number of the line where it has lines.
        field: Which field; empty where it is the whole file or line.
        found: What is there, as text of one line.
        expected: What should be.
        remedy: The way out.
    """

    file: str
    field: str = ""
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        field = f"field {self.field!r}: " if self.field else ""
        return f"{self.file}: {field}found {self.found}, expected {self.expected}; {self.remedy}"


def problem(file: str, field: str, found: object, expected: object, remedy: str) -> Problem:
    """Returns a problem whose texts are plain and short, whoever wrote what was found."""
    return Problem(
        file=one_line(file, FOUND_CHARACTERS),
        field=one_line(field, FOUND_CHARACTERS),
        found=shown(found),
        expected=one_line(str(expected), 3 * FOUND_CHARACTERS),
        remedy=remedy,
    )


def shown(value: object) -> str:
    """Returns a value as it stands in a message: a text as it is, anything else by its `repr`."""
    return one_line(value if isinstance(value, str) else repr(value), FOUND_CHARACTERS) or "nothing"


def shortened(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yields the first problems of each file and field, then how many more there are of those."""
    counts: dict[tuple[str, str], int] = {}
    for one in problems:
        key = (one.file.partition(":")[0], one.field)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= SHOWN:
            yield one
    for (file, field), count in counts.items():
        if count > SHOWN:
            yield Problem(
                file=file,
                field=field,
                found=f"{count - SHOWN} more of these",
                expected="none",
                remedy="as above",
            )
