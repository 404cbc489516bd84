"""``.npz`` archives of others: named arrays of numbers, looked at before they are unpacked.

NumPy's own reader believes what a header says of the size, and unpacks whatever is in the archive.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ilbench.errors import CorruptFileError
from ilbench.reading import listed, open_regular, reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 2 * 2**30
"""Of an archive, and of the arrays that are read from it together, once unpacked."""
MAX_DIRECTORY_BYTES = 2**20
"""Of the list of members: `zipfile` makes an object of each before anybody can ask how many there are."""
MAX_HEADER_BYTES = 2**16
KINDS = "fiub"


def open_zip(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    """Returns a zip archive whose list of members is not too long.

    Raises:
        CorruptFileError: It is too long.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # as `zipfile` itself finds the list's size
    if end is not None and end[zipfile._ECD_SIZE] > MAX_DIRECTORY_BYTES:  # type: ignore[attr-defined]
        found = end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
        raise CorruptFileError(path, f"a list of members of {found} bytes, expected {MAX_DIRECTORY_BYTES}")
    return zipfile.ZipFile(file)


def load_npz(path: Path, names: Sequence[str], max_bytes: int = MAX_BYTES) -> dict[str, NDArray[Any]]:
    """Returns the arrays of these names.

    Args:
        path: The archive.
        names: Of the arrays; others in it are not looked at.
        max_bytes: Bound of the archive's size, and of that of the arrays together.

    Raises:
        CorruptFileError: An array is missing, of anything but numbers, too large or not whole.
    """
    expected = "a whole .npz file of numbers"
    with open_regular(path, max_bytes) as file, reading(path, expected), open_zip(path, file) as archive:
        members = {member.filename: member for member in archive.infolist()}
        chosen = {name: members.get(f"{name}.npy") for name in names}
        for name, member in chosen.items():
            if member is None:
                held = listed(there.removesuffix(".npy") for there in members)
                raise CorruptFileError(path, f"'{name}' is missing; it holds {held}")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise CorruptFileError(path, f"'{name}' is packed otherwise than NumPy packs")
        total = sum(member.file_size for member in chosen.values() if member is not None)
        if total > max_bytes:
            raise CorruptFileError(path, f"{total} bytes unpacked, expected at most {max_bytes}")
        return {name: _array(path, name, archive.read(m)) for name, m in chosen.items() if m is not None}


def _array(path: Path, name: str, content: bytes) -> NDArray[Any]:
    """Returns the array that a member holds, whose length must be exactly what its header says."""
    header = io.BytesIO(content[:MAX_HEADER_BYTES])
    version = np.lib.format.read_magic(header)  # type: ignore[no-untyped-call]
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(header)  # type: ignore[no-untyped-call]
    if dtype.kind not in KINDS:
        raise CorruptFileError(path, f"'{name}': expected numbers, found {listed([dtype])}")
    found, wanted = len(content) - header.tell(), math.prod(shape) * dtype.itemsize
    if found != wanted:
        raise CorruptFileError(path, f"'{name}': {found} bytes, expected {wanted} for its shape")
    flat: NDArray[Any] = np.frombuffer(content, dtype, offset=header.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C")
