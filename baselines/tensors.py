"""Files of tensors, written by torch and read as data: nothing in them is run, followed or believed.

What `torch.save` writes is a zip archive with a pickle, which names the numbers of each tensor, and a member
for each run of numbers. torch's own reader refuses code, but not a pickle that keeps it busy for ever, nor a
tensor that says it is larger than the file. So the pickle is read as those of demonstrations are.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ilbench.demonstrations.pickled import checked_shape
from ilbench.demonstrations.unpickling import PlainUnpickler, unpickled
from ilbench.errors import CorruptFileError
from ilbench.npz import open_zip
from ilbench.reading import open_regular, reading
from ilbench.storage import write_atomically

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 4 * 2**30
MAX_PICKLE_BYTES = 2**24
REMEDY = "train again"
DTYPES: Mapping[str, str] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
"""Kinds of numbers, by torch's name of what holds them."""


def save_tensors(path: Path, content: Mapping[str, Any]) -> None:
    """Writes tensors and plain values so that `load_tensors` reads them without unpickling code."""
    buffer = io.BytesIO()
    torch.save(dict(content), buffer)
    write_atomically(path, buffer.getvalue())


def load_tensors(path: Path) -> dict[str, Any]:
    """Returns what `save_tensors` wrote. A file that holds anything but tensors and values is refused.

    Raises:
        UnsafePickleError: The file asks for something to be called.
        CorruptFileError: The file is missing or damaged.
    """
    expected = "a file of tensors"
    with (
        open_regular(path, MAX_BYTES, remedy=REMEDY) as file,
        reading(path, expected, remedy=REMEDY),
        open_zip(path, file) as archive,
    ):
        members = {member.filename: member for member in archive.infolist()}
        (pickled,) = (name for name in members if name.endswith("/data.pkl"))
        if members[pickled].file_size > MAX_PICKLE_BYTES:
            raise CorruptFileError(path, f"more than {MAX_PICKLE_BYTES} bytes of names", remedy=REMEDY)
        folder = pickled.removesuffix("data.pkl")
        content = unpickled(path, _TensorUnpickler(archive, members, folder))
        if not isinstance(content, dict):
            raise ValueError(f"named values, found {type(content).__name__}")
    return content


class _TensorUnpickler(PlainUnpickler):
    """One that makes tensors of the members of torch's archive."""

    def __init__(self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], folder: str) -> None:
        super().__init__(archive.read(members[f"{folder}data.pkl"]))
        self._archive = archive
        self._members = members
        self._folder = folder
        self._read: dict[str, NDArray[Any]] = {}
        self.allow("torch._utils", "_rebuild_tensor_v2", _tensor)
        self._dtypes = {self._named(name): dtype for name, dtype in DTYPES.items()}

    def _named(self, name: str) -> int:
        self.allow("torch", name, _refused)
        return id(self.find_class("torch", name))

    def persistent_load(self, pid: Any) -> Any:
        """Returns the numbers that the pickle names, each run of them once."""
        _, kind, key, _, count = pid
        dtype = self._dtypes.get(id(kind))
        if dtype is None or not isinstance(key, str) or type(count) is not int:
            raise ValueError("numbers of an unknown kind")
        if key not in self._read:
            member = self._members[f"{self._folder}data/{key}"]
            size = count * np.dtype(dtype).itemsize
            if member.compress_type != zipfile.ZIP_STORED or member.file_size != size:
                raise ValueError(f"{member.file_size} bytes of numbers, expected {size}")
            self._read[key] = np.frombuffer(self._archive.read(member), dtype)
        return self._read[key]


def _refused(spend: Callable[[int], None], *args: object) -> None:
    raise ValueError("an empty store of numbers")


def _tensor(
    spend: Callable[[int], None], numbers: Any, offset: Any, shape: Any, strides: Any, *others: object
) -> Tensor:
    """Returns a tensor of its own, no larger than the numbers that it is made of."""
    if not isinstance(numbers, np.ndarray):
        raise ValueError("a tensor without numbers")
    shape, steps = checked_shape(shape), checked_shape(strides)
    count = math.prod(shape)
    (first,) = checked_shape((offset,))
    last = first + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    if count > len(numbers) or (count and last >= len(numbers)):
        raise ValueError(f"a tensor of shape {shape}, of {len(numbers)} numbers")
    spend(count * numbers.itemsize // 1024)
    if not count:
        return torch.from_numpy(np.empty(shape, numbers.dtype))
    bytes_apart = [step * numbers.itemsize for step in steps]
    view = np.lib.stride_tricks.as_strided(numbers[first:], shape, bytes_apart, writeable=False)
    return torch.from_numpy(np.array(view, order="C"))
