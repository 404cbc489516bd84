"""Is a run what it says: an episode played again, and the same episodes in other ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

from ilbench.front.finding import names, wanted

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.runner.provenance import Whose
    from ilbench.runner.replay import Replay
    from ilbench.runner.submissions.placement import Placing
    from ilbench.runner.verification import Verification
    from ilbench.runs.attestation import Attestation
    from ilbench.runs.folder import Run
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
            memory; `checkpoints`: where a baseline's are; `place`, `python`, `sandbox` and more: where it
            runs, see `run`; in a sandbox if the run was.

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
    **placing: Unpack[Placing],
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
        **placing: See `run`.

    Raises:
        UsageError: No task was named, or `repeats` makes fewer episodes than there are lanes.

    Example::

        assert all(found.same for found in ilbench.verify(MyPolicy, task="d3il/avoiding-v3"))
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner.submissions.loaders import submission_of
    from ilbench.runner.submissions.placement import placement_of
    from ilbench.runner.verification import verify_object, verify_submission

    for one in select_tasks(wanted(task, tasks), names(suite)):
        with submission_of(
            policy,
            (one,),
            checkpoints=checkpoints,
            training_seed=training_seed,
            placement=placement_of(**placing),
        ) as submission:
            if isinstance(policy, str | Path):
                yield verify_submission(submission, one, contexts=contexts, repeats=repeats)
            else:
                yield verify_object(policy, submission, one, contexts=contexts, repeats=repeats)


def verify_run(
    run: AnyRun,
    *,
    replays: int | Literal["all"] = 20,
    fresh: int = 0,
    seed: str | None = None,
    tasks: Iterable[Task | str] = (),
    workers: int | None = None,
    timeout: float = 60.0,
    verifier: str = "",
    reveal: bool = False,
    key: str | Path | None = None,
    command: str = "ilbench.verify_run",
    on_progress: Callable[[int, int], object] | None = None,
    **whose: Unpack[Whose],
) -> Attestation:
    """Returns how far a run of somebody's can be believed; its `differences` should be empty.

    Its records are looked through, some of its episodes are played again from its submission and must agree
    in every field but times, and if wanted the submission plays contexts that nobody has seen.

    Args:
        run: A run folder, or the run in one.
        replays: Episodes that are played again, drawn by `seed` over all splits; ``all`` for every one.
        fresh: Fresh contexts of each task that can draw some.
        seed: The verifier's secret, unknown to who made the run; if not given, one is drawn.
        tasks: Tasks of the run, or import strings of them, that no installed package declares.
        workers: Processes; one a core if not given.
        timeout: Seconds that one call of the policy may take.
        verifier: Whose finding it is; then it is written beside the run, into ``attestations.json``.
        reveal: Write the seed into it, so that everybody can draw the same; it is used up then.
        key: A private SSH key, to sign it with.
        command: What is kept as the command that found it.
        on_progress: Called after each episode with how many were played, replays and fresh, and of how many.
        **whose: See `replay`; a folder plays in the strongest sandbox that works here if none is named.

    Raises:
        UsageError: `policy` is needed, or fresh contexts are wanted of tasks that have none.
        RunFolderError: There is no run in the folder.
        CorruptFileError: Header or journal are not what was written.

    Warns:
        ProvenanceWarning: Submission, packages or task are not those of the run.
        NoSandboxWarning: A folder was asked to run without a sandbox.

    Example::

        ilbench.verify_run("runs/theirs", policy="./theirs", replays=50, fresh=100).rung
    """
    from ilbench.processes import usable_cores
    from ilbench.runner.hosts.sandboxes.choice import warn_of_none
    from ilbench.runner.lineup import Resources
    from ilbench.runs.attestation import add_attestation
    from ilbench.runs.given import given_run
    from ilbench.runs.verifiers import signed
    from ilbench.trust.examination import Wanted, draw_secret, examine

    loaded = given_run(run)
    secret = draw_secret() if seed is None else seed
    if _is_folder(whose):
        warn_of_none(whose.get("sandbox") or "auto", f"the submission {whose.get('policy')}")
    found = examine(
        loaded,
        _played_tasks(loaded, tasks),
        Wanted(replays=None if replays == "all" else replays, fresh=fresh, secret=secret),
        {**whose, "sandbox": whose.get("sandbox") or ("auto" if _is_folder(whose) else "none")},
        command=command,
        resources=Resources(num_workers=workers or usable_cores(), timeout_s=timeout),
        on_progress=on_progress or (lambda done, total: None),
    )
    found = found.model_copy(update={"verifier": verifier, "seed": secret if reveal else None})
    if key is not None:
        found = signed(found, Path(key))
    if verifier:
        add_attestation(loaded, found)
    return found


def _is_folder(whose: Whose) -> bool:
    """Returns whether the policy is a folder, and so may be a stranger's; all else is code that is ours."""
    policy = whose.get("policy")
    return policy is not None and Path(policy).is_dir()


def _played_tasks(run: Run, handed: Iterable[Task | str]) -> dict[str, Task]:
    """Returns the tasks of a run, ready to be played."""
    from ilbench.contract.registry import find_task
    from ilbench.runner.provenance import find_played_task

    given = {one.id: one for one in (find_task(t) if isinstance(t, str) else t for t in handed)}
    return {task: find_played_task(task, given.get(task)) for task in run.header.tasks}
