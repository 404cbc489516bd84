"""The scripted expert of the Avoiding task: shows any of the 24 modes on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.d3il.avoiding import RADII_M
from ilbench.tasks.d3il.avoiding_modes import MODES, ROWS, passages_of
from ilbench.tasks.d3il.layout import ROD_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

REACH_M = np.array(RADII_M) + ROD_RADIUS_M
"""Distance of the rod's axis from each cylinder's at which they touch."""

SPACING_M = 0.002
"""Distance of neighboring points of a planned path."""

LEAD_IN_M = 0.03
"""How far a path first goes straight ahead; on this stretch the pace rises to its cruise."""

TRUNK_M = 0.085
"""How far before the first row all modes head for its cylinder; only then they part."""

HASTE = 0.65
"""Share of the way sideways to its passage that a path has made halfway to rows 2 and 3."""

DETOUR_M = 0.010
"""Standard deviation of a path sideways halfway to a row (half of it before the first), cut at twice."""

OUTER_M = (0.03, 0.055)
"""Range of the room between rod and cylinder where a path passes a row on its outside."""

CLEARANCE_M = (0.02, 0.028)
"""Range of the room that a path keeps from every cylinder, before the last smoothing."""

SMOOTHING_M = (0.008, 0.012)
"""Range of the standard deviation of one of four rounds of smoothing, along the path."""

GATE_M = 0.01
"""How far before and behind a row a path is already, and still, in its passage."""

GUARD_M = 0.006
"""Least room that the hand leaves between the commanded rod and a cylinder."""

END_Y_M = 0.42
"""Paths run on beyond the finish line, so that nothing slows down before it."""


class AvoidingExpert:
    """Plans a smooth path through the passages of a mode and follows it by hand.

    The hand aims at a point ahead on the path, beside which its aim wanders (an Ornstein-Uhlenbeck
    process, some millimeters over a third of a second), so that it drifts off and corrects. Each
    episode has its own clearances, detours, pace and unsteadiness.

    All modes begin alike and part 85 mm before the first cylinder: what comes next cannot be read from
    where the rod is, and a policy that averages over the demonstrations heads for the cylinder.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Plans the path of an episode of `env`, an `AvoidingEnv` that has just been reset."""
        self._rng = rng = np.random.default_rng(seed)
        drawn = int(rng.integers(len(MODES)))
        raw: Any = env.unwrapped
        self._obstacles = raw.obstacles.copy()
        self._path = plan_path(raw.start, raw.obstacles, drawn if mode is None else mode, rng)
        self._index = 0
        self._pace_m = float(np.clip(rng.normal(0.0106, 0.0009), 0.0085, 0.0130))
        self._wander_m = rng.uniform(0.0015, 0.0045)
        self._lookahead = int(rng.uniform(0.02, 0.03) / SPACING_M)
        self._wander, self._hurry = rng.normal(size=2)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the change of the commanded position in m, shape (2,)."""
        hand = observation["state"][:2].astype(np.float64)
        window = self._path[self._index : self._index + 2 * self._lookahead]
        self._index += int(np.argmin(((window - hand) ** 2).sum(axis=1)))
        ahead = min(self._index + self._lookahead, len(self._path) - 1)
        tangent = _unit(self._path[ahead] - self._path[ahead - 1])
        self._wander = 0.88 * self._wander + 0.475 * self._rng.normal()
        self._hurry = 0.9 * self._hurry + 0.436 * self._rng.normal()
        aside = self._wander_m * float(np.clip(self._wander, -2.0, 2.0))
        aim = self._path[ahead] + aside * np.array([-tangent[1], tangent[0]])
        rise = min(1.0, 0.35 + 0.65 * self._index * SPACING_M / LEAD_IN_M)
        length = self._pace_m * rise * (1.0 + 0.12 * float(np.clip(self._hurry, -2.0, 2.0)))
        step = length * _unit(aim - hand) + self._rng.normal(0.0, 0.0003, 2)
        # Rounded to micrometers, so that libraries whose last digits differ between processors still make
        # the same demonstrations.
        return (self._guarded(hand + step) - hand).round(6).astype(np.float32)

    def _guarded(self, target: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns `target`, pushed off the cylinders that it would come too close to."""
        for obstacle, reach in zip(self._obstacles, REACH_M + GUARD_M, strict=True):
            offset = target - obstacle
            if offset @ offset < reach * reach:
                target = obstacle + reach * _unit(offset)
        return target


def plan_path(
    start: NDArray[np.float64], obstacles: NDArray[np.float64], mode: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns a smooth path from `start` through the passages of `mode`, shape (K, 2), every `SPACING_M`.

    Straight legs from passage to passage are smoothed and pushed off the cylinders in turn, as an
    elastic band that is pulled tight around them.
    """
    path = _resampled(_corners(start, obstacles, mode, rng))
    width_m, clearance_m = rng.uniform(*SMOOTHING_M), rng.uniform(*CLEARANCE_M)
    for _ in range(4):
        path = _pushed_off(_smoothed(path, width_m), obstacles, clearance_m)
    return _resampled(_smoothed(path, SMOOTHING_M[0]))


def _corners(
    start: NDArray[np.float64], obstacles: NDArray[np.float64], mode: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the corners of the straight legs, shape (12, 2): before each row a detour, then the passage."""
    corners = [(start[0], start[1]), (start[0], start[1] + LEAD_IN_M)]
    for row, passage in zip(ROWS, passages_of(mode), strict=True):
        x = _gate_x(obstacles[list(row), 0], REACH_M[row[0]], passage, rng)
        y = obstacles[row[0], 1]
        before_x, before_y = corners[-1]
        aside = np.clip(rng.normal(), -2.0, 2.0) * DETOUR_M
        if row == ROWS[0]:
            corners.append((obstacles[0, 0] + 0.5 * aside, y - TRUNK_M))
        else:
            halfway_y = (before_y + y - GATE_M) / 2
            corners.append((before_x + HASTE * (x - before_x) + aside, halfway_y))
        corners += [(x, y - GATE_M), (x, y + GATE_M)]
    return np.array([*corners, (corners[-1][0], END_Y_M)])


def _pushed_off(
    path: NDArray[np.float64], obstacles: NDArray[np.float64], clearance_m: float
) -> NDArray[np.float64]:
    """Returns the path with each point moved out to `clearance_m` from touching, cylinder after cylinder."""
    for obstacle, reach in zip(obstacles, REACH_M + clearance_m, strict=True):
        offset = path - obstacle
        distance = np.hypot(offset[:, 0], offset[:, 1])
        path = obstacle + offset * np.maximum(1.0, reach / distance)[:, None]
    return path


def _gate_x(xs: NDArray[np.float64], reach: float, passage: int, rng: np.random.Generator) -> float:
    """Returns the x at which a path goes through a passage of a row of cylinders at `xs`."""
    if passage == 0:
        return float(xs[0] - reach - rng.uniform(*OUTER_M))
    if passage == len(xs):
        return float(xs[-1] + reach + rng.uniform(*OUTER_M))
    middle = (xs[passage - 1] + xs[passage]) / 2
    slack = (xs[passage] - xs[passage - 1]) / 2 - reach - CLEARANCE_M[0]
    return float(middle + max(slack, 0.0) * rng.uniform(-1.0, 1.0))


def _resampled(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns points every `SPACING_M` along the polyline through `corners`."""
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    at = np.arange(0.0, lengths[-1], SPACING_M)
    return np.stack([np.interp(at, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)


def _smoothed(path: NDArray[np.float64], width_m: float) -> NDArray[np.float64]:
    """Returns the path convolved with a Gaussian of standard deviation `width_m`; both ends stay."""
    half = int(3 * width_m / SPACING_M)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) * SPACING_M / width_m) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(path, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    return np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)], axis=1)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length: float = float(np.hypot(vector[0], vector[1]))
    return vector / max(length, 1e-9)
