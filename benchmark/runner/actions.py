"""The check of a policy's actions: shape, kind, range. What passes is what the environment receives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.runner.faults import InvalidAction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.fields import ActionField


class ActionCheck:
    """Checks batches of actions of one task.

    Args:
        field: The task's action.
        width: Rows of a batch.
    """

    def __init__(self, field: ActionField, width: int) -> None:
        self._field = field
        self._width = width
        self._shape = (width, *field.shape)
        self._dtype = np.dtype(field.dtype)
        self._bounds: tuple[float, float] | None = None
        if field.low is not None or field.high is not None:
            self._bounds = (
                -np.inf if field.low is None else field.low,
                np.inf if field.high is None else field.high,
            )

    def __call__(self, actions: NDArray[Any], live: Sequence[int]) -> tuple[NDArray[Any], dict[int, str]]:
        """Returns the actions as ``(width, K, *shape)`` of the task's dtype, clipped to its bounds.

        With them come the lanes whose own actions are not finite or out of range, and why: the
        other lanes' actions are good all the same.

        Args:
            actions: What the policy returned: one action a lane, or a chunk of K.
            live: Lanes whose rows count.

        Raises:
            InvalidAction: Shape or kind of the whole batch is wrong; says what was expected and found.
        """
        if actions.shape == self._shape:
            chunks = actions[:, None]
        elif actions.ndim == len(self._shape) + 1 and actions.shape[2:] == self._field.shape:
            chunks = actions
        else:
            raise InvalidAction(self._expected(f"shape {actions.shape}"))
        if len(chunks) != self._width or not chunks.shape[1]:
            raise InvalidAction(self._expected(f"shape {actions.shape}"))
        return self._discrete(chunks, live) if self._field.num_actions else self._continuous(chunks, live)

    def _continuous(self, chunks: NDArray[Any], live: Sequence[int]) -> tuple[NDArray[Any], dict[int, str]]:
        if chunks.dtype.kind not in "fiu":
            raise InvalidAction(self._expected(f"dtype {chunks.dtype}"))
        values: NDArray[Any] = chunks.astype(self._dtype)
        invalid: dict[int, str] = {}
        if not np.isfinite(values).all():
            invalid = _blame(~np.isfinite(values), values, live, "finite numbers")
        if self._bounds is not None:
            values.clip(*self._bounds, out=values)
        return values, invalid

    def _discrete(self, chunks: NDArray[Any], live: Sequence[int]) -> tuple[NDArray[Any], dict[int, str]]:
        if chunks.dtype.kind not in "iu":
            raise InvalidAction(self._expected(f"dtype {chunks.dtype}"))
        values: NDArray[Any] = chunks.astype(self._dtype)
        limit = self._field.num_actions or 0
        if values.min() >= 0 and values.max() < limit:
            return values, {}
        wrong = (values < 0) | (values >= limit)
        return values, _blame(wrong, values, live, f"integers in [0, {limit})")

    def _expected(self, found: str) -> str:
        shape = ", ".join(map(str, self._field.shape))
        kind = "integers" if self._field.num_actions else "numbers"
        return (
            f"expected {kind} of shape ({shape}) a lane, or (K{', ' + shape if shape else ''}) for a chunk; "
            f"found {found} for {self._width} lanes"
        )


def _blame(wrong: NDArray[Any], values: NDArray[Any], live: Sequence[int], expected: str) -> dict[int, str]:
    """Returns what is wrong with each live lane that is wrong; idle rows mean nothing."""
    return {
        lane: f"expected {expected}, found {values[lane].reshape(-1).tolist()}"[:300]
        for lane in live
        if wrong[lane].any()
    }
