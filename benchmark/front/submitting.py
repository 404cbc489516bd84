"""For those who submit a policy: the folder that it is submitted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from ilbench.contract.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubmission:
    """What was written.

    Attributes:
        folder: The folder.
        files: Names of what is in it.
        built_by: What made its environment; empty where none was asked for.
        tried: Id of the task of which it has played a step; empty where none was named, or it could not.
        problem: Why it could not.
    """

    folder: Path
    files: tuple[str, ...]
    built_by: str = ""
    tried: str = ""
    problem: str = ""


def new_submission(
    folder: str | Path,
    *,
    library: str = "",
    weights: str | Path | None = None,
    task: Task | str | None = None,
    python: str | Path | None = None,
    build: bool = False,
    authors: Sequence[str] = (),
    license: str = "",
    training_data: str = "",
    code: str = "",
) -> NewSubmission:
    """Returns what was written of a new submission: ``submission.toml``, and weights or a policy to fill in.

    Args:
        folder: Does not exist yet, or is empty.
        library: Name of the adapter whose file the weights are; without it a ``policy.py`` is written.
        weights: File or folder of that library.
        task: A step of it is played. Where the mapping from its fields to the model's inputs is not plain,
            the file gets the question.
        python: The interpreter that has the library.
        build: Make an environment in the folder, as its ``requirements.txt`` says.
        authors: Who made it; so for `license` of code and weights, `training_data`, and `code`, where it is
            published. What is not given is to be filled in.
        license: See `authors`.
        training_data: See `authors`.
        code: See `authors`.

    Raises:
        UsageError: The folder holds something, or there is nothing to build.
        UnknownNameError: There is no such adapter or task.
        InvalidSubmissionError: There are no such weights, or the environment could not be made.
    """
    from ilbench.contract.registry import find_task
    from ilbench.errors import UsageError
    from ilbench.runner.submissions import beginning
    from ilbench.runner.submissions.adapters import find_adapter

    target = Path(folder)
    played = find_task(task) if isinstance(task, str) else task
    adapter = find_adapter(library) if library else None
    beginning.check_vacant(target)
    about = beginning.About(authors=tuple(authors), license=license, training_data=training_data, code=code)
    if adapter is None or weights is None:
        if build or python is not None or weights is not None:
            raise UsageError("weights, an interpreter and an environment go with --from, the library's name")
        beginning.write_plain(target, about)
    else:
        own = None if python is None else str(Path(python).absolute())
        pins = beginning.pinned(adapter, own)
        named = f"{beginning.ENVIRONMENT}/bin/python" if build else own
        beginning.write_adapted(target, adapter, Path(weights), named, pins, about)
    made_by = beginning.build_environment(target) if build else ""
    problem = "" if played is None else _problem_of_a_step(target, played)
    if problem and played is not None and adapter is not None:
        beginning.append_questions(target, played, problem)
    return NewSubmission(
        folder=target,
        files=tuple(sorted(one.name for one in target.iterdir())),
        built_by=made_by,
        tried="" if played is None or problem else played.id,
        problem=problem,
    )


def _problem_of_a_step(folder: Path, task: Task) -> str:
    """Returns why the policy in a folder cannot play the first step of a task; empty if it can."""
    from ilbench.runner.faults import PolicyFault
    from ilbench.runner.hosts.places import make_host
    from ilbench.runner.lane import EnvFaultError
    from ilbench.runner.lanes import LanePlayer, Watch
    from ilbench.runner.submissions.loaders import submission_of
    from ilbench.runs.identity import Episode, EpisodeId

    try:
        with submission_of(folder, (task,)) as submission:
            spec = submission.policies[task.id]
            player = LanePlayer(task, lambda lanes: make_host(spec, task, lanes, 60.0, 300.0), 1, Watch())
            try:
                player.probe(Episode(EpisodeId(task.id, "test", 0, 0), 0))
            finally:
                player.close()
    except (ILBenchError, PolicyFault, EnvFaultError) as error:
        return str(error)
    return ""
