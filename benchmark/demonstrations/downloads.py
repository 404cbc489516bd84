"""Sets of demonstrations that can be fetched by name: declared values, which suites and packages add.

A package declares its own through the entry-point group ``ilbench.downloads``, whose value is an import
string of a `Download` or of a sequence of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilbench.demonstrations.fetching import RemoteFile, Told, fetch, sha256_of
from ilbench.errors import UsageError
from ilbench.home import cache_folder
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.downloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The demonstrations of one task in a download.

    Attributes:
        task: Id of the task.
        format: Name of the format that reads them.
        files: Returns what has to be fetched; called when it is, as it may be a list of hundreds.
        path: What the format is given, below the folder of the download; the folder itself if empty.
    """

    task: str
    format: str
    files: Callable[[], Sequence[RemoteFile]]
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A set of demonstrations at a public address.

    Attributes:
        name: What the command line calls it, such as ``d3il-human``.
        summary: Whose they are and how many, in one sentence.
        parts: One for each data set that it makes.
        license: Of the data, as far as its authors say.
        citation: The paper.
        origin: Where the files come from: a repository and commit, or a page.
    """

    name: str
    summary: str
    parts: tuple[Part, ...]
    license: str
    citation: str
    origin: str

    def chosen(self, task_id: str | None = None) -> tuple[Part, ...]:
        """Returns the parts of one task, or all.

        Raises:
            UsageError: None is of that task.
        """
        parts = tuple(part for part in self.parts if task_id in (None, part.task))
        if not parts:
            there = ", ".join(dict.fromkeys(part.task for part in self.parts))
            raise UsageError(f"{self.name!r} has no demonstrations of {task_id!r}; it has those of {there}")
        return parts


def load_downloads() -> Mapping[str, Download]:
    """Returns the downloads of all installed packages, by name."""
    return by_name(load_plugins(ENTRY_POINTS, Download), "download")


def downloads_folder(download: Download, cache: Path | None = None) -> Path:
    """Returns the folder into which its files are put."""
    return (cache or cache_folder()) / "downloads" / download.name


def fetch_part(
    download: Download,
    part: Part,
    *,
    offline: bool = False,
    cache: Path | None = None,
    progress: Told | None = None,
) -> Path:
    """Returns the path that the part's format reads, once all its files are there and have their checksums.

    Args:
        download: The download.
        part: One of its parts.
        offline: Ask no server: the files have to be there.
        cache: Folder instead of ``$ILBENCH_HOME`` or ``~/.cache/ilbench``.
        progress: Called as ``progress(bytes that are there, bytes in all as far as they are known)``.

    Raises:
        DownloadError: A file is missing, or is not the declared one; the message says what to put where.
        StorageError: The disk refused.
    """
    folder = downloads_folder(download, cache)
    fetch(part.files(), folder, name=download.name, offline=offline, progress=progress)
    return folder / part.path if part.path else folder


def unpinned_checksums(download: Download, part: Part, cache: Path | None = None) -> Mapping[str, str]:
    """Returns the SHA-256 of each fetched file for which none is declared, by its place."""
    folder = downloads_folder(download, cache)
    return {file.place: sha256_of(folder / file.place) for file in part.files() if file.sha256 is None}
