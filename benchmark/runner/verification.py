"""Whether a policy's records depend on anything but their episodes: workers, lanes, a crash half-way."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.digest import text_digest
from ilbench.errors import InvalidPolicyError, UsageError
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.here import evaluate_here
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.folder import JOURNAL, Run, RunHeader
from ilbench.runs.plan import make_plan, num_planned
from ilbench.runs.record import EpisodeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came out of playing the same episodes several times.

    Attributes:
        task: Id of the task.
        num_episodes: How many episodes were compared.
        digests: Digest over all records, times aside, by how they were played.
    """

    task: str
    num_episodes: int
    digests: Mapping[str, str]

    @property
    def same(self) -> bool:
        """Whether every way of playing gave the same records."""
        return len(set(self.digests.values())) == 1


class VerificationJob(BaseModel):
    """What the process that will be killed is told.

    Attributes:
        folder: Where it plays.
        header: Of its run.
        task: The task, by value.
        policy: How its policy is loaded.
        lanes: Environments side by side in each of its two workers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    header: RunHeader
    task: Task
    policy: PolicySpec
    lanes: int


def enough_repeats(task: Task, contexts: int, repeats: int | None, lanes: int) -> int:
    """Returns how many episodes on each context make at least one a lane.

    Rows of a policy can only disturb one another where as many episodes as lanes are under way.

    Raises:
        UsageError: `repeats` is given and makes fewer.
    """
    num_contexts = min(contexts, task.split("test").num_contexts)
    needed = -(-lanes // num_contexts)
    if repeats is not None and repeats < needed:
        raise UsageError(
            f"{num_contexts} contexts × {repeats} repeats of {task.id} are {num_contexts * repeats} "
            f"episodes, too few for {lanes} lanes to be told apart; say --repeats {needed} or more"
        )
    return repeats or needed


def verify_submission(
    submission: Submission, task: Task, *, contexts: int = 8, repeats: int | None = None
) -> Verification:
    """Returns what a submission's records are with 1 and 2 workers, 1 and all lanes, and killed half-way.

    Raises:
        UsageError: `repeats` makes fewer episodes than there are lanes.
        InvalidPolicyError: The policy fails on its first step.
    """
    lineup = Lineup(tasks={task.id: task}, policies=submission.policies)
    lanes = Resources().lanes_of(lineup.width)
    header = _header(submission, task, contexts, enough_repeats(task, contexts, repeats, lanes))
    digests = {}
    for num_workers, num_lanes in dict.fromkeys(((1, 1), (1, lanes), (2, lanes))):
        with _new_run(header) as run:
            resources = Resources(num_workers=num_workers, num_lanes=num_lanes)
            digests[f"{num_workers} × {num_lanes}"] = _digest(evaluate(run, lineup, resources))
    with _new_run(header) as run:
        job = VerificationJob(
            folder=run.path, header=header, task=task, policy=submission.policies[task.id], lanes=lanes
        )
        killed_at = _kill_half_way(job)
        resumed = evaluate(open_run(run.path, header), lineup, Resources(num_workers=2, num_lanes=lanes))
        digests[f"killed at {killed_at}"] = _digest(resumed)
    return Verification(task=task.id, num_episodes=num_planned(header.plan), digests=digests)


def verify_object(
    policy: object, submission: Submission, task: Task, *, contexts: int = 8, repeats: int | None = None
) -> Verification:
    """Returns what the records of an object in memory are with 1 and all lanes, and stopped half-way.

    Raises:
        UsageError: `repeats` makes fewer episodes than there are lanes.
        InvalidPolicyError: The policy fails on its first step.
    """
    lanes = Resources().lanes_of(Lineup(tasks={task.id: task}, policies=submission.policies).width)
    header = _header(submission, task, contexts, enough_repeats(task, contexts, repeats, lanes))
    total = num_planned(header.plan)

    def played(run: Run, num_lanes: int, on_record: Callable[[EpisodeRecord], None] = lambda _: None) -> Run:
        return evaluate_here(run, {task.id: task}, policy, num_lanes=num_lanes, on_record=on_record)

    digests = {}
    for num_lanes in dict.fromkeys((1, lanes)):
        with _new_run(header) as run:
            digests[f"1 × {num_lanes}"] = _digest(played(run, num_lanes))
    with _new_run(header) as run:
        stop = _StopAfter(total // 2)
        with suppress(_StoppedError):
            played(run, lanes, stop.count)
        digests[f"stopped at {stop.counted} of {total}"] = _digest(played(open_run(run.path, header), lanes))
    return Verification(task=task.id, num_episodes=total, digests=digests)


class _StoppedError(Exception):
    """Ends a run half-way, as a crash of the calling program would."""


class _StopAfter:
    def __init__(self, number: int) -> None:
        self._number = number
        self.counted = 0

    def count(self, record: EpisodeRecord) -> None:
        self.counted += 1
        if self.counted >= self._number:
            raise _StoppedError


def _header(submission: Submission, task: Task, contexts: int, repeats: int) -> RunHeader:
    plan = make_plan([task], splits=["test"], num_contexts=contexts, num_repeats=repeats)
    return make_header(submission, [task], plan, "custom").with_nonce()


@contextmanager
def _new_run(header: RunHeader) -> Iterator[Run]:
    with tempfile.TemporaryDirectory() as folder:
        yield open_run(Path(folder) / "run", header)


def _digest(run: Run) -> str:
    return text_digest("".join(record.digest() for record in run.records))


def _kill_half_way(job: VerificationJob) -> str:
    """Plays in a process of its own, kills it half-way, and returns how far it had come."""
    file = job.folder.parent / "job.json"
    file.write_text(job.model_dump_json(), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "ilbench.runner.verification", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal, num_played, total = job.folder / JOURNAL, 0, num_planned(job.header.plan)
    while num_played < total / 2 and process.poll() is None:
        time.sleep(0.005)
        num_played = journal.read_bytes().count(b"\n") if journal.exists() else 0
    process.kill()
    _, errors = process.communicate()
    if not num_played:
        last = errors.strip().rpartition("\n")[2]
        raise InvalidPolicyError(f"the run to be killed ended before its first episode: {last}")
    return f"{num_played} of {total}"


def main() -> None:
    """Plays the run of a job, to be killed meanwhile; the argument is the file that holds the job."""
    job = VerificationJob.model_validate_json(Path(sys.argv[1]).read_bytes())
    lineup = Lineup(tasks={job.task.id: job.task}, policies={job.task.id: job.policy})
    evaluate(open_run(job.folder, job.header), lineup, Resources(num_workers=2, num_lanes=job.lanes))


if __name__ == "__main__":
    main()
