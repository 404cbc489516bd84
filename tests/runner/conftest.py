"""Runs of the policies in tests/guests, for the tests of the runner."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import find_task
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.plan import make_plan
from ilbench.runs.submission_info import SubmissionInfo

GUESTS = str(Path(__file__).parents[1] / "guests")
sys.path.append(GUESTS)  # their objects are played here, too


class Stand:
    """A begun run of one guest on one task, and what plays it.

    `play` plays what is missing of it; the records are in plan order.
    """

    def __init__(
        self,
        folder,
        policy,
        *,
        module="manners",
        task="sea:TASK",
        episodes=12,
        width=DEFAULT_WIDTH,
        **how,
    ):
        found = find_task(task)
        spec = PolicySpec(load=f"{module}:{policy}", search_path=(GUESTS,), width=width, **how)
        info = SubmissionInfo(name=policy, kind="object", entry=policy, digest=policy)
        submission = Submission(info=info, policies={found.id: spec})
        plan = make_plan([found], splits=["test"], num_contexts=1, num_repeats=episodes)
        self.tasks = {found.id: found}
        self.lineup = Lineup(tasks=self.tasks, policies=submission.policies)
        self.run = open_run(folder, make_header(submission, [found], plan, "custom"))

    def play(self, *, on_record=lambda record: None, **resources):
        return evaluate(self.run, self.lineup, Resources(**resources), on_record=on_record)


@pytest.fixture
def stand(tmp_path_factory):
    """Returns a function that begins a run in a new folder, or in the one given."""

    def begin(policy, folder=None, **how):
        return Stand(folder or tmp_path_factory.mktemp(policy) / "run", policy, **how)

    return begin


@pytest.fixture
def digests():
    """Returns a function from a run to the digests of its records."""
    return lambda run: [record.digest() for record in run.records]
