"""Footnotes: how each number and interval of the leaderboard is made."""

from __future__ import annotations

from collections.abc import Iterator

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.evidence import NOTE as VERIFICATION
from ilbench.leaderboard.first_table import FRONT, ONE_WAY
from ilbench.leaderboard.row import SCORES
from ilbench.leaderboard.tables import board_columns
from ilbench.plain_text import one_line
from ilbench.scores.measures import SUCCESS

FEW_TRAINING_SEEDS = 5
"""Below this, an interval over training seeds is known to be too narrow, and said to be."""

NAME_CHARACTERS = 48
"""Of a submission's name, in a note on it."""

_FAULTS = "an episode that the policy's own fault ended is among them, as a failure"
_POLICY = (
    "With one training seed an interval, and so a rank, speaks of that policy, and not of the method that "
    "trained it."
)
_RANKS = "Ranks follow the mean success. Rows whose intervals overlap are not shown to differ."
_GROUPS = (
    "Ranks follow the mean success, with those that are possible in brackets. Rows that share a letter "
    "(group) were not shown to differ: sign-flip test on common contexts, with two or more training seeds "
    "each also Student's over training seeds and contexts, corrected for all pairs (Holm), at 5 %. Where one "
    "of two rows has a single training seed, that is about these two policies and not about their methods."
)
_INTERVAL_RANKS = (
    "Ranks by {scores}: those in brackets are left by intervals that lie apart, of rows that have the score."
)
_GENERALIZATION = (
    "Generalization: mean success on test over mean success on train, of the board's tasks; 1 loses "
    "nothing, and a policy that never succeeds on train has none. Under shifts: the same of shifts over test."
)
_DIVERSITY = (
    "Diversity: mean behavior entropy over the board's tasks with modes, 1 for all modes alike; a task "
    "without a success counts as 0. Modes: found of those there are, a mean over training seeds."
)
_FRONT = (
    f"{FRONT} Pareto front: no other row is shown to be better in one of the three scores (intervals lie "
    "apart) and worse in none; there is no total."
)
_COST = (
    "Policy a step: wall clock of the policy for a control step on test, its share of each batched call; it "
    "depends on the machine that played the run, and compares policies of one machine."
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
    by_interval = [score for score in SCORES[1:] if any(score in row.places for row in board.ranked)]
    needed = (
        (True, _conditions_note(board)),
        (any(row.speaks_of == "policy" for row in board.rows), _POLICY),
        (len(board.protocols) > 1, _PROTOCOLS),
        (True, _success_note(board)),
        (len(board.tasks) > 1, _mean_note(board)),
        (any(row.mean.diversity for row in board.rows), _DIVERSITY),
        (any(row.mean.generalization or row.mean.under_shifts for row in board.rows), _GENERALIZATION),
        (bool(board.ranked), _GROUPS if any(row.group for row in board.ranked) else _RANKS),
        (bool(by_interval), _INTERVAL_RANKS.format(scores=" and ".join(by_interval))),
        (any(row.is_on_front for row in board.ranked), _FRONT),
        *((True, note) for note in _one_way_notes(board)),
        *((has_modes or not measure.needs_modes, measure.note) for measure in measures if measure != SUCCESS),
        (any(row.is_reference for row in board.rows), _REFERENCES),
        (any(row.policy_step_s for row in board.rows), _COST),
        (True, VERIFICATION),
    )
    replayed = (
        f"{one_line(row.name, NAME_CHARACTERS)}: {line}." for row in board.rows for line in row.replayed
    )
    return (
        *(text for is_needed, text in needed if is_needed and text),
        *_verified(board),
        *replayed,
        *board.remarks,
    )


def _verified(board: Leaderboard) -> Iterator[str]:
    """Yields where each row was played, who took it where it stands, whose attestations count nothing."""
    for row in board.rows:
        found = row.evidence
        if found.sandbox != "none":
            yield f"{row.label}: its policy was kept in a sandbox: {found.sandbox}."
        if found.server:
            yield f"{row.label}: its policy was on a server: {found.server}."
        if found.rung == "claimed" and found.because:
            yield (
                f"{row.label} is not believed beyond its claim: what verifiers said of it cannot be read "
                f"and may refute it: {found.because}."
            )
        if found.by:
            yield f"{row.label}: {found.rung}, by {found.by}, {found.at[:10]}: {found.because}."
        yield from (f"{row.label}: an attestation counts nothing: {line}." for line in found.ignored)


def _conditions_note(board: Leaderboard) -> str:
    return (
        f"Protocol {' and '.join(board.protocols)}. Intervals are 95 %. n counts episodes, as contexts × "
        f"repeats × training seeds where all have as many; {_FAULTS}."
    )


def _one_way_notes(board: Leaderboard) -> Iterator[str]:
    for row in board.rows:
        if row.modes and row.modes.one_way:
            tasks = ", ".join(row.modes.one_way)
            yield (
                f"{ONE_WAY} {row.label} solves {tasks} in one way only: ten successes or more, and no "
                "training seed shows a second mode."
            )


def _success_note(board: Leaderboard) -> str:
    few = any(1 < row.training_seeds[1] < FEW_TRAINING_SEEDS for row in board.rows)
    hint = f" With fewer than {FEW_TRAINING_SEEDS} training seeds it is wide: so few hardly show any spread."
    return SUCCESS.note + hint * few


def _mean_note(board: Leaderboard) -> str:
    whose = (
        f"of the board {board.board.name}"
        if board.board.name
        else "that the row with most of them has; no board declares them"
    )
    return (
        f"Means: unweighted over the tasks {whose}: {', '.join(board.shared_tasks)}; their intervals add the "
        "tasks' in quadrature (MOVER). A row that lacks one of them is incomplete and has no mean; nothing "
        "counts as zero, and nothing about other rows changes."
    )
