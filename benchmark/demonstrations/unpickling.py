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
import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from ilbench.demonstrations.pickled import MAKERS, Constructor, ObjectDType, RefusedError, finished, is_key
from ilbench.errors import CorruptFileError, ILBenchError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes, reading

MAX_BYTES = 256 * 2**20
MAX_WORK = 3_000_000
"""Bound of a file's work, in operations of the unpickler; see `PlainUnpickler.spend`."""


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
            return finished(unpickler.load(), {})
    except RefusedError as error:
        raise UnsafePickleError(
            f"{path}: refused, as it asks for {error}; expected only NumPy arrays, numbers, text and plain "
            "containers. Nothing of it was run"
        ) from None


OPERATIONS = cast("Mapping[int, Callable[[Any], None]]", pickle._Unpickler.dispatch)
"""What Python's unpickler does, by code."""


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
        self._constructors: dict[tuple[str, str], Constructor] = {}
        for (module, name), make in MAKERS.items():
            self.allow(module, name, make)

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        code: _counted(operation) for code, operation in OPERATIONS.items()
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
        self._constructors[module_name, global_name] = Constructor(make, self.spend)

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Returns our constructor for a name in the list."""
        constructor = self._constructors.get((module_name, global_name))
        if constructor is None:
            raise RefusedError(one_line(f"{module_name}.{global_name}", 200))
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
            if not is_key(key):
                raise RefusedError(f"a {type(key).__name__} as a key")
            self.spend(1 if isinstance(key, str | bytes) else 1 + number)

    def load_dict(self) -> None:
        """Makes a dictionary of what lies on the stack."""
        self._check_keys(self.stack[::2], 0)
        OPERATIONS[pickle.DICT[0]](self)

    def load_setitem(self) -> None:
        """Puts one entry into a dictionary."""
        self._check_keys(self.stack[-2:-1], _length(self.stack[-3]))
        OPERATIONS[pickle.SETITEM[0]](self)

    def load_setitems(self) -> None:
        """Puts entries into a dictionary."""
        self._check_keys(self.stack[::2], _length(self.metastack[-1][-1]))
        OPERATIONS[pickle.SETITEMS[0]](self)

    def load_additems(self) -> None:
        """Puts members into a set."""
        self._check_keys(self.stack, _length(self.metastack[-1][-1]))
        OPERATIONS[pickle.ADDITEMS[0]](self)

    def load_frozenset(self) -> None:
        """Makes a set that does not change."""
        self._check_keys(self.stack, 0)
        OPERATIONS[pickle.FROZENSET[0]](self)

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
        self.allow("numpy", "dtype", ObjectDType)


def _length(container: object) -> int:
    return len(container) if isinstance(container, dict | set) else 0
