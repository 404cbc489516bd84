"""From whatever a caller points at to the leaderboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ilbench.contract.task import Task
from ilbench.leaderboard.admission import RANKED_PRESET
from ilbench.leaderboard.board import Leaderboard, build
from ilbench.leaderboard.choice import find_wanted
from ilbench.leaderboard.evidence import find_level, own_rung
from ilbench.leaderboard.gathering import Given, gather
from ilbench.runs.folder import Run
from ilbench.runs.verifiers import trusted


def build_of_given(
    given: Given,
    as_published: Callable[[Iterable[Run]], Mapping[Path, bool]],
    board: str | None = None,
    preset: str | None = None,
    tasks: Sequence[str] | None = None,
    undeclared: Iterable[Task | str] = (),
) -> Leaderboard:
    """Returns the leaderboard of runs, folders that hold some at any depth, or sequences of these.

    What cannot be scored, and what is on other boards, is among its remarks.

    Args:
        given: The runs.
        as_published: Returns, for each run folder that a ledger names, whether its records are the ledger's.
        board: The name of a declared board; if not given, see `ilbench.leaderboard.choice.find_wanted`.
        preset: Which preset is ranked, instead of the board's.
        tasks: The means are over these tasks.
        undeclared: Tasks that neither an installed package declares nor the runs carry.

    Raises:
        ILBenchError: See `find_wanted`, `gather` and `build`.
    """
    gathered, registry = gather(given, undeclared)
    wanted, elsewhere = find_wanted(gathered.runs, name=board, preset=preset, tasks=tasks)
    published = as_published(gathered.runs)
    return build(
        gathered.runs,
        registry,
        board=wanted,
        tasks=tasks,
        preset=preset or RANKED_PRESET,
        published=published,
        attested={run.path: trusted(run, own_rung(find_level(run, published))) for run in gathered.runs},
        remarks=[*elsewhere, *gathered.skipped()],
    )
