"""Choice: which board some runs are shown on, where nobody names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ilbench.contract.board import Board, find_board, load_boards
from ilbench.errors import UsageError
from ilbench.plain_text import one_line
from ilbench.runs.run_like import RunLike

MOST_TASKS = 6
"""So many tasks of no board are named."""


def find_wanted(
    runs: Sequence[RunLike], *, name: str | None, preset: str | None, tasks: Sequence[str] | None
) -> tuple[Board | None, list[str]]:
    """Returns the declared board that is meant, or None, and where those runs can be seen that are not on it.

    Where nothing is asked for it is that of `choose_board`. Without a declared board the means are over the
    tasks that were asked for, or those of `undeclared_tasks`. So part of a board, played by one more policy,
    never changes what the others have.

    Args:
        runs: The runs.
        name: The board that was asked for.
        preset: The preset that was asked for, instead of the board's.
        tasks: The tasks that were asked for: then it is no declared board.

    Raises:
        UsageError: Both a board and tasks were asked for.
        UnknownNameError: There is no such board.
    """
    if name is not None and tasks is not None:
        raise UsageError("a board has tasks of its own: give either a board, or a task list, or tasks")
    boards = load_boards()
    if name is not None:
        board: Board | None = find_board(name)
    else:
        board = choose_board(runs, boards) if (preset, tasks) == (None, None) else None
    if board is None:
        return None, []
    line = elsewhere(runs, board, boards)
    return replace(board, preset=preset or board.preset), [line] if line else []


def choose_board(runs: Iterable[RunLike], boards: Mapping[str, Board]) -> Board | None:
    """Returns the board that most policies have played all of; None where none has.

    Of equals it is the one declared first. Runs of policies that have only part of a board change nothing.

    Args:
        runs: The runs.
        boards: The boards to choose from, by name.
    """
    played: dict[tuple[str, str, str, str], set[tuple[str, str]]] = {}
    for run in runs:
        sub, header = run.header.submission, run.header
        if not sub.privileged:
            policy = (header.preset, header.protocol, sub.name, sub.kind)
            played.setdefault(policy, set()).update((record.task, record.split) for record in run.records)
    counts = {board: _num_complete(board, played) for board in boards.values()}
    best = max(counts, key=lambda board: counts[board], default=None)
    return best if best is not None and counts[best] else None


def undeclared_tasks(held: Sequence[Collection[str]], tasks: Sequence[str]) -> tuple[str, ...]:
    """Returns the tasks of a board that nobody declared: those of the row that has most of them.

    Of equals, the tasks that most rows have, then those first in `tasks`. Who has fewer is incomplete, and
    changes nothing.

    Args:
        held: The tasks of each row that decides.
        tasks: All tasks, in their order.
    """
    sets = [tuple(task for task in tasks if task in one) for one in held]

    def merit(one: tuple[str, ...]) -> tuple[int, int, tuple[int, ...]]:
        num_rows = sum(set(one) <= set(other) for other in sets)
        return len(one), num_rows, tuple(-tasks.index(task) for task in one)

    return max(sets, key=merit, default=())


def elsewhere(runs: Sequence[RunLike], board: Board, boards: Mapping[str, Board]) -> str:
    """Returns where the runs can be seen that have no task of a board, in one line; empty without such.

    Args:
        runs: All runs.
        board: The board that is shown.
        boards: All boards, by name.
    """
    others = [run for run in runs if set(board.tasks).isdisjoint(run.header.tasks)]
    at_home: Counter[str] = Counter()
    homeless: set[str] = set()
    for run in others:
        homes = [name for name, one in boards.items() if name != board.name and _has_part(one, run)]
        at_home.update(homes)
        homeless.update(() if homes else tuple(run.header.tasks))
    parts = [f"{count} on --board {name}" for name, count in sorted(at_home.items())]
    if homeless:
        names = [one_line(name, 60) for name in sorted(homeless)[:MOST_TASKS]]
        more = f" and {len(homeless) - MOST_TASKS} more" * (len(homeless) > MOST_TASKS)
        parts.append(f"those of {', '.join(names)}{more} on no board: give their folders alone")
    more_runs = f"{len(others)} more run{'s have' if len(others) > 1 else ' has'}"
    return f"{more_runs} no task of this board: {'; '.join(parts)}." if others else ""


def _has_part(board: Board, run: RunLike) -> bool:
    return run.header.preset == board.preset and any(task in board.tasks for task in run.header.tasks)


def _num_complete(board: Board, played: Mapping[tuple[str, str, str, str], set[tuple[str, str]]]) -> int:
    needed = {(task, split) for task in board.tasks for split in board.splits}
    return sum(
        policy[0] == board.preset and policy[1] in board.protocols and needed <= found
        for policy, found in played.items()
    )
