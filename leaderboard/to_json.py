"""The leaderboard as JSON: everything that `Leaderboard` holds."""

from __future__ import annotations

import json
from typing import Any

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.notes import notes
from ilbench.scores.content import to_content

DIGITS = 6


def to_json(board: Leaderboard) -> str:
    """Returns the board as JSON, numbers rounded to `DIGITS` digits so that machines agree on the bytes.

    Names are as the submission gave them: escape them before they become markup.
    """
    content = {**to_content(board), "notes": notes(board)}
    return json.dumps(rounded(content), indent=1, sort_keys=True, allow_nan=False) + "\n"


def rounded(value: Any) -> Any:
    """Returns content with every float in it rounded to `DIGITS` digits, zero without a minus."""
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
