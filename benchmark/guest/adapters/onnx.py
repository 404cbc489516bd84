"""Models in ONNX, played by onnxruntime with one thread. Loading one runs no code of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .mapping import FieldMapping, MappingError, ModelInput
from .rows import Lanes, RowPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]

DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}
"""NumPy's names of what onnxruntime calls its types."""
RANDOM = (b"RandomNormal", b"RandomUniform", b"Multinomial", b"Bernoulli")
"""Operators that draw numbers, as their names stand in a file."""


class Policy(RowPolicy):
    """A model in ONNX.

    One that draws random numbers has a session a lane, which is made anew with the seed of each episode.

    Args:
        path: The file; weights that were saved beside it are found there.
        mapping: See `FieldMapping`.
        providers: Execution providers of onnxruntime.
    """

    def __init__(
        self, path: str, mapping: Mapping[str, Any], providers: tuple[str, ...] = ("CPUExecutionProvider",)
    ) -> None:
        fields = FieldMapping(mapping)
        session = make_session(path, providers)
        inputs = session.get_inputs()
        feed = fields.bind([ModelInput(i.name, _row(i.shape), DTYPES.get(i.type)) for i in inputs])
        output = _output(session, fields.output)
        fields.check_output(_row(output.shape))
        first = inputs[0].shape[0] if inputs and inputs[0].shape else None
        draws = any(name in Path(path).read_bytes() for name in RANDOM)
        lanes = SessionLanes(lambda: make_session(path, providers), output.name) if draws else None

        def call(arrays: Mapping[str, Array]) -> Any:
            return session.run([output.name], dict(arrays))[0]

        super().__init__(fields, feed, call, first if isinstance(first, int) else None, lanes)


class SessionLanes(Lanes):
    """A session for each lane.

    Args:
        make: Makes one; its generators begin with the seed that onnxruntime was told.
        output: Name of what is asked for.
    """

    def __init__(self, make: Callable[[], Any], output: str) -> None:
        self._make, self._output = make, output
        self._sessions: dict[int, Any] = {}

    def begin(self, lane: int, seed: int) -> None:
        """Makes a lane's session."""
        import onnxruntime

        onnxruntime.set_seed(seed % 2**63)
        self._sessions[lane] = self._make()

    def has_begun(self, lane: int) -> bool:
        """Returns whether a lane has a session."""
        return lane in self._sessions

    def call(self, lane: int, inputs: Mapping[str, Array]) -> Any:
        """Returns what a lane's session returns."""
        return self._sessions[lane].run([self._output], dict(inputs))[0]


def make_session(path: str, providers: tuple[str, ...] = ("CPUExecutionProvider",)) -> Any:
    """Returns a session of one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=list(providers))


def _output(session: Any, name: str) -> Any:
    outputs = session.get_outputs()
    found = [one for one in outputs if one.name == name] if name else outputs
    if not found:
        there = ", ".join(one.name for one in outputs)
        raise MappingError(f"mapping.output: the model has no output {name!r}; it has: {there}")
    return found[0]


def _row(shape: Any) -> tuple[int | None, ...] | None:
    """Returns the shape of one row: axes that have a name, or none, may have any length."""
    return tuple(size if isinstance(size, int) else None for size in shape[1:]) if shape else None
