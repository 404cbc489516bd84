"""Replays of recorded episodes: the same end, or what differs."""

from __future__ import annotations

from dataclasses import replace as replaced
from pathlib import Path

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import find_task
from ilbench.errors import RunFolderError
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.replay import UnknownEpisodeError, check_replayable, episode_name, find_record, replay
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.identity import EpisodeId
from ilbench.runs.plan import make_plan
from ilbench.runs.submission_info import SubmissionInfo

GUESTS = str(Path(__file__).parents[1] / "guests")
TASK = "tests/sea-v1"


def spec(policy, place="inline"):
    return PolicySpec(load=f"manners:{policy}", search_path=(GUESTS,), place=place)


def lineup(policy, place="inline"):
    return Lineup(tasks={TASK: find_task("sea:TASK")}, policies={TASK: spec(policy, place)})


def played(folder, policy, *, repeats=9):
    task = find_task("sea:TASK")
    info = SubmissionInfo(name=policy, kind="object", entry=policy, digest=policy)
    submission = Submission(info=info, policies={TASK: spec(policy)})
    plan = make_plan([task], splits=["train", "test"], num_contexts=1, num_repeats=repeats)
    run = open_run(folder, make_header(submission, [task], plan, "custom"))
    return evaluate(run, lineup(policy))


@pytest.fixture(scope="module")
def wanderings(tmp_path_factory):
    return played(tmp_path_factory.mktemp("wanderer") / "run", "Wanderer")


def replayed(record, policy, place="inline"):
    (one,) = replay([record], lineup(policy, place))
    return one


@pytest.mark.parametrize("place", ["inline", "process"])
@pytest.mark.parametrize("index", [0, 8, 17])
def test_an_episode_of_a_crowd_ends_the_same_alone(wanderings, index, place):
    assert replayed(wanderings.records[index], "Wanderer", place).differences == ()


def test_another_policy_is_found_out_by_its_actions(wanderings):
    record = wanderings.records[3]
    assert "action_digest" in replayed(record, "straight").differences


def test_an_edited_record_is_found_out_by_the_field(wanderings):
    record = wanderings.records[3].model_copy(update={"length": 1, "mode": 7})
    assert replayed(record, "Wanderer").differences == ("length", "mode")


def test_a_fault_is_replayed_as_the_same_fault(tmp_path):
    run = played(tmp_path / "run", "Raises")
    fault = next(record for record in run.records if record.status == "policy_error")
    assert replayed(fault, "Raises").differences == ()


def test_many_episodes_are_replayed_by_several_workers(wanderings):
    records = wanderings.records[:6]
    outcomes = list(replay(records, lineup("Wanderer"), Resources(num_workers=2)))
    assert {one.recorded.id for one in outcomes} == {record.id for record in records}
    assert not any(one.differences for one in outcomes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", EpisodeId(TASK, "train", 0, 0)),
        ("18", EpisodeId(TASK, "test", 0, 8)),
        (f"{TASK}:test:0:3", EpisodeId(TASK, "test", 0, 3)),
        ("test:0:3", EpisodeId(TASK, "test", 0, 3)),
    ],
)
def test_an_episode_is_named_by_number_or_by_identity(wanderings, text, expected):
    assert find_record(wanderings, text).id == expected


def test_every_record_is_found_by_its_name_and_by_its_line(wanderings):
    for number, record in enumerate(wanderings.records, start=1):
        assert find_record(wanderings, episode_name(record.id)) is record
        assert find_record(wanderings, str(number)) is record


@pytest.mark.parametrize(
    "text", ["0", "19", "-1", "test:0", "test:0:99", "test:0:x", "d3il/other-v1:test:0:0", ""]
)
def test_an_unknown_episode_is_refused_with_what_there_is(wanderings, text):
    with pytest.raises(UnknownEpisodeError, match=r"a number from 1 to 18, or .* from tests/sea-v1:train"):
        find_record(wanderings, text)


def test_an_episode_that_was_not_played_is_told_from_one_that_is_not_planned(wanderings):
    begun = replaced(wanderings, records=wanderings.records[:4])
    assert find_record(begun, "4")
    with pytest.raises(UnknownEpisodeError, match="has not been played yet: 4 of 18 episodes have"):
        find_record(begun, "5")


def test_a_run_of_another_protocol_is_refused(wanderings):
    check_replayable(wanderings.header)
    with pytest.raises(RunFolderError, match="recorded under protocol 0"):
        check_replayable(wanderings.header.model_copy(update={"protocol": "0"}))
