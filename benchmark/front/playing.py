"""Score a policy: it plays, into a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, cast

from ilbench.errors import UsageError
from ilbench.front.finding import names, wanted
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.runner.evaluation import PresetName
    from ilbench.runner.playing import Progress
    from ilbench.runner.submissions.placement import Placing
    from ilbench.runs.folder import Run

RUNS = Path("runs")
"""Where runs of named policies go, if no other folder is named."""


def run(
    policy: object,
    *,
    task: Task | str | None = None,
    tasks: Iterable[Task | str] = (),
    suite: str | Sequence[str] = (),
    task_list: str | Sequence[str] = (),
    split: str | Sequence[str] = ("train", "test"),
    preset: str = "standard",
    contexts: int | None = None,
    repeats: int | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    lanes: int | None = None,
    timeout: float = 60.0,
    load_timeout: float = 300.0,
    episode_timeout: float = 3600.0,
    run_timeout: float | None = None,
    executor: str = "local",
    training_seed: int = 0,
    checkpoints: str | Path = "checkpoints",
    name: str | None = None,
    nonce: str | None = None,
    overwrite: bool = False,
    videos: int = 0,
    progress: Progress | None = None,
    **placing: Unpack[Placing],
) -> Run:
    """Returns the run of a policy on tasks: one record an episode, the same wherever it is played.

    A policy named by a text or a path is loaded by worker processes, and its run goes to a folder that the
    same call resumes. Of a submission's folder they load a copy, made at the start, whose digest the run
    keeps: what is written into the folder meanwhile changes no episode, and no other weights go on with the
    run. What a policy reads by an absolute path, or relative to the working directory, is not covered.

    An **object**, class, factory or function is played in this very process, without a copy: a training loop
    scores the network that it holds, and goes on. Its run stays in memory unless `out` is given.

    Args:
        policy: The name of a baseline, a submission's folder, a file of another library such as
            ``sb3:model.zip``, an import string ``module:Policy``; or an object with ``act`` (and ``reset``),
            a class or factory of such, or a function of one observation.
        task: A task, its id, or its import string.
        tasks: Several of them.
        suite: Every task of a suite, or of several.
        task_list: Every task of a task list, such as ``metaworld/mt10``, or of several.
        split: ``train``, ``test``, ``shift`` (all of them), ``shift/NAME``, ``all``; one or several.
        preset: ``smoke``, ``standard`` or ``full``: contexts × repeats; only full enters a leaderboard.
        contexts: Instead of the preset's contexts.
        repeats: Instead of the preset's repeats.
        out: Run folder. If not given, one below ``runs/`` for a named policy, none for an object.
        workers: Processes; one a core if not given. An object is played by none.
        lanes: Environments side by side in each, up to the policy's width.
        timeout: Seconds that one call of a named policy may take; an object is not watched.
        load_timeout: Seconds that a named policy may take to load.
        episode_timeout: Seconds that a named policy may take for one episode, all calls together.
        run_timeout: Seconds that the whole run of a named policy may take; the same call goes on with it.
        executor: Where the workers live.
        training_seed: Which training of a baseline.
        checkpoints: Where the baselines' checkpoints are.
        name: Name in tables, instead of the policy's own.
        nonce: What the policy's seeds are drawn from: that of a run's header plays the same run again,
            ``published`` one that is to be published. If not given, see `ilbench.runs.nonce`.
        overwrite: Replace a run that the folder holds of another state of a submission of this name.
        videos: So many MP4s of the first episodes of a named policy, into the run folder.
        progress: Called with a `RunProgress` when a stage begins and after each episode or video.
        **placing: Where a named policy runs. `place`: ``inline`` in the workers, or in a ``process`` of its
            own; `python`: the interpreter that has the library of a file such as ``sb3:model.zip``;
            `sandbox`: what its process is kept in, ``none`` for your own and ``auto`` for a stranger's;
            `memory_gib`: what a submission may ask for there; `token_file`, `insecure`, `reconnect`: how the
            server of a remote policy is reached. See `ilbench.runner.submissions.placement.Placing`.

    Raises:
        UsageError: No task was named, or an argument makes no sense for an object.
        UnknownNameError: A task, suite, list, split, preset or baseline that there is not.
        InvalidSubmissionError: The policy cannot be loaded.
        SandboxError: The sandbox does not work here, or the policy has no process of its own.
        ConventionMismatchError: Its actions mean something else than a task's; nothing was played.
        ServerUnreachableError: A policy's server is gone for too long; the same call resumes the run.
        InvalidPolicyError: It fails on its very first step; nothing was recorded.
        InvalidEnvironmentError: So does a task's environment.
        RunTimeoutError: It took longer than `run_timeout`.
        RunFolderError: The folder holds another run.

    Example::

        run = ilbench.run(network.act, task="d3il/avoiding-v3", split="test", repeats=20)
        print(ilbench.score(run)["d3il/avoiding-v3"].splits["test"].success)
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner import playing
    from ilbench.runner.evaluation import make_header
    from ilbench.runner.lineup import Lineup, Resources
    from ilbench.runner.opening import folder_name, free_folder, opening
    from ilbench.runner.submissions.loaders import submission_of
    from ilbench.runner.submissions.placement import placement_of
    from ilbench.runs.plan import make_plan

    is_object = not isinstance(policy, str | Path)
    if is_object:
        _refuse_for_objects(
            workers=workers, place=placing.get("place"), python=placing.get("python"), videos=videos or None
        )
    chosen = select_tasks(wanted(task, tasks), names(suite), names(task_list))
    plan = make_plan(chosen, splits=names(split), preset=preset, num_contexts=contexts, num_repeats=repeats)
    if videos:
        playing.check_filming(plan, chosen, videos)
    kind = cast("PresetName", preset if contexts is None and repeats is None else "custom")
    tell = progress or playing.unheard
    with submission_of(
        policy,
        chosen,
        checkpoints=checkpoints,
        training_seed=training_seed,
        placement=placement_of(**placing),
        name=name,
    ) as submission:
        header = make_header(submission, chosen, plan, kind, nonce=nonce)
        if is_object and out is None:
            return playing.play_in_memory(header, chosen, policy, lanes, tell)
        folder = Path(out) if out else free_folder(RUNS / folder_name(submission, chosen, kind), header)
        with opening(folder, header, files=submission.files, overwrite=overwrite) as begun:
            if is_object:
                return playing.play_here(begun, chosen, policy, lanes, tell)
            lineup = Lineup(tasks={one.id: one for one in chosen}, policies=submission.policies)
            resources = Resources(
                num_workers=workers or usable_cores(),
                num_lanes=lanes,
                timeout_s=timeout,
                load_timeout_s=load_timeout,
                episode_timeout_s=episode_timeout,
                run_timeout_s=run_timeout,
                executor=executor,
            )
            finished = playing.play_by_workers(begun, lineup, resources, tell)
            if videos:
                playing.film(finished, lineup, resources, videos, tell)
    return finished


def _refuse_for_objects(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"{name}={value!r} means nothing for a policy that is an object: it is played in this "
                "process, and nowhere else; name the policy by folder or import string instead"
            )
