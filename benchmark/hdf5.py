"""HDF5 files of others, read in a process of their own that may crash, hang or run out of memory.

Only what lies in the file itself is found: no link of any kind that leads on, no external or virtual array.
"""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.errors import CorruptFileError
from ilbench.plain_text import one_line
from ilbench.reading import open_regular, reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_FILE_BYTES = 2**40
"""A file is not read as a whole; its arrays are bounded one by one."""
MAX_BYTES = 2 * 2**30
"""Of one array, once unpacked."""
MAX_MEMORY = 2 * MAX_BYTES + 2 * 2**30
"""Of the process that reads: an array, its bytes, and the libraries."""
MAX_LINE = 2**26
LIMIT_S = 60.0
"""For an answer, beside the time that its bytes take."""
SLOWEST_BYTES_S = 2e6
KINDS = "fiubS"

Kind: TypeAlias = Literal["group", "array", "link"]


class Hdf5File:
    """An HDF5 file of others, open for questions; use it in a ``with`` statement.

    Args:
        path: The file.

    Raises:
        CorruptFileError: It is no HDF5 file, or whatever else is wrong, here and in every method.
    """

    def __init__(self, path: Path) -> None:
        open_regular(path, MAX_FILE_BYTES).close()
        self._path = path
        self._rest = b""
        self._process = start()
        try:
            self._ask("", {"path": str(path.absolute()), "max_bytes": MAX_BYTES, "max_memory": MAX_MEMORY})
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Hdf5File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process that reads."""
        self._process.kill()
        self._process.communicate()

    def kinds(self, place: str) -> Mapping[str, Kind]:
        """Returns what is in a group, by name."""
        found: Mapping[str, Kind] = self._ask(place, {"ask": "names", "place": place})
        return found

    def attribute(self, place: str, name: str) -> str | float | None:
        """Returns an attribute of a group or an array; None where there is none of this name."""
        found: str | float | None = self._ask(place, {"ask": "attribute", "place": place, "name": name})
        return found

    def array(self, place: str) -> NDArray[Any]:
        """Returns an array of numbers, truth values or texts of fixed length; it is read-only."""
        form = self._ask(place, {"ask": "form", "place": place})
        with reading(self._path, f"an array of numbers at '{one_line(place)}'"):
            dtype, shape, size = np.dtype(form["dtype"]), tuple(map(int, form["shape"])), form["num_bytes"]
            if dtype.kind not in KINDS or math.prod(shape) * dtype.itemsize != size or size > MAX_BYTES:
                raise ValueError("it says one thing of its size and another of its shape")
            limit_s = LIMIT_S + size / SLOWEST_BYTES_S
            found = self._ask(place, {"ask": "array", "place": place}, limit_s)
            if found != size:
                raise ValueError(f"{found} bytes, expected {size}")
            content = self._received(size, time.monotonic() + limit_s)
            array: NDArray[Any] = np.frombuffer(content, dtype).reshape(shape)
        return array

    def _ask(self, place: str, question: Mapping[str, Any], limit_s: float | None = None) -> Any:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is gone, which the lack of an answer shows
        line = self._line(time.monotonic() + (LIMIT_S if limit_s is None else limit_s))
        with reading(self._path, "an answer from the process that reads it"):
            answer = json.loads(line)
            where = f"'{one_line(place)}'" if place else "the file"
            if "refused" in answer:
                raise CorruptFileError(self._path, f"{where} {one_line(answer['refused'])}")
            if "broken" in answer:
                problem = f"not a whole HDF5 file ({where}: {one_line(answer['broken'])})"
                raise CorruptFileError(self._path, problem)
            return answer["found"]

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._rest:
            self._rest += self._chunk(deadline)
            if len(self._rest) > MAX_LINE:
                raise CorruptFileError(self._path, "more names than anybody reads")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _received(self, size: int, deadline: float) -> bytes:
        content = bytearray(self._rest)
        self._rest = b""
        while len(content) < size:
            content += self._chunk(deadline)
        return bytes(content)

    def _chunk(self, deadline: float) -> bytes:
        """Returns what the process says next."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0.0))[0]:
            raise CorruptFileError(self._path, "the HDF5 library comes to no end with it; it is damaged")
        found = os.read(pipe, 2**20)
        if not found:
            code = self._process.wait()
            raise CorruptFileError(self._path, f"the HDF5 library breaks on it (exit code {code})")
        return found


def start() -> subprocess.Popen[bytes]:
    """Returns the process that reads a file, which it is told on its standard input."""
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "ilbench.hdf5_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # A file names the filter that packed it; one that the library lacks it would look for and load.
        env={**os.environ, "HDF5_PLUGIN_PRELOAD": "::"},
    )
