"""The leaderboard: from run folders to tables, figures and a page.

`build` makes one frozen `Leaderboard` of runs; `render` turns it into Markdown, CSV, LaTeX, HTML or JSON
text; `save_figures` draws it; `terminal_view` is for a terminal. All are pure functions of the runs: the
same bytes twice.

The package is also the function `ilbench.leaderboard`: ``ilbench.leaderboard("runs")`` loads runs and builds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ilbench.callable_module import make_callable

if __name__ != "ilbench.leaderboard":
    raise ImportError("import this package as ilbench.leaderboard")

make_callable(__name__, "ilbench.api:leaderboard")

if TYPE_CHECKING:
    from ilbench.leaderboard.board import BoardTask, Leaderboard, Row, build
    from ilbench.leaderboard.emitters import FORMATS, render
    from ilbench.leaderboard.figures import save_figures
    from ilbench.leaderboard.rollout_figure import save_rollout_figure
    from ilbench.leaderboard.runs import OverlappingRunsError, RunLike, records_by_seed
    from ilbench.leaderboard.to_terminal import terminal_view

_HOMES = {
    "BoardTask": "board",
    "FORMATS": "emitters",
    "Leaderboard": "board",
    "OverlappingRunsError": "runs",
    "Row": "board",
    "RunLike": "runs",
    "build": "board",
    "records_by_seed": "runs",
    "render": "emitters",
    "save_figures": "figures",
    "save_rollout_figure": "rollout_figure",
    "terminal_view": "to_terminal",
}

__all__ = [
    "FORMATS",
    "BoardTask",
    "Leaderboard",
    "OverlappingRunsError",
    "Row",
    "RunLike",
    "build",
    "records_by_seed",
    "render",
    "save_figures",
    "save_rollout_figure",
    "terminal_view",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ilbench.leaderboard' has no attribute {name!r}")
    return getattr(import_module(f"ilbench.leaderboard.{_HOMES[name]}"), name)
