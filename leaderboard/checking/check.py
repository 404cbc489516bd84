"""The check of a bundle as a whole: all its problems, and its run where nothing keeps it from being read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilbench.contract.board import Board
from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError, ILBenchError
from ilbench.leaderboard.checking.files import LIMITS, check_kinds, check_listed, check_submission
from ilbench.leaderboard.checking.header import check_header, read_header
from ilbench.leaderboard.checking.made import check_made
from ilbench.leaderboard.checking.problem import Problem, problem, shortened
from ilbench.leaderboard.checking.records import check_records
from ilbench.runs.attestation import ATTESTATIONS, load_attestations
from ilbench.runs.bundle import CARD, MANIFEST, REMEDY, SCORES, Listed, Manifest, list_files, read_manifest
from ilbench.runs.folder import HEADER, Run, RunHeader, load_run
from ilbench.runs.run_like import RunLike
from ilbench.runs.submitted import kept_files


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """What a check found.

    Attributes:
        path: The bundle.
        problems: All that is wrong, those of one file and field shortened.
        run: The run, where it can be read.
    """

    path: Path
    problems: tuple[Problem, ...]
    run: Run | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_bundle(
    folder: Path,
    tasks: Mapping[str, Task],
    *,
    board: Board | None = None,
    others: Sequence[RunLike] = (),
    further: Iterable[Problem] = (),
) -> BundleCheck:
    """Returns all that is wrong with a bundle; nothing of the submission is executed.

    Args:
        folder: The bundle.
        tasks: The tasks that are known here, by id.
        board: The board it is for; None for any.
        others: The runs that stand on the board.
        further: Problems that the caller found.
    """
    if not folder.is_dir():
        missing = problem(folder.name, "", "no folder", "a bundle's folder", "name the folder of a bundle")
        return BundleCheck(path=folder, problems=(missing,), run=None)
    problems = [*further]
    manifest, found = _listed(folder, problems)
    header, of_header = read_header(folder)
    problems += of_header
    if header is not None:
        problems += _of_run(folder, header, tasks, board, others)
        problems += _names(header, others)
        if manifest is not None and header.submission.kind == "folder":
            problems += check_submission(header.submission.digest, kept_files(folder), manifest, found)
    run = _run(folder, problems)
    problems += _attested(run) if run is not None else ()
    if run is not None and manifest is not None and all(task in tasks for task in run.header.tasks):
        problems += check_made(run, manifest, tasks) if _has_files(found) else ()
    return BundleCheck(path=folder, problems=tuple(shortened(problems)), run=run)


def _has_files(found: Mapping[str, Listed]) -> bool:
    """Returns whether what follows from the records can be read: a pipe would wait for somebody to write."""
    sizes = [found[name].size if name in found else None for name in (CARD, SCORES)]
    return all(size is not None and size <= LIMITS[SCORES] for size in sizes)


def _listed(folder: Path, problems: list[Problem]) -> tuple[Manifest | None, dict[str, Listed]]:
    """Returns the manifest and what lies in a bundle; what is wrong with either goes to `problems`."""
    try:
        found = {one.name: one for one in list_files(folder)}
    except CorruptFileError as error:
        problems.append(problem(folder.name, "", str(error), "a bundle", REMEDY))
        return None, {}
    problems += check_kinds(found)
    try:
        manifest = read_manifest(folder)
    except CorruptFileError as error:
        problems.append(problem(MANIFEST, "", str(error), "the manifest as it was written", REMEDY))
        return None, found
    problems += check_listed(manifest, found)
    return manifest, found


def _of_run(
    folder: Path,
    header: RunHeader,
    tasks: Mapping[str, Task],
    board: Board | None,
    others: Sequence[RunLike],
) -> Iterator[Problem]:
    yield from check_header(header, tasks, board)
    try:
        yield from check_records(folder, header, tasks, others)
    except CorruptFileError as error:
        yield problem("journal", "", str(error), "one packed journal", REMEDY)


def _names(header: RunHeader, others: Sequence[RunLike]) -> Iterator[Problem]:
    """Yields whose name this is already: a name that looks like that of other authors' submission."""
    look, authors = _look(header.submission.name), header.submission.details.get("authors", "")
    for run in others:
        sub = run.header.submission
        if _look(sub.name) == look and sub.details.get("authors", "") != authors:
            whose = sub.details.get("authors") or "others"
            remedy = "choose another name in submission.toml, and play it again"
            yield problem(HEADER, "submission.name", sub.name, f"a name that is not {whose}'s", remedy)
            return


def _look(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _attested(run: Run) -> Iterator[Problem]:
    """Yields why what verifiers said of a run cannot be read; a refutation would be lost in it."""
    try:
        load_attestations(run)
    except CorruptFileError as error:
        remedy = "have it as the verifiers wrote it; who handed in the run may also leave it out"
        yield problem(ATTESTATIONS, "", str(error), "what verifiers wrote", remedy)


def _run(folder: Path, problems: list[Problem]) -> Run | None:
    """Returns the run as everybody else reads it; that it cannot be read is a problem, if none was found."""
    try:
        return load_run(folder)
    except ILBenchError as error:
        if not problems:
            problems.append(problem(folder.name, "", str(error), "a run", REMEDY))
        return None
