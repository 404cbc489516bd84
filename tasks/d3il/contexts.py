"""How the contexts of the D3IL suite are drawn: ranges of poses, and the shifts made from them.

NumPy is imported when contexts are drawn: a task is declared, and listed, without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING, Any, TypeAlias

from ilbench.contract.shipped import load_resource
from ilbench.tasks.d3il.shifts import NUM_SHIFTED, SEVERITIES

if TYPE_CHECKING:
    import numpy as np

NUM_TRAIN = 500
NUM_VALIDATION = 200
MAX_ATTEMPTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A range of poses: x and y in m, yaw in rad, each uniform.

    Attributes:
        x: Lower and upper bound.
        y: Lower and upper bound.
        yaw: Lower and upper bound.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    yaw: tuple[float, float] = (-pi / 2, pi / 2)

    def draw(self, rng: np.random.Generator) -> list[float]:
        """Returns a pose [x, y, yaw] in the box."""
        return [float(rng.uniform(*bounds)) for bounds in (self.x, self.y, self.yaw)]

    def draw_outside(self, rng: np.random.Generator, inner_m: float, outer_m: float) -> list[float]:
        """Returns a pose whose x or y leaves the box by more than `inner_m`, and neither by `outer_m`."""
        grown = Box(
            x=(self.x[0] - outer_m, self.x[1] + outer_m), y=(self.y[0] - outer_m, self.y[1] + outer_m)
        )
        while True:
            x, y, _ = grown.draw(rng)
            beyond = max(self.x[0] - x, x - self.x[1], self.y[0] - y, y - self.y[1])
            if beyond > inner_m:
                return [x, y, float(rng.uniform(*self.yaw))]


Draw: TypeAlias = "Callable[[np.random.Generator, int], dict[str, Any]]"
"""Returns a context; severity 0 is the training range, 1 to 5 lie ever farther outside of it."""


DrawFresh: TypeAlias = "Callable[[np.random.Generator], Iterator[dict[str, Any]]]"


def published(name: str) -> list[dict[str, Any]]:
    """Returns the contexts on which D3IL tests a task, in its order (``data/published``)."""
    contexts = load_resource("ilbench.tasks.d3il:data/published", f"{name}.json")["contexts"]
    return [dict(context) for context in contexts]


def draw_contexts(
    seed: int, draw: Draw, test: int | Sequence[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of the splits that `declaring.splits` declares, drawn from a versioned seed.

    Poses that are drawn are rounded to 0.1 mm and 0.1 mrad.

    Args:
        seed: Versions the contexts.
        draw: Draws one.
        test: The contexts of ``test``, where they are given, or how many to draw.
    """
    test = _drawn(seed, 2, draw, test) if isinstance(test, int) else list(test)
    contexts = {
        "train": _drawn(seed, 1, draw, NUM_TRAIN),
        "test": test,
        "validation": _drawn(seed, 3, draw, NUM_VALIDATION),
    }
    for severity in SEVERITIES:
        contexts[f"shift/context-range-{severity}"] = _drawn(seed, 10 + severity, draw, NUM_SHIFTED, severity)
    return contexts


def fresh_by(draw: Draw) -> DrawFresh:
    """Returns what yields contexts as those of ``test`` are drawn; see `ilbench.contract.task.Task`."""

    def draw_fresh(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
        while True:
            yield _rounded(draw(rng, 0))

    return draw_fresh


def _drawn(seed: int, stream: int, draw: Draw, count: int, severity: int = 0) -> list[dict[str, Any]]:
    import numpy as np

    rng = np.random.default_rng([seed, stream])
    return [_rounded(draw(rng, severity)) for _ in range(count)]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return round(float(value), 4)


def drawn_apart(draw: Callable[[], list[list[float]]], distance_m: float) -> list[list[float]]:
    """Returns the first drawn poses whose centers are all at least `distance_m` apart."""
    import numpy as np

    for _ in range(MAX_ATTEMPTS):
        poses = draw()
        at = np.array(poses)[:, :2]
        gaps = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(len(at), 1)]
        if np.all(gaps >= distance_m):
            return poses
    raise RuntimeError(f"no poses at least {distance_m} m apart in {MAX_ATTEMPTS} draws")
