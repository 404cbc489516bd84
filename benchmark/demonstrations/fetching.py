"""Files from public addresses: each whole and with the checksum that was declared, or not there at all.

What an interrupted download has got is kept beside its place, under a name that no reader looks for, and the
next one goes on from there where the server allows it. Only a file whose checksum is right gets its name.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from ilbench.errors import ILBenchError, StorageError
from ilbench.plain_text import one_line
from ilbench.reading import open_regular
from ilbench.storage import UNFINISHED, remove

if TYPE_CHECKING:
    import requests

TRIES = 4
"""How often a file is asked for before the network counts as broken; each goes on from the last."""
PAUSE_S = 1.0
"""Before the second try; each further pause is longer by as much."""
TIMEOUT_S = (10.0, 60.0)
"""To connect, and between two blocks."""
BLOCK_BYTES = 1 << 16
MAX_BYTES = 2**40
MAX_NAMED = 3
"""Files that a message names, with address and place."""
SERVER_ERROR = 500
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416

Told: TypeAlias = Callable[[int, int], None]
"""Called as ``progress(bytes that are there, bytes in all as far as they are known)``."""


class DownloadError(ILBenchError):
    """Files that could not be fetched: says which, why, and where to put them by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file at a public address.

    Attributes:
        url: Where it is; with a commit in it where there is one, so that it is always the same file.
        place: Where it is put, below the folder of its download, such as ``avoiding/data/env_000_00.pkl``.
        sha256: Of its content, 64 hexadecimal digits; None where nobody could look at it beforehand: then
            it is taken as it comes, begun anew after an interruption, and what came is said.
        size: Its length in bytes; None where it is not known.
    """

    url: str
    place: str
    sha256: str | None
    size: int | None = None

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.place).parts
        if not parts or ".." in parts or parts[0] == "/":
            raise ValueError(f"{self.place!r}: expected a place below the folder of the download")


def fetch(
    files: Sequence[RemoteFile],
    folder: Path,
    *,
    name: str,
    offline: bool = False,
    progress: Told | None = None,
) -> None:
    """Brings files into a folder; those that are there already, with the right checksum, are left alone.

    A second process that wants the same folder waits until the first one is through.

    Args:
        files: What is wanted.
        folder: Where to put it.
        name: Of the download, for messages.
        offline: Ask no server: everything has to be there.
        progress: See `Told`.

    Raises:
        DownloadError: Something is missing, or is not what was declared; the message says what to put where.
        StorageError: The disk refused; what was fetched so far is kept for the next attempt.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            missing = [file for file in files if not _is_there(file, folder)]
            if missing and offline:
                raise DownloadError(_by_hand(missing, files, folder, name, "--offline asks for no server"))
            if missing:
                _Fetch(files, missing, folder, name, progress).run()
    except OSError as error:
        raise _storage_error(folder, error) from error


def sha256_of(path: Path) -> str:
    """Returns the checksum of a file, 64 hexadecimal digits."""
    with open_regular(path, MAX_BYTES) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Fetch:
    """One attempt to fetch what is missing, file by file over one connection."""

    def __init__(
        self,
        files: Sequence[RemoteFile],
        missing: Sequence[RemoteFile],
        folder: Path,
        name: str,
        progress: Told | None,
    ) -> None:
        self._files, self._missing, self._folder, self._name = files, missing, folder, name
        self._progress = progress or (lambda done, total: None)
        self._total = sum(file.size or 0 for file in files)
        self._done = self._total - sum(file.size or 0 for file in missing)
        self._staging = folder / f"{UNFINISHED}download"

    def run(self) -> None:
        """Fetches all, and then clears away what is not needed any more."""
        import requests

        self._staging.mkdir(exist_ok=True)
        self._check_room()
        with requests.Session() as session:
            for number, file in enumerate(self._missing):
                try:
                    self._one(session, file)
                except requests.RequestException as error:
                    why = one_line(f"{file.url} gives {_told(error)}", 400)
                    raise DownloadError(
                        _by_hand(self._missing[number:], self._files, self._folder, self._name, why)
                    ) from error
        remove(self._staging)

    def _check_room(self) -> None:
        there = sum(path.stat().st_size for path in self._staging.iterdir())
        needed = self._total - self._done - there
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise StorageError(
                f"{self._folder}: {needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB free; make room, "
                "or set ILBENCH_HOME to a folder on a larger disk"
            )

    def _one(self, session: requests.Session, file: RemoteFile) -> None:
        """Fetches a file, has pooch compare its checksum, and gives it its name."""
        import pooch

        pooch.get_logger().setLevel(logging.ERROR)  # what it says of a download is said here
        place = self._folder / file.place
        key = hashlib.sha256(file.place.encode()).hexdigest()[:16]
        coming = _Resuming(session, self._staging / f"{key}.part", file, self._count)
        known = None if file.sha256 is None else f"sha256:{file.sha256}"
        try:
            got = pooch.retrieve(file.url, known, fname=key, path=self._staging, downloader=coming)
        except ValueError as error:  # how pooch says that the checksum is another one
            raise DownloadError(
                f"{file.url}: not the file that was declared, whose SHA-256 is {file.sha256}: either what is "
                f"there has changed or it was damaged on its way. Nothing of it was kept; a copy with that "
                f"checksum can be put at {place}"
            ) from error
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(got).replace(place)

    def _count(self, num_bytes: int) -> None:
        self._done += num_bytes
        self._progress(self._done, max(self._total, self._done))


class _Resuming:
    """A downloader for pooch which goes on where an earlier one was interrupted.

    Args:
        session: The connection.
        partial: Where what has come so far is kept, by this process or an earlier one.
        file: What is wanted.
        count: Told the number of bytes of each block; negative where some are thrown away.
    """

    def __init__(
        self, session: requests.Session, partial: Path, file: RemoteFile, count: Callable[[int], None]
    ) -> None:
        self._session, self._partial, self._file, self._count = session, partial, file, count
        if file.sha256 is None:  # nobody would notice if the second half were of another file
            partial.unlink(missing_ok=True)

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Fetches what is missing, and hands the whole over."""
        import requests

        self._count(self._there())
        for attempt in range(1, TRIES + 1):
            try:
                self._go_on(url)
                break
            except requests.RequestException as error:
                answer = error.response
                is_final = answer is not None and answer.status_code < SERVER_ERROR
                if attempt == TRIES or is_final:
                    raise
                time.sleep(PAUSE_S * attempt)
        self._partial.replace(output_file)

    def _there(self) -> int:
        return self._partial.stat().st_size if self._partial.exists() else 0

    def _go_on(self, url: str) -> None:
        import requests

        there, size = self._there(), self._file.size
        if size is not None and there == size:
            return
        asked = {"Accept-Encoding": "identity", **({"Range": f"bytes={there}-"} if there else {})}
        with self._session.get(url, headers=asked, stream=True, timeout=TIMEOUT_S) as answer:
            if answer.status_code == RANGE_NOT_SATISFIABLE:  # what is there is longer than what is offered
                self._throw_away()
                raise requests.ConnectionError("no such range; begun anew")
            answer.raise_for_status()
            if not _continues(answer, there):
                self._throw_away()
            with self._partial.open("ab") as partial:
                for block in answer.iter_content(BLOCK_BYTES):
                    partial.write(block)
                    self._count(len(block))
                    if size is not None and partial.tell() > size:
                        break
        found = self._there()
        if size is not None and found > size:
            self._throw_away()
            raise DownloadError(
                f"{url}: more than the {size} bytes that were declared; nothing of it was kept"
            )
        if size is not None and found < size:
            raise requests.ConnectionError(f"only {found} of {size} bytes")

    def _throw_away(self) -> None:
        self._count(-self._there())
        self._partial.unlink(missing_ok=True)


def _continues(answer: requests.Response, there: int) -> bool:
    """Returns whether a server sends what comes after the first `there` bytes, and not the whole again."""
    said = answer.headers.get("Content-Range", "")
    return bool(answer.status_code == PARTIAL_CONTENT and said.startswith(f"bytes {there}-"))


def _is_there(file: RemoteFile, folder: Path) -> bool:
    place = folder / file.place
    return place.is_file() and (file.sha256 is None or sha256_of(place) == file.sha256)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder; the system lets go of it whenever the process ends."""
    with (folder / f"{UNFINISHED}lock").open("ab") as lock:
        with suppress(OSError):  # a file system without locks: as good as it can be
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _by_hand(
    missing: Sequence[RemoteFile], files: Sequence[RemoteFile], folder: Path, name: str, why: str
) -> str:
    """Returns what to do where no server can be asked."""
    each = "; ".join(
        f"{file.url} as {folder / file.place}"
        + (" (what is there has another checksum)" if (folder / file.place).exists() else "")
        for file in missing[:MAX_NAMED]
    )
    more = f"; and {len(missing) - MAX_NAMED} more" if len(missing) > MAX_NAMED else ""
    return (
        f"{len(missing)} of the {len(files)} files of {name!r} are missing and {why}. Run the command again "
        f"where there is a network, which goes on from here, or put {each}{more}. All addresses, places "
        f"and checksums: ilbench demos download {name} --list"
    )


def _told(error: requests.RequestException) -> str:
    """Returns what went wrong with a server, in a few words."""
    answer = error.response
    if answer is not None:
        return f"status {answer.status_code}"
    kind = type(error).__name__
    return f"no whole answer ({kind}: {error})"


def _storage_error(folder: Path, error: OSError) -> StorageError:
    place = error.filename or folder
    return StorageError(
        f"{place}: cannot be written ({os.strerror(error.errno) if error.errno else error}); make room, or "
        "set ILBENCH_HOME to a folder on a larger disk, and run the same command again: it goes on from here"
    )
