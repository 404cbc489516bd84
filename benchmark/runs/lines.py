"""A file of lines that is only ever appended to, and loses nothing but a line that was not finished.

A process that is killed while it writes leaves at most one line without an end; `LineFile.open` drops it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from ilbench.errors import StorageError
from ilbench.storage import sync_folder

_BLOCK = 1 << 16


class LineFile:
    """A file of lines, open for appending."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Unbuffered: a buffer would try to write a refused line again when the file is closed.
            self._file = path.open("ab+", buffering=0)
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error.strerror})") from error
        self._size = self._file.seek(0, os.SEEK_END)

    @classmethod
    def open(cls, path: Path) -> LineFile:
        """Returns the file opened for appending, without a last line that was not finished.

        Raises:
            StorageError: The disk refused.
        """
        file = cls(path)
        file._drop_unfinished()
        return file

    def append(self, line: str) -> None:
        """Writes one line, its end included, and hands it to the operating system.

        Raises:
            StorageError: The disk refused it, and the file is left as it was before the call; or the file is
                no longer where it was.
        """
        data = line.encode()
        rest = memoryview(data)
        try:
            self._check_place()
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            os.ftruncate(self._file.fileno(), self._size)
            raise StorageError(
                f"cannot write to {self.path}: {error.strerror}; the {self._size} bytes written so far are "
                "intact: make room and run the same command again to resume"
            ) from error
        self._size += len(data)

    def close(self) -> None:
        """Closes the file, once all of it is on the disk.

        Raises:
            StorageError: The disk refused.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written ({error.strerror})") from error
        finally:
            self._file.close()
        sync_folder(self.path.parent)

    def _check_place(self) -> None:
        """Checks that what is written is still in the folder: Linux would write on into a deleted file."""
        try:
            is_same = os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            is_same = False
        if not is_same:
            raise StorageError(
                f"{self.path} was moved or deleted while the run went on; move it back and run the same "
                "command again to resume, or run it again to begin anew"
            )

    def _drop_unfinished(self) -> None:
        end = self._size
        while end:
            start = max(0, end - _BLOCK)
            self._file.seek(start)
            found = self._file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end < self._size:
            os.ftruncate(self._file.fileno(), end)
            self._size = end

    def __enter__(self) -> LineFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            self.close()
