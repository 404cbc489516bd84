"""The examination of a run: its records, its episodes played again, and contexts that nobody has seen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ilbench.contract.task import Task
from ilbench.errors import UsageError
from ilbench.runner import provenance
from ilbench.runner.lineup import ONE_WORKER, Lineup, Resources
from ilbench.runner.provenance import Whose
from ilbench.runner.replay import Replay, check_replayable, episode_name
from ilbench.runner.start import start_scheduler
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.attestation import Attestation, FreshFinding, Replays, what_is_spoken_of
from ilbench.runs.folder import Run, utc_now
from ilbench.runs.identity import Episode
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.submitted import changes
from ilbench.trust.fresh import PUBLIC, compare_fresh, draw_fresh, play_fresh, seed_hash, why_none
from ilbench.trust.records import find_problems
from ilbench.trust.sampling import Stratum, draw_episodes, found_out_from

DEFAULT_REPLAYS = 20
SHOWN_DIFFERENCES = 50
"""Episodes that are named where they differ; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is examined.

    Attributes:
        replays: Episodes that are played again; None for all of them.
        fresh: Fresh contexts of each task; 0 for none.
        secret: By which episodes and contexts are drawn; unknown to who made the run until now.
    """

    replays: int | None = DEFAULT_REPLAYS
    fresh: int = 0
    secret: str


def draw_secret() -> str:
    """Returns a new secret, 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What comes of the tasks, one after the other."""

    differing: list[str]
    fresh: list[FreshFinding]
    drift: list[str]
    packages: dict[str, str]
    submission: str = ""
    other_submission: str = ""
    sandbox: str = "none"


def examine(
    run: Run,
    tasks: Mapping[str, Task],
    wanted: Wanted,
    whose: Whose,
    *,
    command: str,
    resources: Resources = ONE_WORKER,
    on_progress: Callable[[int, int], object] = lambda done, total: None,
) -> Attestation:
    """Returns what was found out about a run; nobody's name is on it yet.

    Args:
        run: The run.
        tasks: Its tasks, by id, ready to be played.
        wanted: What is examined.
        whose: Where the run's policy is now, see `ilbench.runner.provenance.find_submission`.
        command: What was typed, or called.
        resources: How much of the machine is used.
        on_progress: Called after each episode with how many were played, replays and fresh, and of how many.

    Raises:
        UsageError: The run scored a folder, and `whose` does not say where it is.
        NoFreshContextsError: Fresh contexts were asked for, and no task of the run has them.

    Warns:
        ProvenanceWarning: Submission, packages or task are not those of the run.
    """
    check_replayable(run.header)
    drawn, strata = draw_episodes(
        run.records, len(run.records) if wanted.replays is None else wanted.replays, wanted.secret
    )
    problems = find_problems(run, tasks)
    compared = _compared(run, tasks) if wanted.fresh else []
    found = _Found(differing=[], fresh=[], drift=[], packages={})
    total, number = len(drawn) + wanted.fresh * len(compared), count(1)

    def on_record(record: EpisodeRecord) -> None:
        on_progress(next(number), total)

    for task in tasks.values():
        again = [record for record in drawn if record.task == task.id]
        if again or task in compared:
            with provenance.find_submission(run, task, **whose) as submission:
                _look_at(run, task, submission, found)
                lineup = _lineup(run, task, submission)
                found.differing += _differing(_replayed(again, lineup, resources, on_record))
                if task in compared:
                    found.fresh.append(_fresh(run, task, wanted, lineup, resources, len(compared), on_record))
    header, records = what_is_spoken_of(run)
    return Attestation(
        header=header,
        records=records,
        at=utc_now(),
        command=command,
        packages=found.packages,
        submission=found.submission,
        other_submission=found.other_submission,
        sandbox=found.sandbox,
        seed_hash=seed_hash(wanted.secret),
        problems=problems,
        drift=tuple(dict.fromkeys(found.drift)),
        replays=_replays(drawn, strata, found.differing),
        fresh=tuple(found.fresh),
        without_fresh={
            task.id: why_none(task) for task in tasks.values() if wanted.fresh and task.draw_fresh is None
        },
    )


def _compared(run: Run, tasks: Mapping[str, Task]) -> list[Task]:
    """Returns the tasks of which fresh contexts are played."""
    public = {record.task for record in run.records if record.split == PUBLIC}
    found = [task for task in tasks.values() if task.draw_fresh is not None and task.id in public]
    if not found:
        reasons = [
            f"{task.id} has no {PUBLIC} episode in it"
            if task.id not in public
            else f"{task.id} draws no others, {why_none(task)}"
            for task in tasks.values()
        ]
        raise UsageError(
            f"no task of the run {run.path} can be compared on fresh contexts: {'; '.join(reasons)}; verify "
            "it by replays, without --fresh"
        )
    return found


def _look_at(run: Run, task: Task, submission: Submission, found: _Found) -> None:
    """Notes what is not as it was when the run was made."""
    found.drift += provenance.drift(run, task)
    found.packages |= provenance.versions_here(task)
    found.submission = submission.info.digest
    found.sandbox = submission.policies[task.id].sandbox
    was = run.header.submission.digest
    if submission.info.digest != was and submission.policies.keys() >= run.header.tasks.keys():
        changed = changes(run.path, submission.files)
        found.other_submission = changed or f"its digest is {submission.info.digest}, the run's {was}"


def _lineup(run: Run, task: Task, submission: Submission) -> Lineup:
    return Lineup(tasks={task.id: task}, policies=submission.policies).of_width(run.header.width)


def _replayed(
    records: Sequence[EpisodeRecord],
    lineup: Lineup,
    resources: Resources,
    on_record: Callable[[EpisodeRecord], object],
) -> Iterator[Replay]:
    """Yields episodes that were played once more, in as many lanes as there are: a record depends on none."""
    if not records:
        return
    recorded = {record.id: record for record in records}
    with start_scheduler(lineup, resources, len(recorded)) as scheduler:
        for played in scheduler.run([Episode(one.id, one.policy_seed) for one in records]):
            on_record(played.record)
            yield Replay(recorded=recorded[played.record.id], replayed=played.record)


def _differing(replays: Iterator[Replay]) -> list[str]:
    return [
        f"{episode_name(one.recorded.id)}: {', '.join(_values(one))}" for one in replays if one.differences
    ]


def _values(one: Replay) -> Iterator[str]:
    """Yields each field that differs, with both values where they are no digests."""
    old, new = one.recorded.content(times=False), one.replayed.content(times=False)
    for name in one.differences:
        yield name if name.endswith("digest") else f"{name} {old[name]}, replayed {new.get(name)}"


def _fresh(
    run: Run,
    task: Task,
    wanted: Wanted,
    lineup: Lineup,
    resources: Resources,
    num_tasks: int,
    on_record: Callable[[EpisodeRecord], object],
) -> FreshFinding:
    contexts = draw_fresh(task, wanted.secret, wanted.fresh)
    records = play_fresh(task, contexts, wanted.secret, lineup, resources, on_record)
    public = [record for record in run.records if record.task == task.id and record.split == PUBLIC]
    return compare_fresh(task.id, public, records, contexts, num_tasks)


def _replays(
    drawn: Sequence[EpisodeRecord], strata: Sequence[Stratum], differing: Sequence[str]
) -> Replays | None:
    if not drawn:
        return None
    total = sum(stratum.num_episodes for stratum in strata)
    more = len(differing) - SHOWN_DIFFERENCES
    return Replays(
        num_replayed=len(drawn),
        num_recorded=total,
        episodes=() if len(drawn) == total else tuple(episode_name(record.id) for record in drawn),
        differing=(*differing[:SHOWN_DIFFERENCES], *[f"{more} more"] * (more > 0)),
        found_out_from=found_out_from(strata),
    )
