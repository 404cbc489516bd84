"""Runs handed over: a run packed into a bundle, and bundles checked before they stand on a board."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import RunFolderError, StorageError, UsageError

if TYPE_CHECKING:
    from ilbench.leaderboard import Leaderboard
    from ilbench.leaderboard.checking.check import BundleCheck
    from ilbench.leaderboard.checking.problem import Problem
    from ilbench.runs.folder import Run
    from ilbench.runs.given import AnyRun

BUNDLES = Path("bundles")
"""Where bundles go, if no other folder is named."""


def pack(
    run: AnyRun, *, out: str | Path | None = None, submission: str | Path | None = None, weights: bool = False
) -> Path:
    """Returns the folder of a new bundle: a run packed so that others can read, check and review it.

    It is a run folder with its records compressed, the submission's text files, a card, and a manifest of all
    that. The same run gives the same bytes.

    Args:
        run: A run that is whole, or its folder.
        out: The bundle's folder, which must not exist or be empty; one below ``bundles/`` if not given.
        submission: Where the submission's folder is now; needed where the run scored a folder.
        weights: Whether all files of the submission go in, not only text.

    Raises:
        RunFolderError: The run is not whole, or the bundle's folder holds something.
        UsageError: `submission` is needed.
        InvalidSubmissionError: The submission is not the one that was played.
        StorageError: The disk refused.

    Example::

        ilbench.pack("runs/mine-d3il-avoiding-v3-full", submission="mine")
    """
    from ilbench.runs.given import given_run
    from ilbench.storage import remove, unfinished

    loaded = given_run(run)
    _check_whole(loaded)
    folder = BUNDLES / loaded.path.name if out is None else Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunFolderError(f"{folder} is not empty; choose another folder with --out")
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = unfinished(folder)
    try:
        making.mkdir()
        _fill(making, loaded, None if submission is None else Path(submission), weights)
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        remove(making)
    return folder


def check_bundles(
    bundles: Sequence[str | Path], *, board: str | None = None, among: Sequence[str | Path] = ()
) -> tuple[tuple[BundleCheck, ...], Leaderboard | None, Leaderboard | None]:
    """Returns what is wrong with bundles, the board without them, and the board with those that can be read.

    Nothing of a submission is executed.

    Args:
        bundles: Their folders.
        board: The name of the declared board that they are for.
        among: Runs, or folders that hold some, that stand on the board: names, starts and places are compared
            with theirs.

    Raises:
        RunFolderError: A path in `among` does not exist, or none holds a run.
        UnknownNameError: There is no such board.
    """
    from ilbench.contract.board import find_board
    from ilbench.contract.registry import load_registry
    from ilbench.leaderboard.checking.check import check_bundle

    paths = [Path(bundle) for bundle in bundles]
    others = _standing(among, paths)
    wanted = None if board is None else find_board(board)
    tasks = load_registry()
    checks = tuple(
        check_bundle(path, tasks, board=wanted, others=others, further=_of_submission_file(path))
        for path in paths
    )
    added = [check.run for check in checks if check.run is not None]
    return checks, _board(others, board), _board([*others, *added], board)


def _check_whole(run: Run) -> None:
    if run.missing:
        raise RunFolderError(
            f"{run.path} lacks {len(run.missing)} of its episodes; play them with the command that began it, "
            "then pack it"
        )


def _fill(folder: Path, run: Run, submission: Path | None, weights: bool) -> None:
    """Writes a bundle's files; the manifest last, for it holds the digest of each."""
    from ilbench.contract.task import installed_version
    from ilbench.leaderboard.card import make_card, scores_text
    from ilbench.runs.attempts import ATTEMPTS
    from ilbench.runs.attestation import ATTESTATIONS
    from ilbench.runs.bundle import CARD, CODE, MANIFEST, SCORES, Manifest
    from ilbench.runs.digested_json import DIGEST, read_json_object, to_digested_json
    from ilbench.runs.folder import HEADER
    from ilbench.runs.journal import to_line
    from ilbench.runs.journal_file import PACKED, packed
    from ilbench.runs.known import known_tasks
    from ilbench.runs.records_digest import records_digest
    from ilbench.runs.submitted import keep_files

    tasks = known_tasks((run,))
    (folder / HEADER).write_bytes(_header_bytes(run))
    (folder / PACKED).write_bytes(packed("".join(map(to_line, run.records)).encode()))
    (folder / SCORES).write_text(scores_text(run, tasks), encoding="utf-8")
    for name in (ATTEMPTS, ATTESTATIONS):
        if (run.path / name).is_file():
            (folder / name).write_bytes((run.path / name).read_bytes())
    files = _played_files(run, submission)
    keep_files(folder, files)
    left_out = dict(_copy(submission, folder / CODE, files, weights)) if submission else {}
    records = records_digest(run)
    manifest = Manifest(
        ilbench=installed_version("ilbench") or "unknown",
        header=read_json_object(folder / HEADER)[DIGEST],
        records=records.digest,
        num_records=records.num_records,
        files={},
        left_out=left_out,
    )
    (folder / CARD).write_text(make_card(run, tasks, manifest), encoding="utf-8")
    whole = manifest.model_copy(update={"files": dict(_digests(folder))})
    (folder / MANIFEST).write_text(to_digested_json(whole.model_dump(mode="json")), encoding="utf-8")


def _header_bytes(run: Run) -> bytes:
    """Returns the header as it lies on disk: what verifiers say is about these very bytes."""
    from ilbench.runs.digested_json import DIGEST, read_json_object, to_digested_json
    from ilbench.runs.folder import HEADER

    file = run.path / HEADER
    if file.is_file() and DIGEST in read_json_object(file):
        return file.read_bytes()
    return to_digested_json(run.header.model_dump(mode="json")).encode()


def _played_files(run: Run, submission: Path | None) -> dict[str, str]:
    """Returns what each file of the submission was, after checking that it is the one that was played."""
    from ilbench.errors import InvalidSubmissionError
    from ilbench.runner.submissions.loaders import submission_of
    from ilbench.runs.known import known_tasks
    from ilbench.runs.submitted import changes

    info = run.header.submission
    if submission is None:
        if info.kind == "folder":
            raise UsageError(
                f"the run scored the submission folder {info.name!r}, whose code goes into the bundle; say "
                "where it is: --submission PATH"
            )
        return {}
    tasks = known_tasks((run,))
    with submission_of(submission, [tasks[name] for name in run.header.tasks]) as found:
        if found.info.digest != info.digest:
            changed = changes(run.path, found.files) or "which files differ is not known"
            raise InvalidSubmissionError(
                f"{submission} is not what was played ({changed}); restore it, or play it again"
            )
        return dict(found.files)


def _copy(source: Path, target: Path, files: dict[str, str], weights: bool) -> Iterator[tuple[str, str]]:
    """Copies a submission's files, and yields those that are left out, each with what it is."""
    from ilbench.runner.submissions.covered import UncoveredFileError
    from ilbench.runner.submissions.snapshot import CHANGED
    from ilbench.runs.bundle import MAX_TEXT_BYTES, is_code

    for name, what in sorted(files.items()):
        path = source / name
        is_elsewhere = what.startswith("link:") or not path.is_file()  # such as an adapter's own code
        if is_elsewhere or (not weights and path.stat().st_size > MAX_TEXT_BYTES):
            yield name, what
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != what.rpartition(":")[2]:
            raise UncoveredFileError(path, CHANGED)
        if not weights and not is_code(content):
            yield name, what
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
        (target / name).chmod(0o755 if what.startswith("program:") else 0o644)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields the SHA-256 of each file that a manifest names, with its path."""
    from ilbench.runs.attestation import ATTESTATIONS
    from ilbench.runs.bundle import list_files

    for one in list_files(folder):
        if one.name != ATTESTATIONS:
            yield one.name, hashlib.sha256(one.path.read_bytes()).hexdigest()


def _of_submission_file(folder: Path) -> Iterator[Problem]:
    """Yields where a bundle's ``submission.toml`` is none, or says otherwise than the run's header."""
    from ilbench.errors import ILBenchError
    from ilbench.leaderboard.checking.header import read_header
    from ilbench.leaderboard.checking.problem import problem
    from ilbench.runner.submissions.submission import info_of
    from ilbench.runner.submissions.submission_file import FILE, read_submission_file
    from ilbench.runs.bundle import CODE, REMEDY

    header, _ = read_header(folder)
    if header is None or header.submission.kind != "folder":
        return
    file = f"{CODE}/{FILE}"
    try:
        content, _ = read_submission_file(folder / CODE)
    except ILBenchError as error:
        yield problem(file, "", str(error), "the submission's own", REMEDY)
        return
    said, played = info_of(content, header.submission.digest), header.submission
    for name in ("name", "entry", "training_seed", "details"):
        if getattr(said, name) != getattr(played, name):
            yield problem(file, name, getattr(said, name), f"{getattr(played, name)}, as played", REMEDY)


def _standing(among: Sequence[str | Path], bundles: Sequence[Path]) -> list[Run]:
    """Returns the runs of a board, without the bundles themselves; what cannot be read of it is left out."""
    from ilbench.leaderboard.gathering import gather, run_folders

    checked = {path.resolve() for path in bundles}
    found = [folder for path in among for folder in run_folders(Path(path))]
    standing = [folder for folder in found if folder.resolve() not in checked]
    return list(gather(standing)[0].runs) if standing else []


def _board(runs: Sequence[Run], board: str | None) -> Leaderboard | None:
    from ilbench.checks.published import as_published
    from ilbench.errors import EmptyScoreError
    from ilbench.leaderboard.given import build_of_given

    try:
        return build_of_given(list(runs), as_published, board) if runs else None
    except EmptyScoreError:  # no run has a task of the board
        return None
