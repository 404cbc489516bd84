"""Footnotes: how each number and interval of the leaderboard is made."""

from __future__ import annotations

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.tables import board_columns
from ilbench.plain_text import one_line
from ilbench.scores.measures import SUCCESS

FEW_TRAINING_SEEDS = 5
"""Below this, an interval over training seeds is known to be too narrow, and said to be."""

NAME_CHARACTERS = 48
"""Of a submission's name, in a note on it."""

_FAULTS = "an episode that the policy's own fault ended is among them, as a failure"
_RANKS = "Ranks follow the mean success. Rows whose intervals overlap are not shown to differ."
_GROUPS = (
    "Ranks follow the mean success, with those that are possible in brackets. Rows that share a letter "
    "(group) were not shown to differ: sign-flip test on common contexts, with two or more training seeds "
    "each also Welch's test over these, corrected for all pairs (Holm), at 5 %."
)
_PROTOCOLS = (
    "Episodes begin alike under both protocols; under protocol 1 a policy could tell its episode by the seed "
    "that it was told, so rows of the two are never pooled."
)
_REFERENCES = "References may look into the simulator and are not ranked."


def notes(board: Leaderboard) -> tuple[str, ...]:
    """Returns the footnotes that this board needs, one paragraph each."""
    has_modes = any(task.num_modes > 1 for task in board.tasks)
    measures = dict.fromkeys(measure for measure, _ in board_columns())
    needed = (
        (
            True,
            f"Protocol {' and '.join(board.protocols)}. Intervals are 95 %. n counts episodes; {_FAULTS}.",
        ),
        (len(board.protocols) > 1, _PROTOCOLS),
        (True, _success_note(board)),
        (len(board.tasks) > 1, _mean_note(board)),
        *((has_modes or not measure.needs_modes, measure.note) for measure in measures if measure != SUCCESS),
        (bool(board.ranked), _GROUPS if any(row.group for row in board.ranked) else _RANKS),
        (any(row.is_reference for row in board.rows), _REFERENCES),
    )
    replayed = (
        f"{one_line(row.name, NAME_CHARACTERS)}: {line}." for row in board.rows for line in row.replayed
    )
    return (*(text for is_needed, text in needed if is_needed and text), *replayed)


def _success_note(board: Leaderboard) -> str:
    most = max(row.training_seeds[1] for row in board.rows)
    if most < 2:
        return SUCCESS.note
    note = (
        f"{SUCCESS.note} Over two or more training seeds episodes are pooled and the interval is a bootstrap "
        "over training seeds and contexts, never narrower than Wilson's"
    )
    few = any(1 < row.training_seeds[1] < FEW_TRAINING_SEEDS for row in board.rows)
    return note + (f"; with fewer than {FEW_TRAINING_SEEDS} seeds read it as too narrow." if few else ".")


def _mean_note(board: Leaderboard) -> str:
    if not board.shared_tasks:
        return "No mean over tasks: there is none that every row has."
    names = ", ".join(board.shared_tasks)
    return (
        f"Mean success: unweighted over {names}; its interval adds the tasks' in quadrature (MOVER). "
        "A row that lacks one of them has no mean; nothing counts as zero."
    )
