"""Is a run what it says: an episode played again, and the same episodes in other ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from ilbench.front.finding import names, wanted

if TYPE_CHECKING:
    from ilbench.contract.policy import WantedSandbox
    from ilbench.contract.task import Task
    from ilbench.runner.provenance import Whose
    from ilbench.runner.replay import Replay
    from ilbench.runner.verification import Verification
    from ilbench.runs.given import AnyRun


def replay(
    run: AnyRun,
    episode: int | str,
    *,
    video: str | Path | None = None,
    task: Task | str | None = None,
    timeout: float = 60.0,
    **whose: Unpack[Whose],
) -> Replay:
    """Returns one episode of a run, played once more by the run's policy; its `differences` should be empty.

    Args:
        run: A run, or its folder.
        episode: Its number in the run's plan, from 1, or ``TASK:SPLIT:CONTEXT:REPEAT``.
        video: Also film it, into this MP4 file.
        task: The episode's task, where no installed package declares it.
        timeout: Seconds that one call of the policy may take.
        **whose: `policy`: where the submission is now, needed where the run scored a folder or an object in
            memory; `checkpoints`: where a baseline's are; `place`: where the policy runs; `python`: what has
            its library; `sandbox` and `memory_gib`: see `run`, in a sandbox if the run was.

    Raises:
        UnknownEpisodeError: The run has no such episode, or has not played it.
        UsageError: `policy` is needed, `task` is another, or `video` cannot be written so.

    Warns:
        ProvenanceWarning: Submission, packages or task are not those of the run.

    Example::

        ilbench.replay("results/runs/expert", "robosuite/lift-v2:test:3:0", video="lift.mp4").differences
    """
    from ilbench.runner import provenance
    from ilbench.runner.filming import check_video, replay_episode
    from ilbench.runner.lineup import Lineup, Resources
    from ilbench.runner.replay import check_replayable, find_record
    from ilbench.runs.given import given_run

    loaded = given_run(run)
    check_replayable(loaded.header)
    record = find_record(loaded, str(episode))
    found = provenance.find_played_task(record.task, task)
    film = None if video is None else check_video(Path(video), found)
    with provenance.find_submission(loaded, found, **whose) as submission:
        provenance.warn_of_drift(loaded, found)
        lineup = Lineup(tasks={found.id: found}, policies=submission.policies).of_width(loaded.header.width)
        return replay_episode(record, lineup, Resources(timeout_s=timeout), film)


def verify(
    policy: object,
    *,
    task: Task | str | None = None,
    tasks: Iterable[Task | str] = (),
    suite: str | Sequence[str] = (),
    contexts: int = 8,
    repeats: int | None = None,
    training_seed: int = 0,
    checkpoints: str | Path = "checkpoints",
    python: str | Path | None = None,
    sandbox: WantedSandbox = "none",
) -> Iterator[Verification]:
    """Yields, task by task, whether a policy's records depend on anything but their episodes.

    A named policy plays the same episodes with 1 and 2 workers, 1 and all lanes, and killed half-way; an
    object with 1 and all lanes, and stopped half-way. At least as many episodes are played as there
    are lanes.

    Args:
        policy: See `run`.
        task: See `run`; so for `tasks`, `suite`, `training_seed` and `checkpoints`.
        tasks: See `run`.
        suite: See `run`.
        contexts: Contexts of the test split.
        repeats: Episodes on each context; as many as it takes if not given.
        training_seed: See `run`.
        checkpoints: See `run`.
        python: See `run`.
        sandbox: See `run`.

    Raises:
        UsageError: No task was named, or `repeats` makes fewer episodes than there are lanes.

    Example::

        assert all(found.same for found in ilbench.verify(MyPolicy, task="d3il/avoiding-v2"))
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner.submissions.loaders import submission_of
    from ilbench.runner.verification import verify_object, verify_submission

    for one in select_tasks(wanted(task, tasks), names(suite)):
        with submission_of(
            policy,
            (one,),
            checkpoints=checkpoints,
            training_seed=training_seed,
            python=python,
            sandbox=sandbox,
        ) as submission:
            if isinstance(policy, str | Path):
                yield verify_submission(submission, one, contexts=contexts, repeats=repeats)
            else:
                yield verify_object(policy, submission, one, contexts=contexts, repeats=repeats)
