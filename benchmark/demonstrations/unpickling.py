"""Pickles from others, read as data: NumPy arrays, numbers, text and plain containers, and nothing else.

A pickle is a program; `pickle.load` would run whatever it names. Here every name that it asks for is
looked up in a short list, and what stands there are constructors of our own, which check their arguments:
not even NumPy's own are handed out, since its ``__setstate__`` trusts what it is given.

Python's unpickler in Python is used, not the one in C, which reserves memory for whatever number of entries
a file of a few bytes announces. And its work is bounded: a tuple that holds one tuple twice, which holds
another one twice, and so on for sixty levels, takes 209 bytes, and no computer finds its hash.
"""

from __future__ import annotations

import io
import math
import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np

from ilbench.errors import CorruptFileError, ILBenchError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes, reading

MAX_BYTES = 256 * 2**20
MAX_WORK = 3_000_000
"""Bound of a file's work, in operations of the unpickler; see `PlainUnpickler.spend`."""
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
        CorruptFileError: The file cannot be read, is too large, cut off, or no pickle, or its making would
            take for ever.
    """
    return unpickled(path, PlainUnpickler(read_bytes(path, max_bytes)))


def load_npy(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Returns what `numpy.save` made of one object that is no array, such as a dictionary of arrays.

    NumPy wraps it in an array of objects without axes, which is all that is allowed here beyond what
    `load_plain` allows.

    Args:
        path: The ``.npy`` file.
        max_bytes: A larger file is refused before it is read.

    Raises:
        UnsafePickleError: The file asks for anything else; the message names it.
        CorruptFileError: The file cannot be read, is too large, cut off, or holds something else.
    """
    content = io.BytesIO(read_bytes(path, max_bytes))
    with reading(path, "a .npy file"):
        version = np.lib.format.read_magic(content)  # type: ignore[no-untyped-call]
        if version != (1, 0):
            raise ValueError(f"format version {version}, expected (1, 0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(content)  # type: ignore[no-untyped-call]
    if shape != () or dtype != np.dtype(object):
        raise CorruptFileError(path, f"expected one object, found an array of {dtype} of shape {shape}")
    return unpickled(path, _ObjectUnpickler(content.read()))


def unpickled(path: Path, unpickler: PlainUnpickler) -> Any:
    """Returns what an unpickler makes of the pickle in a file.

    Raises:
        UnsafePickleError: It asks for anything but data; the message names it.
        CorruptFileError: It is cut off, no pickle, or its making would take for ever.
    """
    try:
        with reading(path, "a whole pickle of plain data"):
            return _finished(unpickler.load(), {})
    except _RefusedError as error:
        raise UnsafePickleError(
            f"{path}: refused, as it asks for {error}; expected only NumPy arrays, numbers, text and plain "
            "containers. Nothing of it was run"
        ) from None


class _RefusedError(ILBenchError):
    """What the pickle asked for."""


def _counted(operation: Callable[[Any], None]) -> Callable[[Any], None]:
    def counted(unpickler: PlainUnpickler) -> None:
        unpickler.spend(1)
        operation(unpickler)

    return counted


class PlainUnpickler(pickle._Unpickler):
    """Python's own unpickler with our constructors for the few names that it may look up.

    Args:
        content: The pickle.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="latin1")  # Python 2 wrote array bytes as text
        self._size = len(content)
        self._left = MAX_WORK
        self._constructors: dict[tuple[str, str], _Constructor] = {}
        for (module, name), make in MAKERS.items():
            self.allow(module, name, make)

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        code: _counted(operation) for code, operation in pickle._Unpickler.dispatch.items()
    }
    read: Callable[[int], bytes]
    append: Callable[[Any], None]
    stack: list[Any]
    metastack: list[list[Any]]

    def spend(self, units: int) -> None:
        """Counts work: an operation, `BYTES_A_UNIT` copied, or a comparison with a key that is there.

        Raises:
            ValueError: It is more than `MAX_WORK`.
        """
        self._left -= units
        if self._left < 0:
            raise ValueError("more parts than any demonstration has")

    def allow(self, module_name: str, global_name: str, make: Callable[..., Any]) -> None:
        """Lets a pickle ask for one more name; `make` gets `spend` before the pickle's own arguments."""
        self._constructors[module_name, global_name] = _Constructor(make, self.spend)

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Returns our constructor for a name in the list."""
        constructor = self._constructors.get((module_name, global_name))
        if constructor is None:
            raise _RefusedError(one_line(f"{module_name}.{global_name}", 200))
        return constructor

    def load_bytearray8(self) -> None:
        """Reads a bytearray, after a look at whether the file can be so long."""
        size = int.from_bytes(self.read(8), "little")
        if size > self._size:
            raise ValueError(f"an array of {size} bytes in a file of {self._size}")
        self.append(bytearray(self.read(size)))

    def _check_keys(self, keys: Iterable[Any], num_there: int) -> None:
        """Counts what it takes to find keys; their hashes can be made to be equal, but for those of texts."""
        for number, key in enumerate(keys, start=num_there):
            if not _is_key(key):
                raise _RefusedError(f"a {type(key).__name__} as a key")
            self.spend(1 if isinstance(key, str | bytes) else 1 + number)

    def load_dict(self) -> None:
        """Makes a dictionary of what lies on the stack."""
        self._check_keys(self.stack[::2], 0)
        pickle._Unpickler.dispatch[pickle.DICT[0]](self)

    def load_setitem(self) -> None:
        """Puts one entry into a dictionary."""
        self._check_keys(self.stack[-2:-1], _length(self.stack[-3]))
        pickle._Unpickler.dispatch[pickle.SETITEM[0]](self)

    def load_setitems(self) -> None:
        """Puts entries into a dictionary."""
        self._check_keys(self.stack[::2], _length(self.metastack[-1][-1]))
        pickle._Unpickler.dispatch[pickle.SETITEMS[0]](self)

    def load_additems(self) -> None:
        """Puts members into a set."""
        self._check_keys(self.stack, _length(self.metastack[-1][-1]))
        pickle._Unpickler.dispatch[pickle.ADDITEMS[0]](self)

    def load_frozenset(self) -> None:
        """Makes a set that does not change."""
        self._check_keys(self.stack, 0)
        pickle._Unpickler.dispatch[pickle.FROZENSET[0]](self)

    dispatch[pickle.BYTEARRAY8[0]] = _counted(load_bytearray8)
    dispatch[pickle.DICT[0]] = _counted(load_dict)
    dispatch[pickle.SETITEM[0]] = _counted(load_setitem)
    dispatch[pickle.SETITEMS[0]] = _counted(load_setitems)
    dispatch[pickle.ADDITEMS[0]] = _counted(load_additems)
    dispatch[pickle.FROZENSET[0]] = _counted(load_frozenset)


class _ObjectUnpickler(PlainUnpickler):
    """One that also lets an array without axes hold an object."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.allow("numpy", "dtype", _ObjectDType)


def _is_key(value: object) -> bool:
    """Returns whether a value is looked up at once: no container, whose parts may be many or nested."""
    return value is None or isinstance(value, str | bytes | int | float | np.generic)


def _length(container: object) -> int:
    return len(container) if isinstance(container, dict | set) else 0


class _Constructor:
    """What the unpickler may call; a pickle cannot change it."""

    __slots__ = ("_make", "_spend")
    _make: Callable[..., Any]
    _spend: Callable[[int], None]

    def __init__(self, make: Callable[..., Any], spend: Callable[[int], None]) -> None:
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_spend", spend)

    def __call__(self, *args: Any) -> Any:
        return self._make(self._spend, *args)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise _RefusedError(f"a change of {one_line(name, 60)!r} in what makes arrays")

    def __setstate__(self, state: object) -> NoReturn:
        raise _RefusedError("a change of what makes arrays")


class _DType:
    """A dtype as far as it is read."""

    __slots__ = ("dtype",)
    names = DTYPES

    def __init__(self, spend: Callable[[int], None], name: object, *flags: object) -> None:
        kind = DTYPE.fullmatch(name) if isinstance(name, str) else None
        if not isinstance(name, str) or kind is None or kind[1] not in self.names:
            told = repr(one_line(name, 60)) if isinstance(name, str) else f"of type {type(name).__name__}"
            raise _RefusedError(f"an array of dtype {told}")
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

    __slots__ = ("_spend", "held", "value")

    def __init__(self, spend: Callable[[int], None], *args: object) -> None:
        self._spend = spend
        self.value: np.ndarray[Any, Any] | None = None
        self.held: list[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        shape, dtype, is_fortran, raw = state[-4:]
        if isinstance(dtype, _ObjectDType) and dtype.dtype.hasobject:
            if shape != () or not isinstance(raw, list) or len(raw) != 1:
                raise _RefusedError("an array of objects")
            self.held = raw
            return
        self.value = _array(self._spend, raw, dtype, shape, "F" if is_fortran else "C").value


def _array(spend: Callable[[int], None], raw: Any, dtype: Any, shape: Any, order: Any = "C") -> _Array:
    """Returns an array over `raw`, whose length must be exactly that of the shape."""
    if not isinstance(dtype, _DType):
        raise _RefusedError("an array without a plain dtype")
    if dtype.dtype.hasobject:
        raise _RefusedError("an array of objects")
    shape = checked_shape(shape)
    if not isinstance(raw, str | bytes | bytearray):
        raise _RefusedError("an array of objects")
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
        raise _RefusedError("text in another encoding than latin1")
    spend(len(text) // BYTES_A_UNIT)
    return text.encode("latin1")


class _Ordered(dict[Any, Any]):
    """An ordered dictionary, whose attributes, such as torch gives it, are left out."""

    def __setstate__(self, state: object) -> None: ...


def _dictionary(spend: Callable[[int], None], pairs: object = ()) -> dict[Any, Any]:
    """An ordered dictionary; protocols before 2 hand all entries to the constructor."""
    made = _Ordered()
    for key, value in pairs if isinstance(pairs, list | tuple) else ():
        if not _is_key(key):
            raise _RefusedError(f"a {type(key).__name__} as a key")
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
        made.update({key: _finished(entry, done) for key, entry in value.items()})
        return made
    if isinstance(value, list):
        entries: list[Any] = []
        done[id(value)] = entries
        entries.extend(_finished(entry, done) for entry in value)
        return entries
    if isinstance(value, tuple):
        done[id(value)] = made_tuple = tuple(_finished(entry, done) for entry in value)
        return made_tuple
    return value
