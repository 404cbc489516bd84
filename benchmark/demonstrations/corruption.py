"""Corruption: what can be wrong with demonstrations on purpose, each a dial.

A learner's success against the rate of one of them, all else equal, is a figure of its own. All draws of a
demonstration come from its own seed, whichever dials are set: raising a share adds corrupted demonstrations
to those that there were, and no dial changes what another one draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.contract.fields import ActionField
from ilbench.demonstrations.rollout import Label
from ilbench.demonstrations.trajectory import Trajectory, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

Demonstrator: TypeAlias = Literal["expert", "noisy", "random"]
DEMONSTRATORS: tuple[Demonstrator, ...] = ("expert", "noisy", "random")
MAX_NOISE = 1e6
"""Of actions, in their unit: with more, what is drawn need not be finite in 32 bits."""
MAX_STEPS = 1_000_000
QUALITIES: Mapping[str, Sequence[float]] = {
    "expert": (1, 0, 0),
    "noisy": (0, 1, 0),
    "random": (0, 0, 1),
    "mixed": (1, 1, 1),
}
"""Mixtures with a name: shares of `DEMONSTRATORS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corruption:
    """What is wrong with a set of demonstrations; as it stands here, nothing.

    Attributes:
        quality: Shares of the `DEMONSTRATORS`, which sum to 1. The noisy one is the expert with
            `noisy_strength`, the random one draws every action uniformly. Theirs are bad demonstrations and
            not corrections: what they did is the label, failures are kept and counted as failures, and a
            mode that was asked for need not be shown.
        noisy_strength: Noise of the noisy demonstrator, see `ilbench.demonstrations.rollout.perturbation`.
        label: What is recorded as the expert's action where noise was injected: what it ``"wanted"`` or
            what was ``"executed"``. The first teaches the way back, the second teaches the noise.
        extraneous: Share of the demonstrations with an extraneous segment: at a step drawn uniformly over the
            demonstration's own length, `extraneous_steps` steps in one direction drawn at random and as
            many in the opposite one (8 and 8 in arXiv 2210.01379). A discrete action has no opposite: one
            drawn action is repeated, and the way back is the expert's. The executed actions are the labels.
        extraneous_steps: Steps out.
        truncated: Share of the demonstrations that end early, after a number of steps drawn uniformly from
            1 to one less than all. They count as failures.
        mislabeled: Share of the demonstrations whose success is recorded as its opposite.
    """

    quality: tuple[float, float, float] = (1.0, 0.0, 0.0)
    noisy_strength: float = 0.5
    label: Label = "wanted"
    extraneous: float = 0.0
    extraneous_steps: int = 8
    truncated: float = 0.0
    mislabeled: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Returns the dials that are turned, as plain JSON."""
        return {
            f.name: list(value) if isinstance(value, tuple) else value
            for f in fields(self)
            if (value := getattr(self, f.name)) != f.default
        }

    @classmethod
    def from_json(cls, dials: Mapping[str, Any]) -> Corruption:
        """Returns the corruption that `as_json` wrote."""
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in dials.items()}
        return cls(**values)

    def options(self) -> list[str]:
        """Returns the words that ask ``ilbench demos`` for it."""
        words = []
        for name, value in self.as_json().items():
            text = ":".join(map(str, value)) if isinstance(value, list) else str(value)
            words += [f"--{name.replace('_', '-')}", text]
        return words

    def fate(self, seed: int) -> Fate:
        """Returns what becomes of the demonstration whose corruption has this seed."""
        kind, detour, where, cut_off, length, label = np.random.default_rng(seed).random(6)
        thresholds = np.cumsum(self.quality)[:-1]
        return Fate(
            demonstrator=DEMONSTRATORS[int(np.searchsorted(thresholds, kind, side="right"))],
            detour_at=float(where) if detour < self.extraneous else None,
            kept_share=float(length) if cut_off < self.truncated else None,
            is_mislabeled=bool(label < self.mislabeled),
        )

    def problem(self, action: ActionField) -> str | None:
        """Returns what is wrong with the dials for a task with such actions, or None."""
        if len(self.quality) != 3 or min(self.quality) < 0 or not math.isclose(sum(self.quality), 1):
            return f"quality must be three shares that sum to 1, found {list(self.quality)}"
        limit = MAX_NOISE if action.num_actions is None else 1.0
        if not 0 <= self.noisy_strength <= limit:
            return f"noisy_strength must be a number from 0 to {limit:g}, found {self.noisy_strength}"
        if self.label not in ("wanted", "executed"):
            return f"label must be 'wanted' or 'executed', found {self.label!r}"
        for name in ("extraneous", "truncated", "mislabeled"):
            if not 0 <= getattr(self, name) <= 1:
                return f"{name} is a share, from 0 to 1, found {getattr(self, name)}"
        if not 1 <= self.extraneous_steps <= MAX_STEPS:
            return f"extraneous_steps must be from 1 to {MAX_STEPS}, found {self.extraneous_steps}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of one demonstration.

    Attributes:
        demonstrator: Who plays it.
        detour_at: Where an extraneous segment begins, as a share of the demonstration; None for nowhere.
        kept_share: How much of it is kept, in [0, 1); None for all.
        is_mislabeled: Whether its success is recorded as its opposite.
    """

    demonstrator: Demonstrator
    detour_at: float | None
    kept_share: float | None
    is_mislabeled: bool

    def damaged(self, trajectory: Trajectory) -> Trajectory:
        """Returns the demonstration as it is recorded after it was played: cut, mislabeled."""
        if self.kept_share is not None and len(trajectory) > 1:
            trajectory = cut(trajectory, 1 + int(self.kept_share * (len(trajectory) - 1)))
        return replace(trajectory, success=trajectory.success != self.is_mislabeled)


class RandomDemonstrator:
    """Draws every action uniformly from its range; without limits see `ActionField.scale`."""

    def __init__(self, action: ActionField) -> None:
        self._action = action
        self._rng = np.random.default_rng()

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Starts the stream of actions anew."""
        self._rng = np.random.default_rng(seed)

    def act(self, observation: Observation) -> NDArray[Any]:
        """Returns the next action."""
        return self._action.sample(self._rng)


def mixture(text: str) -> tuple[float, float, float]:
    """Returns the shares of a mixture: a name in `QUALITIES`, or weights such as ``5:3:2``.

    Raises:
        ValueError: It is neither.
    """
    try:
        weights = QUALITIES.get(text) or [float(part) for part in text.split(":")]
        expert, noisy, random = (weight / sum(weights) for weight in weights)
    except (ValueError, ZeroDivisionError):
        expert = noisy = random = math.nan
    if not min(expert, noisy, random) >= 0:
        raise ValueError(f"expected {', '.join(QUALITIES)} or three weights such as 5:3:2, found {text!r}")
    return expert, noisy, random
