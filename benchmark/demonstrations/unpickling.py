"""Pickles from others, read as data: NumPy arrays, numbers, text and plain containers, and nothing else.

A pickle is a program; `pickle.load` would run whatever it names. Here every name that it asks for is
looked up in a short list, and what stands there are constructors of our own, which check their arguments:
not even NumPy's own are handed out, since its ``__setstate__`` trusts what it is given.

Python's unpickler in Python is used, not the one in C, which reserves memory for whatever number of entries
a file of a few bytes announces.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np

from ilbench.errors import CorruptFileError, ILBenchError

MAX_BYTES = 256 * 2**20
DTYPES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"})
"""Kinds of numbers that arrays may hold; not objects, records or dates."""

ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
NUMERIC_MODULES = ("numpy.core.numeric", "numpy._core.numeric")


class UnsafePickleError(ILBenchError):
    """A pickle that asks for something to be called which is not the making of an array or container."""


def load_plain(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Returns the content of a pickle that holds only arrays, numbers, text and plain containers.

    Arrays are read-only. Nothing that the file names is imported, called or looked at, but for the names
    by which NumPy arrays and numbers and ordered dictionaries are pickled.

    Args:
        path: The file.
        max_bytes: A larger file is refused before it is read.

    Raises:
        UnsafePickleError: The file asks for anything else; the message names it.
        CorruptFileError: The file is too large, cut off, or no pickle.
        OSError: The file cannot be read.
    """
    return _unpickled(path, _read(path, max_bytes), _PlainUnpickler)


def load_npy(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Returns what `numpy.save` made of one object that is no array, such as a dictionary of arrays.

    NumPy wraps it in an array of objects without axes, which is all that is allowed here beyond what
    `load_plain` allows.

    Args:
        path: The ``.npy`` file.
        max_bytes: A larger file is refused before it is read.

    Raises:
        UnsafePickleError: The file asks for anything else; the message names it.
        CorruptFileError: The file is too large, cut off, or holds something else.
        OSError: The file cannot be read.
    """
    content = io.BytesIO(_read(path, max_bytes))
    try:
        version = np.lib.format.read_magic(content)  # type: ignore[no-untyped-call]
        if version != (1, 0):
            raise ValueError(f"format version {version}, expected (1, 0)")
        header = np.lib.format.read_array_header_1_0(content)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise CorruptFileError(path, f"not a .npy file ({error})") from error
    shape, _, dtype = header
    if shape != () or dtype != np.dtype(object):
        raise CorruptFileError(path, f"expected one object, found an array of {dtype} of shape {shape}")
    return _unpickled(path, content.read(), _ObjectUnpickler)


def _read(path: Path, max_bytes: int) -> bytes:
    size = path.stat().st_size
    if size > max_bytes:
        raise CorruptFileError(path, f"{size} bytes, expected at most {max_bytes}")
    return path.read_bytes()


def _unpickled(path: Path, content: bytes, unpickler: type[_PlainUnpickler]) -> Any:
    try:
        return _finished(unpickler(content).load(), {})
    except _RefusedError as error:
        raise UnsafePickleError(
            f"{path}: refused, as it asks for {error}; expected only NumPy arrays, numbers, text and plain "
            "containers. Nothing of it was run"
        ) from None
    except Exception as error:  # a hostile or damaged file can raise anything on its way
        problem = f"not a whole pickle of plain data ({type(error).__name__}: {error})"
        raise CorruptFileError(path, problem) from error


class _RefusedError(Exception):
    """What the pickle asked for."""


class _PlainUnpickler(pickle._Unpickler):
    """Python's own unpickler with our constructors for the few names that it may look up."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="latin1")  # Python 2 wrote array bytes as text
        self._size = len(content)

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)
    read: Callable[[int], bytes]
    append: Callable[[Any], None]

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Returns our constructor for a name in the list."""
        constructor = CONSTRUCTORS.get((module_name, global_name))
        if constructor is None:
            raise _RefusedError(f"{module_name}.{global_name}"[:200])
        return constructor

    def load_bytearray8(self) -> None:
        """Reads a bytearray, after a look at whether the file can be so long."""
        size = int.from_bytes(self.read(8), "little")
        if size > self._size:
            raise ValueError(f"an array of {size} bytes in a file of {self._size}")
        self.append(bytearray(self.read(size)))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


class _ObjectUnpickler(_PlainUnpickler):
    """One that also lets an array without axes hold an object."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Returns our constructor for a name in the list."""
        if (module_name, global_name) == ("numpy", "dtype"):
            return OBJECT_DTYPE
        return super().find_class(module_name, global_name)


class _Constructor:
    """What the unpickler may call; a pickle cannot change it."""

    __slots__ = ("_make",)
    _make: Callable[..., Any]

    def __init__(self, make: Callable[..., Any]) -> None:
        object.__setattr__(self, "_make", make)

    def __call__(self, *args: Any) -> Any:
        return self._make(*args)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise _RefusedError(f"a change of {name!r} in what makes arrays")

    def __setstate__(self, state: object) -> NoReturn:
        raise _RefusedError("a change of what makes arrays")


class _DType:
    """A dtype as far as it is read."""

    __slots__ = ("dtype",)
    names = DTYPES

    def __init__(self, name: object, *flags: object) -> None:
        if not isinstance(name, str) or name.lstrip("<>|=") not in self.names:
            raise _RefusedError(f"an array of dtype {name!r}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order, subarray, names, fields = state[1:5]
        if (
            subarray is not None
            or names is not None
            or fields is not None
            or order not in ("<", ">", "|", "=")
        ):
            raise _RefusedError("an array of a composed dtype")
        self.dtype = self.dtype.newbyteorder(order)


class _ObjectDType(_DType):
    """A dtype that may be that of objects."""

    __slots__ = ()
    names = DTYPES | {"O8", "O"}


class _Array:
    """An array as far as it is read, or the one object in an array without axes."""

    __slots__ = ("held", "value")

    def __init__(self) -> None:
        self.value: np.ndarray[Any, Any] | None = None
        self.held: list[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        shape, dtype, is_fortran, raw = state[-4:]
        if isinstance(dtype, _ObjectDType) and dtype.dtype.hasobject:
            if shape != () or not isinstance(raw, list) or len(raw) != 1:
                raise _RefusedError("an array of objects")
            self.held = raw
            return
        self.value = _array(raw, dtype, shape, "F" if is_fortran else "C").value


def _array(raw: Any, dtype: Any, shape: Any, order: Any = "C") -> _Array:
    """Returns an array over `raw`, whose length must be exactly that of the shape."""
    if not isinstance(dtype, _DType):
        raise _RefusedError("an array without a plain dtype")
    if dtype.dtype.hasobject:
        raise _RefusedError("an array of objects")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"an array of shape {shape!r}")
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(content, bytes | bytearray):
        raise _RefusedError("an array of objects")
    expected = math.prod(shape) * dtype.dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"an array of shape {shape} with {len(content)} bytes, expected {expected}")
    array = _Array()
    flat = np.frombuffer(bytes(content), dtype.dtype) if expected else np.empty(0, dtype.dtype)
    array.value = flat.reshape(shape, order="F" if order == "F" else "C")
    array.value.flags.writeable = False
    return array


def _scalar(dtype: Any, raw: Any) -> Any:
    value = _array(raw, dtype, ()).value
    return None if value is None else value[()]


def _encoded(text: str, encoding: str) -> bytes:
    """How protocols before 3 write bytes."""
    if encoding != "latin1":
        raise _RefusedError(f"text encoded as {encoding!r}")
    return text.encode("latin1")


OBJECT_DTYPE = _Constructor(_ObjectDType)
CONSTRUCTORS: Mapping[tuple[str, str], _Constructor] = {
    ("numpy", "ndarray"): _Constructor(lambda *args: _Array()),
    ("numpy", "dtype"): _Constructor(_DType),
    ("_codecs", "encode"): _Constructor(_encoded),
    ("__builtin__", "bytes"): _Constructor(lambda: b""),  # protocols before 3 write no bytes so
    ("collections", "OrderedDict"): _Constructor(lambda *items: dict(*items)),
    **{(module, "_reconstruct"): _Constructor(lambda *args: _Array()) for module in ARRAY_MODULES},
    **{(module, "scalar"): _Constructor(_scalar) for module in ARRAY_MODULES},
    **{(module, "_frombuffer"): _Constructor(_array) for module in NUMERIC_MODULES},
}
"""What stands for each name that a pickle may ask for, by module and name."""


def _finished(value: Any, done: dict[int, Any]) -> Any:
    """Returns `value` with arrays in the place of their stand-ins; a part that occurs twice stays one."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, _Array):
        if value.held is not None:
            return _finished(value.held[0], done)
        if value.value is None:
            raise ValueError("an array without content")
        return value.value
    if isinstance(value, _DType | _Constructor):
        raise _RefusedError("a type in the place of data")
    if isinstance(value, dict):
        made: dict[Any, Any] = {}
        done[id(value)] = made
        made.update({_finished(key, done): _finished(entry, done) for key, entry in value.items()})
        return made
    if isinstance(value, list):
        entries: list[Any] = []
        done[id(value)] = entries
        entries.extend(_finished(entry, done) for entry in value)
        return entries
    if isinstance(value, tuple):
        done[id(value)] = made_tuple = tuple(_finished(entry, done) for entry in value)
        return made_tuple
    if isinstance(value, set | frozenset):
        return type(value)(_finished(entry, done) for entry in value)
    return value
