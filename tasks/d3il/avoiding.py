"""The rules of Avoiding: a rod finds its way through six cylinders, in any of 24 ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ilbench.tasks.d3il.avoiding_modes import ROWS, ModeTracker
from ilbench.tasks.d3il.layout import COARSE, LOW_POSTURE, TABLE_Z_M, Block, Layout, Rules, Situation
from ilbench.tasks.d3il.shifts import SEVERITIES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

CONTEXTS_SEED = 20240511
"""Version of the drawn contexts; a change of it is a new task version."""

START = (0.525, -0.28)
OBSTACLES = ((0.5, -0.1), (0.425, 0.08), (0.575, 0.08), (0.35, 0.26), (0.5, 0.26), (0.65, 0.26))
RADII_M = (0.03, 0.025, 0.025, 0.025, 0.025, 0.025)
HEIGHTS_M = (0.14, 0.2, 0.2, 0.2, 0.2, 0.2)

FINISH_Y_M = 0.35
"""The episode succeeds once the measured y is beyond this line."""

NUM_SHIFTED = 16
"""Contexts in each shift split that draws starts or fields."""

SEVERITY_STEP_M = 0.005
"""How far the cylinders are moved, at each severity."""

OUTSIDE_M = 0.012
"""How far from the nominal start an episode begins, at each severity."""

LAYOUT = Layout(
    posture=LOW_POSTURE,
    bodies=(),
    markers=(Block(half_size=(0.42, 0.01, 0.001), pos=(0.5, FINISH_Y_M + 0.01, TABLE_Z_M), color="green"),),
    timing=COARSE,
)


class Avoiding(Rules):
    """Success: beyond the finish line without having touched a cylinder. Mode: the side of each row.

    Touching a cylinder ends the episode as a failure. ``info["contact"]`` says whether one was touched.
    """

    layout = LAYOUT

    def reset(self, context: Context, situation: Situation) -> None:
        """Takes the rows from the context's cylinders; the rod is where it begins."""
        super().reset(context, situation)
        self._tracker = ModeTracker(context["obstacles"])
        self._tracker.reset(*situation.tool[:2])
        self.failed = any(situation.held)

    def update(self, situation: Situation) -> None:
        """Notes the side of a row that the rod passes, the finish and contact."""
        x, y, _ = situation.tool
        self._tracker.update(x, y)
        self.mode = self._tracker.mode
        self.success = self.success or (y > FINISH_Y_M and not self.failed)
        self.failed = self.failed or (any(situation.held) and not self.success)

    def info(self) -> dict[str, Any]:
        """Returns whether a cylinder has been touched."""
        return {"contact": self.failed}


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"start": [x, y], "obstacles": [[x, y] * 6]}`` in m.

    ``train`` and ``test`` are D3IL's single start and field, both the same. Context i of the five splits
    of a shift moves the same things in the same directions, further at each severity, so that a curve
    over severity compares like with like.
    """
    import numpy as np

    nominal = _context(np.array(START), np.array(OBSTACLES))
    contexts = {"train": [nominal], "test": [nominal]}
    for severity in SEVERITIES:
        contexts[f"shift/context-range-{severity}"] = _moved_starts(severity * OUTSIDE_M)
    for severity in SEVERITIES:
        contexts[f"shift/obstacle-moved-{severity}"] = _moved_obstacles(severity * SEVERITY_STEP_M)
    return contexts


def _moved_starts(distance_m: float) -> list[dict[str, Any]]:
    """Returns starts `distance_m` from the nominal one, to the sides and backwards."""
    import numpy as np

    rng = np.random.default_rng([CONTEXTS_SEED, 1])
    bearing = rng.uniform(np.pi, 2 * np.pi, NUM_SHIFTED)
    starts = np.array(START) + distance_m * np.stack([np.cos(bearing), np.sin(bearing)], axis=1)
    return [_context(start, np.array(OBSTACLES)) for start in starts]


def _moved_obstacles(distance_m: float) -> list[dict[str, Any]]:
    """Returns fields with every cylinder moved sideways and every row moved as a whole along y.

    Both by exactly `distance_m`, in drawn directions. A row keeps a common y, on which the modes rest.
    """
    import numpy as np

    rng = np.random.default_rng([CONTEXTS_SEED, 2])
    sideways = rng.choice([-1.0, 1.0], (NUM_SHIFTED, len(OBSTACLES)))
    along = rng.choice([-1.0, 1.0], (NUM_SHIFTED, len(ROWS)))
    row_of = np.repeat(np.arange(len(ROWS)), [len(row) for row in ROWS])
    moves = np.stack([sideways, along[:, row_of]], axis=2) * distance_m
    return [_context(np.array(START), np.array(OBSTACLES) + move) for move in moves]


def _context(start: NDArray[np.float64], obstacles: NDArray[np.float64]) -> dict[str, Any]:
    return {"start": start.round(4).tolist(), "obstacles": obstacles.round(4).tolist()}
