"""Headings that fit narrow columns."""

from __future__ import annotations

import re

TITLE_CHARACTERS = 13


def break_title(title: str, characters: int = TITLE_CHARACTERS) -> list[str]:
    """Returns the lines of a title, broken after ``/`` and, where needed, ``-`` and blanks.

    A title that fits a line stays whole. A piece that is longer than a line stays whole.
    """
    if len(title) <= characters:
        return [title]
    lines: list[str] = [""]
    for piece in re.findall(r"[^/\s-]*[/-]?\s?|\s", title):
        is_full = len((lines[-1] + piece).rstrip()) > characters
        if lines[-1] and (is_full or lines[-1].endswith("/")):
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]
