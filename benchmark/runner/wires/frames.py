"""Arrays in MessagePack, as openpi and vla-eval write them: frames of others, read without trusting them.

openpi marks an array by keys that are bytes (``openpi_client.msgpack_numpy``), vla-eval by keys that are
texts (``vla_eval.protocol.numpy_codec``); both are read. Nothing is unpickled: neither can carry an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.errors import MissingPackageError

if TYPE_CHECKING:
    from types import ModuleType

Keys: TypeAlias = Literal["bytes", "text"]
"""What marks an array: openpi's keys are bytes, vla-eval's are texts."""

MAX_FRAME = 1 << 26
"""Bytes of a frame that is read."""
NUMBERS = frozenset("biuf")
"""Kinds of arrays that are read: truth values, whole numbers, floating point."""


class FrameError(Exception):
    """A frame that is not what it should be."""


def pack(value: Any, keys: Keys) -> bytes:
    """Returns a value with arrays in it as MessagePack."""

    def marked(array: Any) -> Any:
        if not isinstance(array, np.ndarray | np.generic):
            raise TypeError(f"a {type(array).__name__} does not travel")
        if isinstance(array, np.generic) and keys == "text":
            return array.item()
        if isinstance(array, np.generic):
            told = {"__npgeneric__": True, "data": array.item(), "dtype": array.dtype.str}
        else:
            shape = list(array.shape)
            told = {"__ndarray__": True, "data": array.tobytes(), "dtype": array.dtype.str, "shape": shape}
        return {key.encode(): part for key, part in told.items()} if keys == "bytes" else told

    packed: bytes = message_pack().packb(value, default=marked)
    return packed


def unpack(data: bytes | str) -> Mapping[Any, Any]:
    """Returns the table that a frame holds.

    Raises:
        FrameError: It is a text, no MessagePack, no table, or holds an array that is none.
    """
    if isinstance(data, str):
        raise FrameError(f"expected a frame of bytes, found a text: {data}")
    try:
        value = message_pack().unpackb(data, object_hook=_unmarked, raw=False)
    except FrameError:
        raise
    except Exception as error:  # whatever the decoder raises for bytes that are none of its own
        raise FrameError(f"expected MessagePack, found {len(data)} other bytes ({error})") from error
    if not isinstance(value, dict):
        raise FrameError(f"expected a table, found a {type(value).__name__}")
    return value


def message_pack() -> ModuleType:
    """Returns the package for MessagePack.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        import msgpack
    except ImportError as error:
        raise MissingPackageError("a server of openpi or vla-eval", "msgpack", "remote") from error
    module: ModuleType = msgpack
    return module


def _unmarked(table: dict[Any, Any]) -> Any:
    """Returns the array that a table marks; another table as it is."""
    for mark in (b"__ndarray__", "__ndarray__"):
        if mark in table:
            return _array(_under_text(table))
    if b"__npgeneric__" in table:
        return _dtype(table.get(b"dtype")).type(table.get(b"data"))
    if "__image__" in table:
        if table.get("format") != "raw":
            raise FrameError(f"expected raw images, found {table.get('format')!r:.40}")
        return _array(table)
    return table


def _under_text(table: dict[Any, Any]) -> dict[Any, Any]:
    return {
        key.decode(errors="replace") if isinstance(key, bytes) else key: part for key, part in table.items()
    }


def _array(table: Mapping[Any, Any]) -> np.ndarray[Any, Any]:
    data: Any = table.get("data")
    shape: Any = table.get("shape")
    try:
        array: np.ndarray[Any, Any] = np.frombuffer(data, _dtype(table.get("dtype"))).reshape(shape)
    except (TypeError, ValueError, AttributeError) as error:
        raise FrameError(f"expected an array, found a table that only claims to be one ({error})") from error
    return array


def _dtype(name: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(name if isinstance(name, str) else None)
    except TypeError as error:
        raise FrameError(f"expected the name of a dtype, found {name!r:.40}") from error
    if not isinstance(name, str) or dtype.kind not in NUMBERS:
        raise FrameError(f"expected an array of numbers, found the dtype {name!r:.40}")
    return dtype
