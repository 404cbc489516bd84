"""What a declaration promises, and the files that a task ships: no simulator is needed to look at them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from ilbench.contract.ledger import find_ledger, ledger_place, load_ledger
from ilbench.digest import json_digest
from ilbench.importing import load_object
from ilbench.testing.contract import Check, Finding, differing
from ilbench.testing.task_subject import TaskSubject

WEAK = 0.9
ENOUGH_EPISODES = 50
"""Below this many episodes the weakness of an expert need not be said: tasks with images measure few, and
their twin without images has the rest."""
WEAKNESS = "below 90 %"
EVALUATION_ONLY = "evaluation only"


def components_are_complete(subject: TaskSubject) -> Iterator[Finding]:
    """Where the entries of a vector have names, all have."""
    for f in subject.task.observation:
        size = int(np.prod(f.shape))
        if f.components and f.dtype != "int64" and len(f.components) != size:
            yield Finding(f"{f.name}: {len(f.components)} components", f"{size}, one an entry")


def splits_are_on_file(subject: TaskSubject) -> Iterator[Finding]:
    """Every split has as many contexts as it declares."""
    for split in subject.task.splits:
        found = len(subject.task.contexts(split.name))
        yield from differing(
            f"{found} contexts of {split.name}", f"{split.num_contexts} contexts of {split.name}"
        )


def held_out(subject: TaskSubject) -> Iterator[Finding]:
    """No context of train is in test; with one single start, what is held out is the policy's seed."""
    train, test = (
        {json_digest(context) for context in subject.task.contexts(name)} for name in ("train", "test")
    )
    if train & test and not (train == test and len(train) == 1):
        yield Finding(f"{len(train & test)} contexts of test that are in train", "none")


def no_repetition(subject: TaskSubject) -> Iterator[Finding]:
    """No split has a context twice."""
    for name in subject.task.split_names:
        contexts = [json_digest(context) for context in subject.task.contexts(name)]
        if len(set(contexts)) < len(contexts):
            yield Finding(f"{len(contexts) - len(set(contexts))} repeated contexts in {name}", "none")


def generator_makes_them(subject: TaskSubject) -> Iterator[Finding]:
    """The generator makes the contexts that are on file, bit for bit."""
    task = subject.task
    made = json.loads(json.dumps(load_object(task.make_contexts)()))
    for split in task.splits:
        if split.of is None and made.get(split.name) != list(task.contexts(split.name)):
            yield Finding(f"other contexts of {split.name} from {task.make_contexts}", "those on file")


def evaluation_only_is_said(subject: TaskSubject) -> Iterator[Finding]:
    """A task has an expert and demonstrations, or neither, and then says so."""
    task = subject.task
    if (task.expert is None) != (task.demonstrations is None):
        yield Finding("one of expert and demonstrations", "both or neither")
    if task.expert is None and EVALUATION_ONLY not in task.summary.lower():
        yield Finding(
            f"summary {task.summary!r}", f"one that says {EVALUATION_ONLY!r}, for there is no expert"
        )


def source_and_measurements(subject: TaskSubject) -> Iterator[Finding]:
    """A task says where it comes from and what its references reached."""
    task = subject.task
    if not task.source or not task.license:
        yield Finding("no source or no license", "both")
    expected = ["random"] if task.expert is None else ["expert", "random"]
    yield from differing(f"references {sorted(task.references())}", f"references {expected}")
    if bool(task.demonstrations_checksum()) != (task.expert is not None):
        yield Finding(
            f"demonstrations' checksum {task.demonstrations_checksum()}", "one where there is an expert"
        )


def expert_beats_chance(subject: TaskSubject) -> Iterator[Finding]:
    """The expert is better than random actions, and where it is weak the source says so."""
    expert, random = (subject.task.references()[name] for name in ("expert", "random"))
    if expert.mean_return <= random.mean_return:
        yield Finding(f"expert's return {expert.mean_return:g}", f"above random's {random.mean_return:g}")
    is_weak = expert.num_episodes >= ENOUGH_EPISODES and expert.success_rate < WEAK
    if is_weak and WEAKNESS not in subject.task.source:
        yield Finding(
            f"an expert with success {expert.success_rate:.2f}", f"{WEAKNESS!r} in the task's source"
        )


def spec_is_in_the_ledger(subject: TaskSubject) -> Iterator[Finding]:
    """The spec digest is the one in the ledger: it may change only together with the version."""
    task = subject.task
    if find_ledger(task.data) is None:
        yield Finding("no ledger of spec digests", f"{ledger_place(task)}")
    else:
        yield from differing(f"digest {load_ledger(task.data).get(task.id)}", f"digest {task.spec_digest()}")


def _without_expert(subject: TaskSubject) -> str | None:
    return "evaluation only" if subject.task.expert is None else None


DECLARATION_CHECKS: tuple[Check[TaskSubject], ...] = (
    Check(
        name="components name every entry of a vector",
        look=components_are_complete,
        remedy="name them all in Field.components, or none",
        simulates=False,
    ),
    Check(
        name="the declared splits are the contexts on file",
        look=splits_are_on_file,
        remedy="write them anew: ilbench author contexts TASK",
        simulates=False,
    ),
    Check(
        name="held-out contexts are not in train",
        look=held_out,
        remedy="draw test from other seeds, or leave out what train has",
        simulates=False,
    ),
    Check(
        name="no split repeats a context",
        look=no_repetition,
        remedy="leave repeated contexts out of what make_contexts returns",
        simulates=False,
    ),
    Check(
        name="contexts on file are what the generator makes",
        look=generator_makes_them,
        remedy="bump the task's version and write them anew: ilbench author contexts TASK",
    ),
    Check(
        name="a task without an expert says so and has no demonstrations of its own",
        look=evaluation_only_is_said,
        remedy="declare both, or neither and say 'evaluation only' in the summary",
        simulates=False,
    ),
    Check(
        name="a task says where it comes from and what it measured",
        look=source_and_measurements,
        remedy="fill in the declaration, and measure: ilbench author references TASK",
        simulates=False,
    ),
    Check(
        name="the expert beats chance and its weakness is said",
        look=expert_beats_chance,
        remedy="measure again (ilbench author references TASK), mend the expert, or say it in the source",
        pardon=_without_expert,
        simulates=False,
    ),
    Check(
        name="a changed spec has a new version",
        look=spec_is_in_the_ledger,
        remedy="bump the task's version, then: ilbench author digest TASK",
        simulates=False,
    ),
)
