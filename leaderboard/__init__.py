"""The leaderboard: from run folders to tables, figures and a page.

`build` makes one frozen `Leaderboard` of runs; `render` turns it into the text of an output; `save_figures`
draws it; `scores_frame` is a data frame of it. All are pure functions of the runs: the same bytes twice.

The package is also the function `ilbench.leaderboard`: ``ilbench.leaderboard("runs")`` loads runs and builds.
"""

if __name__ != "ilbench.leaderboard":
    raise ImportError("import this package as ilbench.leaderboard")

from ilbench.callable_module import make_callable
from ilbench.leaderboard.board import BoardTask as BoardTask
from ilbench.leaderboard.board import Leaderboard as Leaderboard
from ilbench.leaderboard.board import build as build
from ilbench.leaderboard.figures import Figure as Figure
from ilbench.leaderboard.figures import save_figures as save_figures
from ilbench.leaderboard.frame import scores_frame as scores_frame
from ilbench.leaderboard.outputs import Output as Output
from ilbench.leaderboard.outputs import render as render
from ilbench.leaderboard.row import Row as Row

make_callable(__name__, "ilbench.front.scoring:leaderboard")
