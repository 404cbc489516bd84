"""A submission of a few files, a run of it on a real task that nobody had to play, and its bundle."""

import hashlib
import json
from dataclasses import replace

from ilbench.contract.board import Board
from ilbench.contract.registry import find_task, load_registry
from ilbench.contract.task import installed_version
from ilbench.front.bundling import pack
from ilbench.leaderboard.checking.check import check_bundle
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runs.bundle import MANIFEST
from ilbench.runs.digested_json import to_digested_json
from ilbench.runs.folder import Run, RunHeader, create_run, load_run, seal
from ilbench.runs.identity import PROTOCOL, policy_seed
from ilbench.runs.journal import to_line
from ilbench.runs.journal_file import PACKED, packed
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import expand, make_plan
from ilbench.runs.submitted import keep_files
from ilbench.testing.records import make_record

TASK = "d3il/avoiding-v3"
BOARD = Board(name="small", summary="One task.", tasks=(TASK,), preset="smoke")
TOML = """
name = "straight ahead"
entry = "policy:act"
authors = ["A. Uthor", "B. Uthor"]
license = "MIT"
observation = "state"
training_data = "none"
code = "https://example.org/straight"
"""


def write_submission(folder, toml=TOML):
    """Writes a submission of two text files and one of weights, and returns its folder."""
    folder.mkdir(parents=True)
    (folder / "policy.py").write_text("def act(observation):\n    return [0.0, 0.01]\n")
    (folder / "submission.toml").write_text(toml)
    (folder / "weights.bin").write_bytes(b"\0\1\2" * 10)
    return folder


def made_run(folder, submission, **changes):
    """Returns a run of the smoke preset, written to `folder`, in which every other episode succeeds."""
    task = find_task(TASK)
    with submission_of(submission, [task]) as found:
        info, files = found.info, found.files
    header = RunHeader(
        protocol=PROTOCOL,
        nonce=PUBLISHED_NONCE,
        width=8,
        submission=info,
        preset="smoke",
        plan=make_plan([task], preset="smoke"),
        tasks={TASK: task.spec_digest()},
        packages={name: installed_version(name) for name in task.packages},
        machine={},
        created="2026-01-01T00:00:00+00:00",
    ).model_copy(update=changes)
    records = [
        make_record(
            **one._asdict(),
            policy_seed=policy_seed(one, header.protocol, header.nonce),
            success=place % 2 == 0,
            length=3 if place % 2 == 0 else task.horizon,
            mode=None if place % 2 else place % 3,
        )
        for place, one in enumerate(expand(header.plan))
    ]
    return written(Run(path=folder, header=header, records=tuple(records)), files)


def written(run, files=None):
    """Returns a run after writing it to its folder, every digest in it made anew."""
    create_run(run.path, run.header)
    keep_files(run.path, files or {})
    seal(run)
    return load_run(run.path)


def made_bundle(folder, toml=TOML, **changes):
    """Returns the bundle of such a run."""
    submission = write_submission(folder / "mine", toml)
    run = made_run(folder / "run", submission, **changes)
    return pack(run, out=folder / "bundle", submission=submission)


def repacked(bundle, folder, *, header=None, records=None):
    """Returns what a cheat hands in: the bundle with other content, all digests recomputed."""
    run = load_run(bundle)
    changed = replace(
        run,
        path=folder / "run",
        header=run.header.model_copy(update=header or {}),
        records=run.records if records is None else tuple(records),
    )
    files = json.loads((bundle / "submission.json").read_text())
    return pack(written(changed, files), out=folder / "bundle", submission=bundle.parent / "mine")


def problems_of(bundle, **settings):
    """Returns the problems of a bundle on the small board, as lines."""
    check = check_bundle(bundle, load_registry(), board=BOARD, **settings)
    return [str(problem) for problem in check.problems]


def rewrite(folder, records):
    """Writes other records into a bundle, their digests and those of the manifest made anew."""
    (folder / PACKED).write_bytes(packed("".join(map(to_line, records)).encode()))
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["digest"]
    manifest["files"][PACKED] = hashlib.sha256((folder / PACKED).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(to_digested_json(manifest))
