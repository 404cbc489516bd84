"""Experts of the Adroit tasks: the policies that DAPG trained, whose weights are not part of this package.

DAPG (Rajeswaran et al., RSS 2018, arXiv 1709.10087) learned them from people's demonstrations and by
reinforcement. They were published as pickles of its own classes (`ADDRESS`); read here are their arrays, an
``.npz`` a task: ``W0``, ``b0``, ``W1``, ``b1``, ``W2``, ``b2`` of the layers, ``in_shift``, ``in_scale``,
``out_shift`` and ``out_scale``. Each must have the digest that was noted when it was measured here: other
weights are another expert.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.digest import arrays_digest
from ilbench.errors import CorruptFileError, MissingWeightsError, UnknownNameError
from ilbench.home import cache_folder
from ilbench.npz import load_npz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

ADDRESS = (
    "https://raw.githubusercontent.com/aravindr93/hand_dapg/77a94718bc03c091c41e0536eea9f288f34dfe0d/"
    "dapg/policies/{name}-v0.pickle"
)
"""Where the authors published a policy (Apache-2.0)."""

ARRAYS = ("W0", "b0", "W1", "b1", "W2", "b2", "in_shift", "in_scale", "out_shift", "out_scale")
DIGESTS: Mapping[str, str] = {
    "door": "5ff945df873fbf2a67c9781aa1880e11",
    "hammer": "6bcef9600f3488a5b23f5ffc442440e3",
    "pen": "461617eaa8d5e0b5cb4cf221a666068a",
    "relocate": "f5c66843a989b49b374fa7159fb4fd4d",
}
"""Of the arrays in `ARRAYS`, by task."""

MAX_BYTES = 2**22
EPSILON = 1e-8
"""Added to the scale of an input, as in DAPG's network."""


def weights_folder() -> Path:
    """Returns where the weights are looked for; ``ilbench adroit weights`` puts them there."""
    return cache_folder() / "experts" / "adroit"


def load_weights(file: Path, name: str) -> dict[str, NDArray[np.float64]]:
    """Returns the arrays of a policy.

    Args:
        file: The ``.npz``.
        name: Of the task, such as ``door``.

    Raises:
        MissingWeightsError: There is no such file.
        UnknownNameError: There is no such policy.
        CorruptFileError: It cannot be read, or holds other weights.
    """
    if name not in DIGESTS:
        raise UnknownNameError("policy of DAPG", name, DIGESTS)
    if not file.exists():
        raise MissingWeightsError(
            f"the expert of adroit/{name}-v1 is the policy that DAPG trained, and its weights are not in "
            f"{file}; they come from {ADDRESS.format(name=name)} (docs/demonstrations.md says how their "
            f"arrays are saved as {name}-v0.npz); then: ilbench adroit weights FOLDER"
        )
    weights = load_npz(file, ARRAYS, MAX_BYTES)
    if (found := arrays_digest(weights)) != DIGESTS[name]:
        raise CorruptFileError(
            file, f"other weights than DAPG's {name}-v0: digest {found}, expected {DIGESTS[name]}"
        )
    return weights


class AdroitExpert:
    """DAPG's policy for one task; subclasses say which. It acts on the observation alone, without noise.

    It does the same on the same observation, so two of its demonstrations from one start are equal.

    Raises:
        MissingWeightsError: The weights are not here; the message says how to get them.
        CorruptFileError: The file holds others.
    """

    name = ""

    def __init__(self) -> None:
        self._weights = load_weights(weights_folder() / f"{self.name}-v0.npz", self.name)

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Does nothing: the policy has no memory and draws nothing."""

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the mean action of the policy, within the limits of the hand's joints."""
        w = self._weights
        x = (observation["state"].astype(np.float64) - w["in_shift"]) / (w["in_scale"] + EPSILON)
        x = np.tanh(w["W0"] @ x + w["b0"])
        x = np.tanh(w["W1"] @ x + w["b1"])
        action = (w["W2"] @ x + w["b2"]) * w["out_scale"] + w["out_shift"]
        mean: NDArray[np.float32] = np.clip(action, -1.0, 1.0).astype(np.float32)
        return mean


class DoorExpert(AdroitExpert):
    """DAPG's policy for the door."""

    name = "door"


class HammerExpert(AdroitExpert):
    """DAPG's policy for the hammer."""

    name = "hammer"


class PenExpert(AdroitExpert):
    """DAPG's policy for the pen."""

    name = "pen"


class RelocateExpert(AdroitExpert):
    """DAPG's policy for the ball."""

    name = "relocate"
