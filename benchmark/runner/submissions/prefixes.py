"""Texts such as ``sb3:model.zip``: weights of another library, played without a folder or a line of code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ilbench.contract.limits import Limits
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError, UsageError
from ilbench.plain_text import one_line
from ilbench.runner.hosts.sandboxes.choice import check_sandboxed, choose_sandbox
from ilbench.runner.submissions.adapted import adapted
from ilbench.runner.submissions.adapters import Adapter, find_adapter, load_adapters
from ilbench.runner.submissions.interpreters import packages_of
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.runner.submissions.placement import ANYWHERE, Placement
from ilbench.runner.submissions.snapshot import take_snapshot
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.submission_info import SubmissionInfo
from ilbench.runs.submitted import files_digest
from ilbench.scratch import scratch_folder


def has_prefix(text: str) -> bool:
    """Returns whether a text begins with the name of an adapter and a colon."""
    name, colon, _ = text.partition(":")
    return bool(colon) and name in load_adapters()


@contextmanager
def load_weights(
    text: str,
    tasks: Sequence[Task],
    placement: Placement = ANYWHERE,
) -> Iterator[Submission]:
    """Yields what ``PREFIX:WEIGHTS`` names as a submission; it runs in a process of its own.

    Workers load a copy of the weights. The digest covers them and the adapter's own code, not the library,
    whose version stands in the header. Its name is that of the file, without the ending.

    Args:
        text: The adapter's name, a colon, and the path of a file or folder.
        tasks: What is played.
        placement: Instead of a process of its own; inline this interpreter needs the library. To load the
            files of some libraries is to run their code, for which there is the sandbox.

    Raises:
        InvalidSubmissionError: There is no such file, or the interpreter does not have the library.
        UsageError: An interpreter was named for a policy that runs inline.
        SandboxError: The wanted sandbox does not work here, or was asked for of a policy that runs inline.
    """
    prefix, _, named = text.partition(":")
    adapter = find_adapter(prefix)
    python, place, sandbox = placement.python, placement.place, choose_sandbox(placement.sandbox)
    if python is not None and place == "inline":
        raise UsageError(
            "an inline policy runs in the workers' own interpreter; leave out --python or --place"
        )
    limits = Limits()
    check_sandboxed(one_line(text), sandbox, place, limits, placement.memory_gib)
    # Not resolved: the link in a virtual environment is what makes it one.
    own = None if python is None else str(Path(python).absolute())
    packages = {} if own is None else packages_of(own, "option --python", sandbox)
    adapter.check_library(packages if own else None, own or sys.executable)
    with scratch_folder() as scratch:
        weights = _linked(adapter, text, Path(named), scratch / "linked")
        snapshot = take_snapshot(weights.parent, scratch / "copy")
        spec = PolicySpec(
            search_path=(str(snapshot.folder),),
            place=place or "process",
            python=own,
            arithmetic=None if own is None else "native",
            sandbox=sandbox,
            limits=limits,
        )
        files = {**snapshot.files, **adapter.sources()}
        yield Submission(
            info=SubmissionInfo(
                name=one_line(weights.stem or weights.name),
                kind="weights",
                entry=one_line(text),
                digest=files_digest(files),
                details={"adapter": adapter.name},
            ),
            policies=adapted(adapter, snapshot.folder / weights.name, MappingTable(), spec, tasks),
            packages=packages,
            files=files,
        )


def _linked(adapter: Adapter, text: str, path: Path, folder: Path) -> Path:
    """Returns a link to the weights, in a folder that holds nothing else but what belongs to them."""
    if not path.exists():
        raise InvalidSubmissionError(
            f"{one_line(text)}: expected a file or a folder behind {adapter.name}:, as in {adapter.example}; "
            f"found nothing at {one_line(str(path.absolute()))}"
        )
    source = path.resolve()
    folder.mkdir()
    for name in (source.name, *(source.name + ending for ending in adapter.beside)):
        if source.with_name(name).exists():
            (folder / name).symlink_to(source.with_name(name))
    return folder / source.name
