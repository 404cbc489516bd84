"""Emitters: a leaderboard as text, one function a format."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ilbench.errors import UnknownNameError
from ilbench.importing import load_object
from ilbench.leaderboard.board import Leaderboard

_EMITTERS = {
    "md": "ilbench.leaderboard.to_markdown:to_markdown",
    "csv": "ilbench.leaderboard.to_csv:to_csv",
    "latex": "ilbench.leaderboard.to_latex:to_latex",
    "html": "ilbench.leaderboard.to_html:to_html",
    "json": "ilbench.leaderboard.to_json:to_json",
}

FORMATS = tuple(_EMITTERS)
_SYNONYMS = {"markdown": "md"}


def render(board: Leaderboard, format: str) -> str:
    """Returns the leaderboard as text, the same for the same board on every call.

    Args:
        board: The leaderboard.
        format: One of `FORMATS`.

    Raises:
        UnknownNameError: There is no such format.
    """
    format = _SYNONYMS.get(format, format)
    if format not in _EMITTERS:
        raise UnknownNameError("leaderboard format", format, FORMATS)
    emit = cast("Callable[[Leaderboard], str]", load_object(_EMITTERS[format]))
    return emit(board)
