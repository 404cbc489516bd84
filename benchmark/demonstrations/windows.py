"""Windows: demonstrations as examples of (last observations, next actions)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ilbench.demonstrations.trajectory import Trajectory
from ilbench.errors import UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Arrays: TypeAlias = "tuple[dict[str, NDArray[Any]], NDArray[Any], NDArray[np.bool_]]"


class Windows:
    """One example for each control step of each trajectory; PyTorch's ``DataLoader`` takes it as it is.

    An example is a dictionary: ``observations`` (by field, ``(history, *shape)``, oldest first),
    ``actions`` (``(chunk, *shape)``, what the expert wanted from this step on) and ``mask``
    (``(chunk,)``, False where the chunk runs over the end). At the start the first observation is
    repeated, as the runner does for a policy with a ``history``; at the end the last action is
    repeated: a learner that ignores the mask learns to hold it. No window crosses into another
    trajectory. Where it was asked for, ``procedure`` holds what the expert computed for the first action, by
    field, ``(*shape,)``.

    Args:
        trajectories: At least one.
        history: Observations an example, at least 1.
        chunk: Actions an example, at least 1.
        procedure: Names of procedure fields.

    Raises:
        ValueError: `history` or `chunk` is below 1.
        UnknownNameError: A trajectory has no such procedure field.
    """

    def __init__(
        self,
        trajectories: Sequence[Trajectory],
        history: int = 1,
        chunk: int = 1,
        procedure: Sequence[str] = (),
    ) -> None:
        if history < 1 or chunk < 1:
            raise ValueError(f"history and chunk must be at least 1, found {history} and {chunk}")
        lengths = np.array([len(trajectory) for trajectory in trajectories])
        start = np.repeat(np.cumsum(lengths) - lengths, lengths)[:, None]
        end = start + np.repeat(lengths, lengths)[:, None]
        now = np.arange(lengths.sum())[:, None]
        ahead = now + np.arange(chunk)
        self._past = np.maximum(now + np.arange(1 - history, 1), start)
        self._ahead = np.minimum(ahead, end - 1)
        self._mask = ahead < end
        self._observations = {
            name: np.concatenate([t.observations[name][:-1] for t in trajectories])
            for name in trajectories[0].observations
        }
        self._actions = np.concatenate([t.expert_actions for t in trajectories])
        self._procedure = {
            name: np.concatenate([_procedure(trajectory, name) for trajectory in trajectories])
            for name in procedure
        }

    def __len__(self) -> int:
        """The number of examples: control steps of all trajectories together."""
        return len(self._mask)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The example of one control step, arrays of its own."""
        return {
            "observations": {name: values[self._past[index]] for name, values in self._observations.items()},
            "actions": self._actions[self._ahead[index]],
            "mask": self._mask[index].copy(),
            **({"procedure": self._procedure_at(index)} if self._procedure else {}),
        }

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[index] for index in range(len(self)))

    def procedure(self) -> dict[str, NDArray[Any]]:
        """Returns the procedure fields asked for, each with N rows."""
        return dict(self._procedure)

    def _procedure_at(self, index: int) -> dict[str, NDArray[Any]]:
        return {name: values[index].copy() for name, values in self._procedure.items()}

    def arrays(self) -> Arrays:
        """Returns all N examples at once: observations by field, actions, mask; each with N rows.

        With a history of H, images take H times their memory here; `__getitem__` does not.
        """
        observations = {name: values[self._past] for name, values in self._observations.items()}
        return observations, self._actions[self._ahead], self._mask.copy()


def _procedure(trajectory: Trajectory, name: str) -> NDArray[Any]:
    if name not in trajectory.procedure:
        what = f"procedure field of a demonstration of train context {trajectory.context}"
        raise UnknownNameError(what, name, trajectory.procedure)
    return trajectory.procedure[name]
