"""The front door: what a researcher calls, and what every command calls too.

Everything here composes rooms below it, and imports them when it is called. Tasks, baselines and policy
loaders come through registries, so this module knows no suite and no baseline by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, cast

from ilbench.errors import UsageError
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from ilbench.contract.policy import Place
    from ilbench.contract.task import Task
    from ilbench.leaderboard import Leaderboard
    from ilbench.runner.evaluation import PresetName
    from ilbench.runner.playing import Progress
    from ilbench.runner.provenance import Whose
    from ilbench.runner.replay import Replay
    from ilbench.runner.verification import Verification
    from ilbench.runs.folder import Run
    from ilbench.runs.given import AnyRun
    from ilbench.scores import TaskScores
    from ilbench.scores.comparison.policy_comparison import PolicyComparison
    from ilbench.scores.statistics.intervals import IntervalName

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
    place: Place | None = None,
    executor: str = "local",
    training_seed: int = 0,
    checkpoints: str | Path = "checkpoints",
    name: str | None = None,
    nonce: str | None = None,
    overwrite: bool = False,
    videos: int = 0,
    progress: Progress | None = None,
) -> Run:
    """Returns the run of a policy on tasks: one record an episode, the same wherever it is played.

    A policy named by a text or a path is loaded by worker processes, and its run goes to a folder that the
    same call resumes. Of a submission's folder they load a copy, made at the start, whose digest the run
    keeps: what is written into the folder meanwhile changes no episode, and no other weights go on with the
    run. What a policy reads by an absolute path, or relative to the working directory, is not covered.

    An **object**, class, factory or function is played in this very process, without a copy: a training loop
    scores the network that it holds, and goes on. Its run stays in memory unless `out` is given.

    Args:
        policy: The name of a baseline, a submission's folder, an import string ``module:Policy``; or an
            object with ``act`` (and ``reset``), a class or factory of such, or a function of one observation.
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
        place: Where a named policy runs: ``inline`` in the workers, or in a ``process`` of its own.
        executor: Where the workers live.
        training_seed: Which training of a baseline.
        checkpoints: Where the baselines' checkpoints are.
        name: Name in tables, instead of the policy's own.
        nonce: What the policy's seeds are drawn from: that of a run's header plays the same run again,
            ``published`` one that is to be published. If not given, see `ilbench.runs.nonce`.
        overwrite: Replace a run that the folder holds of another state of a submission of this name.
        videos: So many MP4s of the first episodes of a named policy, into the run folder.
        progress: Called with a `RunProgress` when a stage begins and after each episode or video.

    Raises:
        UsageError: No task was named, or an argument makes no sense for an object.
        UnknownNameError: A task, suite, list, split, preset or baseline that there is not.
        InvalidSubmissionError: The policy cannot be loaded.
        InvalidPolicyError: It fails on its very first step; nothing was recorded.
        InvalidEnvironmentError: So does a task's environment.
        RunFolderError: The folder holds another run.

    Example::

        run = ilbench.run(network.act, task="d3il/avoiding-v2", split="test", repeats=20)
        print(ilbench.score(run)["d3il/avoiding-v2"].splits["test"].success)
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner import playing
    from ilbench.runner.evaluation import make_header
    from ilbench.runner.lineup import Lineup, Resources
    from ilbench.runner.loaders import submission_of
    from ilbench.runner.opening import folder_name, free_folder, opening
    from ilbench.runs.plan import make_plan

    is_object = not isinstance(policy, str | Path)
    if is_object:
        _refuse_for_objects(workers=workers, place=place, videos=videos or None)
    chosen = select_tasks(_wanted(task, tasks), _names(suite), _names(task_list))
    plan = make_plan(chosen, splits=_names(split), preset=preset, num_contexts=contexts, num_repeats=repeats)
    if videos:
        playing.check_filming(plan, chosen, videos)
    kind = cast("PresetName", preset if contexts is None and repeats is None else "custom")
    tell = progress or playing.unheard
    with submission_of(
        policy, chosen, checkpoints=checkpoints, training_seed=training_seed, place=place, name=name
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
                executor=executor,
            )
            finished = playing.play_by_workers(begun, lineup, resources, tell)
            if videos:
                playing.film(finished, lineup, resources, videos, tell)
    return finished


def score(
    run: AnyRun, *, interval: IntervalName = "wilson", tasks: Iterable[Task | str] = ()
) -> dict[str, TaskScores]:
    """Returns the scores of each task of a run that has an episode to score, by task id.

    Scores are recomputed from the episodes: success, return, time to success, diversity, generalization, each
    with its interval and n.

    Args:
        run: A run, or its folder.
        interval: Of success rates: ``wilson``, ``clopper-pearson`` or ``jeffreys``.
        tasks: Tasks, or import strings of tasks, that neither an installed package declares nor the run
            carries; they are believed before both.

    Raises:
        UnknownNameError: A task of the run is not known here; hand it over in `tasks`.

    Example::

        scores = ilbench.score("runs/mine")["d3il/avoiding-v2"]
        scores.splits["test"].success.value
    """
    from ilbench.runs.given import given_run
    from ilbench.runs.known import known_tasks
    from ilbench.scores import INTERVALS, score_run

    loaded = given_run(run)
    found = score_run(loaded, known_tasks((loaded,), tasks), interval=INTERVALS[interval])
    return {scores.task: scores for scores in found}


def compare(
    first: AnyRun | Sequence[AnyRun],
    second: AnyRun | Sequence[AnyRun],
    *,
    split: str | Sequence[str] | None = "test",
) -> PolicyComparison:
    """Returns whether one policy is better than another, on the episodes that both have played.

    Args:
        first: Runs of one policy, one or several training seeds: a run, its folder, a folder of runs, or a
            sequence of these.
        second: The same of the other policy.
        split: Only these splits; None for every split, and each more makes every p-value larger.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: They were played under different specs of a task.
        RunFolderError: A side holds no run, or runs of several submissions.

    Example::

        found = ilbench.compare("runs/bc-mlp", "runs/diffusion")
    """
    from ilbench.runs.given import runs_of_one
    from ilbench.scores import compare_runs

    splits = None if split is None else _names(split)
    return compare_runs(runs_of_one(first), runs_of_one(second), splits=splits)


def leaderboard(
    *runs: AnyRun | Sequence[AnyRun],
    board: str | None = None,
    preset: str | None = None,
    task_list: str | None = None,
    tasks: Sequence[str] | None = None,
    undeclared: Iterable[Task | str] = (),
) -> Leaderboard:
    """Returns the leaderboard of runs: who has played all of a board is ranked.

    Args:
        *runs: Runs, folders that hold some at any depth, or sequences of these.
        board: A declared board; for the default see `ilbench.leaderboard.choice.find_wanted`.
        preset: Which preset is ranked, instead of the board's; no table mixes two.
        task_list: The means are over the tasks of this list.
        tasks: The means are over these tasks.
        undeclared: Tasks that neither an installed package declares nor the runs carry; believed before both.

    Raises:
        UsageError: `board` is given beside `task_list` or `tasks`.
        UnknownNameError: There is no such board, list or task, or no run is of a task that is known here.
        EmptyScoreError: There is no run, or none of the board.
        RunFolderError: A path does not exist, or there is no run in any.

    Example::

        board = ilbench.leaderboard("results", run, board="d3il")
        print(ilbench.leaderboard.render(board, "md"))
    """
    from ilbench.checks.published import as_published
    from ilbench.contract.task_list import find_list
    from ilbench.leaderboard.given import build_of_given

    wanted = tasks if task_list is None else find_list(task_list).tasks
    return build_of_given(runs, as_published, board, preset, wanted, undeclared)


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
            memory; `checkpoints`: where a baseline's are; `place`: where the policy runs.

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

    Raises:
        UsageError: No task was named, or `repeats` makes fewer episodes than there are lanes.

    Example::

        assert all(found.same for found in ilbench.verify(MyPolicy, task="d3il/avoiding-v2"))
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner.loaders import submission_of
    from ilbench.runner.verification import verify_object, verify_submission

    for one in select_tasks(_wanted(task, tasks), _names(suite)):
        with submission_of(
            policy, (one,), checkpoints=checkpoints, training_seed=training_seed
        ) as submission:
            if isinstance(policy, str | Path):
                yield verify_submission(submission, one, contexts=contexts, repeats=repeats)
            else:
                yield verify_object(policy, submission, one, contexts=contexts, repeats=repeats)


def tasks(*, suite: str | None = None, tag: str | None = None, text: str | None = None) -> list[Task]:
    """Returns the tasks of all installed packages that pass every given filter.

    Args:
        suite: Exactly this suite.
        tag: With this tag.
        text: With this text in the id or the summary.

    Raises:
        UnknownNameError: No task has that suite or tag.

    Example::

        [task.id for task in ilbench.tasks(suite="d3il")]
    """
    from ilbench.contract.registry import load_registry

    return list(load_registry().select(suite=suite, tag=tag, text=text))


def task(name: str) -> Task:
    """Returns the task of an id, or of an import string ``package.module:TASK``.

    Raises:
        UnknownNameError: There is none; the message names the ones that are spelled alike.

    Example::

        ilbench.task("d3il/avoiding-v2").horizon
    """
    from ilbench.contract.registry import find_task

    return find_task(name)


def _names(value: str | Iterable[str]) -> list[str]:
    """Returns one name, or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def _wanted(task: Task | str | None, tasks: Iterable[Task | str]) -> list[Task | str]:
    return [*tasks] if task is None else [task, *tasks]


def _refuse_for_objects(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"{name}={value!r} means nothing for a policy that is an object: it is played in this "
                "process, and nowhere else; name the policy by folder or import string instead"
            )
