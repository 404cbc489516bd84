"""Quality of demonstrations: how good, how various, how consistent they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.shipped import Reference
from ilbench.contract.task import Task
from ilbench.demonstrations.neighbors import (
    MIN_NEIGHBORS,
    NUM_NEIGHBORS,
    Neighborhoods,
    measure_neighborhoods,
)
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.digest import arrays_digest
from ilbench.errors import EmptyScoreError
from ilbench.scores.diversity.entropy import entropy_ceiling, plug_in_entropy

NUM_BINS = 10
"""Bins a dimension of continuous fields, where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Distinct states and state-action pairs (Schweighofer et al. 2022, CoLLAs; arXiv 2111.04714).

    Whole numbers count as they are, exactly; real numbers are binned between the least and the greatest value
    in all data sets that are compared, so that the counts compare. The published code estimates the counts
    and takes most limits from each set alone. A state is what is observed:
    where that is a part, different states may count as one. In many dimensions nearly every state is one of
    its own.

    Attributes:
        num_steps: Steps, u's upper limit.
        num_states: Distinct states that an action answers.
        num_state_actions: u, the distinct pairs of state and executed action.
        saco: u over the u of all compared sets together, in (0, 1]; 1 where nothing is compared.
        num_binned: Dimensions, of state and action, that were binned.
        num_bins: Bins of each.
    """

    num_steps: int
    num_states: int
    num_state_actions: int
    saco: float
    num_binned: int
    num_bins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeBalance:
    """How evenly the demonstrations show the task's modes.

    Attributes:
        counts: Demonstrations by mode; a mode left out has none.
        num_modes: Modes of the task.
        num_undecided: Demonstrations without a mode.
        entropy: Entropy of the counts, base `num_modes`, in [0, 1]; None without a mode.
        chance: Entropy that as many modes drawn uniformly by chance would show on average; a set that was
            balanced by design lies above.
    """

    counts: Mapping[int, int]
    num_modes: int
    num_undecided: int
    entropy: float | None
    chance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuality:
    """What can be said of demonstrations without training on them.

    Attributes:
        num_demonstrations: How many.
        num_steps: Control steps in all.
        length: Least, median and greatest length in control steps.
        success_rate: Share labeled a success.
        mean_return: Mean undiscounted return.
        trajectory_quality: TQ: `mean_return` where the task's random policy has 0 and its expert 1; None
            without these references. The published one takes the best return of an online learner for 1.
        num_contexts: Distinct train contexts (levels) they were played on; None if they say none.
        num_train_contexts: Train contexts that the task has.
        num_duplicates: Demonstrations whose observations and actions are those of an earlier one.
        coverage: Distinct states and actions.
        neighborhoods: Consistency of actions and variety of transitions; None for fewer than 3.
        modes: None where the task has no modes.
    """

    num_demonstrations: int
    num_steps: int
    length: tuple[int, float, int]
    success_rate: float
    mean_return: float
    trajectory_quality: float | None
    num_contexts: int | None
    num_train_contexts: int
    num_duplicates: int
    coverage: Coverage
    neighborhoods: Neighborhoods | None
    modes: ModeBalance | None


def inspect_trajectories(
    task: Task,
    trajectories: Sequence[Trajectory],
    *,
    others: Sequence[Sequence[Trajectory]] = (),
    num_bins: int = NUM_BINS,
    num_neighbors: int = NUM_NEIGHBORS,
) -> DataQuality:
    """Returns the quality of demonstrations of a task.

    Args:
        task: The task.
        trajectories: The demonstrations.
        others: Further sets of the task that the coverage is compared with.
        num_bins: Bins a continuous dimension, for the coverage.
        num_neighbors: Neighbors of a state, at most.

    Raises:
        EmptyScoreError: There is no demonstration, or none has a step.
    """
    if not any(len(t) for t in trajectories):
        raise EmptyScoreError(f"nothing to inspect: no step in {len(trajectories)} demonstrations")
    lengths = [len(t) for t in trajectories]
    mean_return = float(np.mean([t.rewards.sum() for t in trajectories]))
    contexts = {t.context for t in trajectories if t.context >= 0}
    return DataQuality(
        num_demonstrations=len(trajectories),
        num_steps=sum(lengths),
        length=(min(lengths), float(np.median(lengths)), max(lengths)),
        success_rate=float(np.mean([t.success for t in trajectories])),
        mean_return=mean_return,
        trajectory_quality=trajectory_quality(mean_return, task.references()),
        num_contexts=len(contexts) or None,
        num_train_contexts=task.split("train").num_contexts,
        num_duplicates=num_duplicates(trajectories),
        coverage=measure_coverage(trajectories, others, num_bins),
        neighborhoods=measure_neighborhoods(trajectories, task.action, num_neighbors)
        if sum(length > 0 for length in lengths) > MIN_NEIGHBORS
        else None,
        modes=mode_balance(trajectories, len(task.modes)) if len(task.modes) > 1 else None,
    )


def trajectory_quality(mean_return: float, references: Mapping[str, Reference]) -> float | None:
    """Returns TQ: the mean return where the random policy has 0 and the expert 1; may lie outside.

    None where a reference is missing, or the expert's return does not exceed the random policy's.
    """
    if not {"random", "expert"} <= set(references):
        return None
    low, high = references["random"].mean_return, references["expert"].mean_return
    return (mean_return - low) / (high - low) if high > low else None


def num_duplicates(trajectories: Sequence[Trajectory]) -> int:
    """Returns how many demonstrations repeat the observations and executed actions of an earlier one."""
    seen = Counter(_digest(t) for t in trajectories)
    return sum(seen.values()) - len(seen)


def mode_balance(trajectories: Sequence[Trajectory], num_modes: int) -> ModeBalance:
    """Returns how evenly demonstrations show the modes of a task that has at least two."""
    counts = Counter(t.mode for t in trajectories if t.mode is not None)
    total = counts.total()
    values = np.array([counts[mode] for mode in range(num_modes)], dtype=np.float64)
    return ModeBalance(
        counts=dict(sorted(counts.items())),
        num_modes=num_modes,
        num_undecided=len(trajectories) - total,
        entropy=float(plug_in_entropy(values)) if total else None,
        chance=entropy_ceiling(total, num_modes) if total else None,
    )


def measure_coverage(
    trajectories: Sequence[Trajectory],
    others: Sequence[Sequence[Trajectory]] = (),
    num_bins: int = NUM_BINS,
) -> Coverage:
    """Returns the distinct states and state-action pairs of demonstrations, beside those of other sets.

    Args:
        trajectories: The demonstrations, with at least one step.
        others: Sets of the same task to compare with.
        num_bins: Bins a real-valued dimension.

    Raises:
        EmptyScoreError: There is no step.
    """
    sets = [_Cells(part) for part in (trajectories, *others)]
    every = np.stack([cells.limits for cells in sets])
    limits = np.stack([every[:, 0].min(axis=0), every[:, 1].max(axis=0)])
    keys = [cells.keys(limits, num_bins) for cells in sets]
    states, pairs = keys[0]
    union: set[bytes] = set().union(*(pairs for _, pairs in keys))
    return Coverage(
        num_steps=sets[0].num_steps,
        num_states=len(states),
        num_state_actions=len(pairs),
        saco=len(pairs) / len(union),
        num_binned=sets[0].num_binned,
        num_bins=num_bins,
    )


class _Cells:
    """States and actions of a data set: real numbers to be binned, and whole ones as they are."""

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self._played = [t for t in trajectories if len(t)]
        if not self._played:
            raise EmptyScoreError("no coverage of demonstrations without a step")
        self._real = [_beside(t, is_real=True) for t in self._played]
        self.num_steps = sum(map(len, self._played))
        self.num_binned = sum(values.shape[1] for values in self._real[0])

    @property
    def limits(self) -> NDArray[np.float64]:
        """The least and the greatest value of each real-valued dimension, shape (2, `num_binned`)."""
        rows = [np.concatenate(values, axis=1) for values in self._real]
        return np.stack(
            [np.min([r.min(axis=0) for r in rows], axis=0), np.max([r.max(axis=0) for r in rows], axis=0)]
        )

    def keys(self, limits: NDArray[np.float64], num_bins: int) -> tuple[set[bytes], set[bytes]]:
        """Returns the distinct states, and the distinct pairs of state and action."""
        low, high = limits
        scale = np.where(high > low, high - low, 1.0)
        states, pairs = set(), set()
        for trajectory, real in zip(self._played, self._real, strict=True):
            binned = ((np.concatenate(real, axis=1) - low) / scale * num_bins).astype(np.int64)
            width = real[0].shape[1]
            parts = [np.clip(binned, 0, num_bins - 1), *_beside(trajectory, is_real=False)]
            for bins, seen, done in zip(*parts, strict=True):
                state = blake2b(bins[:width].tobytes() + seen.tobytes(), digest_size=16).digest()
                states.add(state)
                pairs.add(state + bins[width:].tobytes() + done.tobytes())
        return states, pairs


def _beside(trajectory: Trajectory, *, is_real: bool) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Returns the real or the other fields of the states that actions answer, and of the actions, as rows."""
    size = len(trajectory)
    states = [v[:-1].reshape(size, -1) for v in trajectory.observations.values() if _is_real(v) == is_real]
    actions = trajectory.actions.reshape(size, -1)
    nothing = np.zeros((size, 0), np.float64 if is_real else np.uint8)
    return (
        np.concatenate(states, axis=1) if states else nothing,
        actions if _is_real(actions) == is_real else nothing,
    )


def _is_real(values: NDArray[np.generic]) -> bool:
    return bool(np.issubdtype(values.dtype, np.floating))


def _digest(trajectory: Trajectory) -> str:
    return arrays_digest({**trajectory.observations, "actions/executed": trajectory.actions})
