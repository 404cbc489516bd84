"""Made-up tasks, records and runs that several test modules score."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.registry import Registry, load_registry
from ilbench.contract.task import PRESETS, Preset, Split, Task
from ilbench.runs.folder import Run, RunHeader
from ilbench.runs.identity import PROTOCOL
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import Block
from ilbench.runs.submission_info import SubmissionInfo
from ilbench.testing.records import TASK_ID, make_record

REACH = TASK_ID
A, B, C = "toy/avoid-v1", REACH, "maze/solve-v1"
N = 20
EVIL = '<script>alert("x")</script>|\\_$%&#{}~^`*[a](http://b)\n\x1b[31m\u202e=1+1'
NOISE = {at: f"shift/noise-{at}" for at in (1, 2, 4)}


def record(context, success=True, *, repeat=0, **fields):
    """Returns the record of a test episode of `REACH`, unless `fields` say otherwise."""
    own = {"repeat": repeat, "episode_return": float(bool(success))}
    return make_record(context, bool(success), **(own | fields))


def played(outcomes, **fields):
    """Returns a record for each outcome, each on a context of its own."""
    return [record(context, success, **fields) for context, success in enumerate(outcomes)]


def outcomes(num_successes, num_episodes, **fields):
    """Returns so many records, the first of which are successes."""
    return played([i < num_successes for i in range(num_episodes)], **fields)


def shown(modes, repeats=1, **fields):
    """Returns successes that show these modes, `repeats` in turn on each context."""
    return [record(i // repeats, repeat=i % repeats, mode=mode, **fields) for i, mode in enumerate(modes)]


def paired(both, only_first, only_second, neither):
    """Returns outcomes of two sides with that many episodes of each kind."""
    first = [1] * (both + only_first) + [0] * (only_second + neither)
    return first, [1] * both + [0] * only_first + [1] * only_second + [0] * neither


def make_task(task_id=REACH, num_modes=0, num_contexts=N, **changes):
    """Returns a task that cannot be played, with a shift of its own and none that is graded."""
    task = Task(
        id=task_id,
        summary=f"The task {task_id}.",
        env="toy:Env",
        packages=(),
        extra="all",
        horizon=10,
        success_rule="ever",
        observation=(Field(name="state", shape=(2,)),),
        action=ActionField(shape=(2,), low=-1, high=1),
        data="ilbench:no-such-folder",
        make_contexts="toy:contexts",
        splits=tuple(
            Split(name=name, num_contexts=num_contexts, description="")
            for name in ("train", "test", "shift/far")
        ),
        presets={preset: Preset(num_contexts=num_contexts if preset == "full" else 5) for preset in PRESETS},
        source="",
        license="MIT",
        modes=tuple(map(str, range(num_modes))),
    )
    return replace(task, **changes)


def reach_task(**changes):
    """Returns `REACH` with 50 contexts a split and two modes."""
    return make_task(num_contexts=50, **{"modes": ("left", "right"), **changes})


def graded_task():
    """Returns `REACH` without modes, with a graded shift of three severities on the contexts of ``test``."""
    task = make_task(num_contexts=50)
    graded = (
        Split(name=name, num_contexts=50, description="", severity=at, of="test")
        for at, name in NOISE.items()
    )
    return replace(task, splits=(*task.splits, *graded))


REGISTRY = Registry([make_task(A, 4), make_task(B), make_task(C)])


def make_run(
    name,
    successes,
    *,
    splits=("train", "test"),
    seed=None,
    preset="full",
    protocol=PROTOCOL,
    spec=None,
    **submission,
):
    """Returns a real run in which `successes[task]` of the test and all train episodes succeed."""
    known = REGISTRY if set(successes) <= set(REGISTRY) else load_registry()
    size = N if preset == "full" else 5
    blocks = [(task, split) for task in successes for split in splits]
    info = {"kind": "baseline", "entry": name, "digest": f"{seed}" * 4, **submission}
    header = RunHeader(
        protocol=protocol,
        nonce=PUBLISHED_NONCE,
        width=DEFAULT_WIDTH,
        submission=SubmissionInfo(name=name, training_seed=seed, **info),
        preset=preset,
        plan=tuple(Block(task=t, split=s, num_contexts=size, num_repeats=1) for t, s in blocks),
        tasks={task: spec or known[task].spec_digest() for task in successes},
        packages={},
        machine={},
        created="2000-01-01T00:00:00Z",
    )
    records = [
        record(
            context,
            split == "train" or context < successes[task],
            task=task,
            split=split,
            mode=context % 3 if known[task].modes else None,
        )
        for task, split in blocks
        for context in range(size)
    ]
    return Run(path=Path(f"runs/{name}-{seed}"), header=header, records=tuple(records))


def board_runs():
    """Returns runs of every kind of row: two seeds, a reference, an unranked one, a name full of markup."""
    return [
        make_run("good", {A: 18, B: 20, C: 10}, seed=0),
        make_run("good", {A: 12, B: 20, C: 10}, seed=1),
        make_run("fair", {A: 10, B: 10, C: 10}),
        make_run("oracle", {A: 20, B: 20, C: 20}, privileged=True),
        make_run("hasty", {A: 5, B: 5, C: 5}, preset="smoke"),
        make_run("none", {A: 0, B: 0, C: 0}),
        make_run(EVIL, {A: 3, B: 3, C: 3}, kind="folder"),
    ]


def install(folder, group, source):
    """Installs a package of one file into `folder`, which must be on the path, and returns its lines.

    Its value of the group ``ilbench.<group>`` is called ``VALUE``. An earlier test's package is forgotten.
    """
    sys.modules.pop("lab", None)
    importlib.invalidate_caches()
    files = {
        "lab.py": source,
        "lab-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n",
        "lab-1.0.dist-info/entry_points.txt": f"[ilbench.{group}]\nlab = lab:VALUE\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return len([line for line in source.splitlines() if line.strip()])


def row_of(board, name):
    """Returns the row of a submission."""
    return next(row for row in board.rows if row.name == name)
