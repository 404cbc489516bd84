"""What a pickle of others may ask for: stand-ins for NumPy's arrays and numbers, which check their arguments.

A pickle calls them by the names of what they stand for. Nothing of NumPy's own is handed out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ilbench.errors import ILBenchError
from ilbench.plain_text import one_line

MAX_AXES = 32
MAX_LENGTH = 2**48
"""Of an axis: more than any file has, and little enough to multiply."""
BYTES_A_UNIT = 1024
"""What is copied in the time of an operation."""

DTYPES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"})
"""Kinds of numbers that arrays may hold; not objects, records or dates."""
DTYPE = re.compile("[<>|=]?([a-zA-Z][0-9]*)")

ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
NUMERIC_MODULES = ("numpy.core.numeric", "numpy._core.numeric")


class RefusedError(ILBenchError):
    """What the pickle asked for."""


def is_key(value: object) -> bool:
    """Returns whether a value is looked up at once: no container, whose parts may be many or nested."""
    return value is None or isinstance(value, str | bytes | int | float | np.generic)


class Constructor:
    """What the unpickler may call; a pickle cannot change it."""

    __slots__ = ("_make", "_spend")
    _make: Callable[..., Any]
    _spend: Callable[[int], None]

    def __init__(self, make: Callable[..., Any], spend: Callable[[int], None]) -> None:
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_spend", spend)

    def __call__(self, *args: Any) -> Any:
        """Returns what is made of a pickle's arguments."""
        return self._make(self._spend, *args)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise RefusedError(f"a change of {one_line(name, 60)!r} in what makes arrays")

    def __setstate__(self, state: object) -> NoReturn:
        raise RefusedError("a change of what makes arrays")


class _DType:
    """A dtype as far as it is read."""

    __slots__ = ("dtype",)
    names = DTYPES

    def __init__(self, spend: Callable[[int], None], name: object, *flags: object) -> None:
        kind = DTYPE.fullmatch(name) if isinstance(name, str) else None
        if not isinstance(name, str) or kind is None or kind[1] not in self.names:
            told = repr(one_line(name, 60)) if isinstance(name, str) else f"of type {type(name).__name__}"
            raise RefusedError(f"an array of dtype {told}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order, subarray, names, fields = state[1:5]
        if (
            subarray is not None
            or names is not None
            or fields is not None
            or order not in ("<", ">", "|", "=")
        ):
            raise RefusedError("an array of a composed dtype")
        self.dtype = self.dtype.newbyteorder(order)


class ObjectDType(_DType):
    """A dtype that may be that of objects."""

    __slots__ = ()
    names = DTYPES | {"O8", "O"}


class _Array:
    """An array as far as it is read, or the one object in an array without axes."""

    __slots__ = ("_spend", "held", "value")

    def __init__(self, spend: Callable[[int], None], *args: object) -> None:
        self._spend = spend
        self.value: np.ndarray[Any, Any] | None = None
        self.held: list[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        shape, dtype, is_fortran, raw = state[-4:]
        if isinstance(dtype, ObjectDType) and dtype.dtype.hasobject:
            if shape != () or not isinstance(raw, list) or len(raw) != 1:
                raise RefusedError("an array of objects")
            self.held = raw
            return
        self.value = _array(self._spend, raw, dtype, shape, "F" if is_fortran else "C").value


def _array(spend: Callable[[int], None], raw: Any, dtype: Any, shape: Any, order: Any = "C") -> _Array:
    """Returns an array over `raw`, whose length must be exactly that of the shape."""
    if not isinstance(dtype, _DType):
        raise RefusedError("an array without a plain dtype")
    if dtype.dtype.hasobject:
        raise RefusedError("an array of objects")
    shape = checked_shape(shape)
    if not isinstance(raw, str | bytes | bytearray):
        raise RefusedError("an array of objects")
    spend(len(raw) // BYTES_A_UNIT)
    content = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
    expected = math.prod(shape) * dtype.dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"an array of shape {shape} with {len(content)} bytes, expected {expected}")
    array = _Array(spend)
    flat = np.frombuffer(content, dtype.dtype) if expected else np.empty(0, dtype.dtype)
    array.value = flat.reshape(shape, order="F" if order == "F" else "C")
    array.value.flags.writeable = False
    return array


def checked_shape(shape: Any) -> tuple[int, ...]:
    """Returns a shape that a pickle says, where it is one.

    Raises:
        ValueError: It is none.
    """
    if (
        not isinstance(shape, tuple)
        or len(shape) > MAX_AXES
        or not all(type(n) is int and 0 <= n < MAX_LENGTH for n in shape)
    ):
        raise ValueError(f"an array whose shape is no tuple of at most {MAX_AXES} lengths")
    return shape


def _scalar(spend: Callable[[int], None], dtype: Any, raw: Any) -> Any:
    value = _array(spend, raw, dtype, ()).value
    return None if value is None else value[()]


def _encoded(spend: Callable[[int], None], text: str, encoding: str) -> bytes:
    """How protocols before 3 write bytes."""
    if encoding != "latin1":
        raise RefusedError("text in another encoding than latin1")
    spend(len(text) // BYTES_A_UNIT)
    return text.encode("latin1")


class _Ordered(dict[Any, Any]):
    """An ordered dictionary, whose attributes, such as torch gives it, are left out."""

    def __setstate__(self, state: object) -> None: ...


def _dictionary(spend: Callable[[int], None], pairs: object = ()) -> dict[Any, Any]:
    """An ordered dictionary; protocols before 2 hand all entries to the constructor."""
    made = _Ordered()
    for key, value in pairs if isinstance(pairs, list | tuple) else ():
        if not is_key(key):
            raise RefusedError(f"a {type(key).__name__} as a key")
        spend(1 if isinstance(key, str | bytes) else 1 + len(made))
        made[key] = value
    return made


MAKERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _encoded,
    ("__builtin__", "bytes"): lambda spend: b"",  # protocols before 3 write no bytes so
    ("collections", "OrderedDict"): _dictionary,
    **{(module, "_reconstruct"): _Array for module in ARRAY_MODULES},
    **{(module, "scalar"): _scalar for module in ARRAY_MODULES},
    **{(module, "_frombuffer"): _array for module in NUMERIC_MODULES},
}
"""What stands for each name that a pickle may ask for, by module and name."""


def finished(value: Any, done: dict[int, Any]) -> Any:
    """Returns `value` with arrays in the place of their stand-ins; a part that occurs twice stays one."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, _Array):
        if value.held is not None:
            return finished(value.held[0], done)
        if value.value is None:
            raise ValueError("an array without content")
        return value.value
    if isinstance(value, _DType | Constructor):
        raise RefusedError("a type in the place of data")
    if isinstance(value, dict):
        made: dict[Any, Any] = {}
        done[id(value)] = made
        made.update({key: finished(entry, done) for key, entry in value.items()})
        return made
    if isinstance(value, list):
        entries: list[Any] = []
        done[id(value)] = entries
        entries.extend(finished(entry, done) for entry in value)
        return entries
    if isinstance(value, tuple):
        done[id(value)] = made_tuple = tuple(finished(entry, done) for entry in value)
        return made_tuple
    return value
