"""Arrays of a zarr version 2 store packed in a ``.tar`` or ``.zip``, as Diffusion Policy ships its data.

A store is a folder of small files: ``NAME/.zarray`` says in JSON how an array is cut into chunks,
``NAME/3.0`` is a chunk, packed by Blosc. Only what such a store needs is read here, since zarr's own reader
unpacks whatever a header promises. Blosc's decoder comes from numcodecs.
"""

from __future__ import annotations

import json
import math
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ilbench.errors import CorruptFileError, MissingPackageError
from ilbench.npz import KINDS, MAX_BYTES, open_zip
from ilbench.reading import listed, open_regular, reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = (".tar", ".zip")
MAX_HEADER_BYTES = 2**16
MAX_CHUNK_BYTES = 2**28
BLOSC_HEADER_BYTES = 16
"""Of which bytes 4 to 7 hold the unpacked size, 12 to 15 the packed one, little-endian."""


def load_zarr(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Returns arrays of the one store in an archive.

    Args:
        path: The archive, not compressed as a whole if it is a ``.tar``.
        names: Of the arrays, such as ``data/action``; others in it are not looked at.

    Raises:
        CorruptFileError: An array or a chunk is missing, of anything but numbers, too large or not whole.
        MissingPackageError: numcodecs is not installed.
    """
    with (
        open_regular(path, MAX_BYTES) as file,
        reading(path, "a packed zarr store"),
        _members(path, file) as read,
    ):
        return {name: _array(path, name, read) for name in names}


Read = Callable[[str, int], bytes]
"""Returns a file of the store by its name in it, which may not have more than so many bytes."""


@contextmanager
def _members(path: Path, file: BinaryIO) -> Iterator[Read]:
    """Yields what reads the files of the store in an archive."""
    if path.suffix == ".zip":
        with open_zip(path, file) as packed:
            zipped = {info.filename: info for info in packed.infolist()}
            sizes = {name: info.file_size for name, info in zipped.items()}
            yield _reader(path, sizes, lambda name: packed.read(zipped[name]))
    else:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            tarred = {info.name: info for info in tar.getmembers() if info.isreg()}
            sizes = {name: info.size for name, info in tarred.items()}

            def unpack(name: str) -> bytes:
                member = tar.extractfile(tarred[name])
                assert member is not None, "a regular file"
                return member.read()

            yield _reader(path, sizes, unpack)


def _reader(path: Path, sizes: Mapping[str, int], unpack: Callable[[str], bytes]) -> Read:
    root = _root(path, sizes)

    def read(name: str, max_bytes: int) -> bytes:
        size = sizes.get(root + name)
        if size is None:
            raise CorruptFileError(path, f"'{name}' is missing from the store '{listed([root or '.'])}'")
        if size > max_bytes:
            raise CorruptFileError(path, f"'{name}' has {size} bytes, expected at most {max_bytes}")
        return unpack(root + name)

    return read


def _root(path: Path, names: Mapping[str, int]) -> str:
    """Returns the folder of the one store in an archive, with its slash."""
    tail = "data/action/.zarray"
    roots = [name.removesuffix(tail) for name in names if name.endswith(tail)]
    if len(roots) != 1:
        found = listed(roots)
        raise CorruptFileError(path, f"expected one zarr store with '{tail}', found {found}")
    return roots[0]


def _array(path: Path, name: str, read: Read) -> NDArray[Any]:
    """Returns an array whose chunks follow one another along its first axis."""
    header = json.loads(read(f"{name}/.zarray", MAX_HEADER_BYTES))
    shape, chunks = tuple(map(int, header["shape"])), tuple(map(int, header["chunks"]))
    dtype, compressor = np.dtype(header["dtype"]), header["compressor"]
    problem = ""
    if header["zarr_format"] != 2 or header["filters"] or header["order"] != "C":
        problem = "expected a C-ordered array of zarr version 2 without filters"
    elif compressor is not None and compressor["id"] != "blosc":
        problem = f"expected chunks packed by blosc, found {listed([compressor['id']])}"
    elif dtype.kind not in KINDS:
        problem = f"expected numbers, found {listed([dtype])}"
    elif len(chunks) != len(shape) or chunks[1:] != shape[1:] or min((*shape, *chunks), default=0) < 1:
        problem = f"expected chunks along the first axis, found {listed([chunks])} of {listed([shape])}"
    elif max(math.prod(shape), math.prod(chunks)) * dtype.itemsize > MAX_BYTES:
        problem = f"more than {MAX_BYTES} bytes"
    if problem:
        raise CorruptFileError(path, f"'{name}': {problem}")
    size = math.prod(chunks) * dtype.itemsize
    unpack = _no_packing if compressor is None else _blosc
    parts = []
    for number in range(-(-shape[0] // chunks[0])):
        key = f"{name}/" + ".".join([str(number), *["0"] * (len(shape) - 1)])
        content = unpack(path, key, read(key, MAX_CHUNK_BYTES), size)
        parts.append(np.frombuffer(content, dtype).reshape(chunks))
    whole: NDArray[Any] = np.concatenate(parts)[: shape[0]]
    return whole


def _blosc(path: Path, key: str, content: bytes, size: int) -> bytes:
    try:
        from numcodecs import blosc
    except ModuleNotFoundError as error:
        raise MissingPackageError(f"the zarr store {path}", "numcodecs", "pusht") from error
    promised, packed = (int.from_bytes(content[start : start + 4], "little") for start in (4, 12))
    if len(content) < BLOSC_HEADER_BYTES or packed != len(content):  # the decoder would read on behind it
        raise CorruptFileError(path, f"chunk '{key}': {len(content)} bytes packed, expected {packed}")
    if promised != size:  # the decoder would reserve what the header says
        raise CorruptFileError(path, f"chunk '{key}': {promised} bytes unpacked, expected {size}")
    return _no_packing(path, key, bytes(blosc.decompress(content)), size)


def _no_packing(path: Path, key: str, content: bytes, size: int) -> bytes:
    if len(content) != size:
        raise CorruptFileError(path, f"chunk '{key}': {len(content)} bytes, expected {size}")
    return content
