"""The probe: which first steps are tried, and when an environment's fault ends the run."""

from pathlib import Path

import pytest

import ilbench
from ilbench.errors import InvalidEnvironmentError, InvalidPolicyError
from ilbench.runner.lanes import EnvFaultError
from ilbench.runner.probing import by_task, probe_tasks, spread
from ilbench.runs.identity import EpisodeId
from ilbench.runs.plan import Block, expand
from ilbench.testing.records import make_record, make_run
from ilbench.testing.toys import HARBOR, toy_task

SMALL, LARGE = "toys/pond-v1", "toys/harbor-v1"
PLAN = tuple(Block(task=task, split="test", num_contexts=5, num_repeats=1) for task in (SMALL, LARGE))
STARTS = [context["x"] for context in HARBOR.contexts("test")]


def asked(broken, records=()):
    """Returns the first letter and context of all episodes probed, where those in `broken` fail."""
    found = []

    def probe(episode):
        found.append(f"{episode.id.task[5]}{episode.id.context}")
        if found[-1] in broken:
            raise EnvFaultError(f"no water in {found[-1]}")

    probe_tasks(make_run(records, plan=PLAN), probe)
    return found


def test_the_first_missing_episode_of_each_task_is_probed_the_first_task_last():
    assert asked([]) == ["h0", "p0"]
    assert asked([], [make_record(0, task=SMALL), make_record(1, task=SMALL)]) == ["h0", "p2"]


def test_where_an_environment_fails_the_last_and_the_middle_episode_are_tried():
    assert asked(["h0"]) == ["h0", "h4", "p0"]
    assert asked(["h0", "h4", "p0"]) == ["h0", "h4", "h2", "p0", "p4"]


def test_an_environment_that_fails_everywhere_is_to_blame():
    with pytest.raises(InvalidEnvironmentError, match=r"every one of 3 episodes.*no water in h0"):
        asked(["h0", "h2", "h4"])


def test_one_that_has_played_before_is_not_condemned():
    played = [make_record(1, task=LARGE)]
    assert asked(["h0", "h3", "h4"], played) == ["h0", "h4", "h3", "p0"]
    with pytest.raises(InvalidEnvironmentError):
        asked(["h0", "h2", "h4"], [make_record(1, task=LARGE, status="env_error")])


def test_a_policys_fault_is_passed_on():
    def probe(episode):
        raise InvalidPolicyError("no crew")

    with pytest.raises(InvalidPolicyError, match="no crew"):
        probe_tasks(make_run(plan=PLAN), probe)


def test_spread_takes_the_ends_and_the_middle_each_once():
    episodes = [EpisodeId(LARGE, "test", context, 0) for context in range(7)]
    assert [one.context for one in spread(episodes)] == [0, 6, 3]
    assert [len(spread(episodes[:size])) for size in (1, 2, 3)] == [1, 2, 3]
    assert {task: len(found) for task, found in by_task(expand(PLAN)).items()} == {SMALL: 5, LARGE: 5}


@pytest.fixture
def _toys(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "toys")


def play(shoals, out=None):
    """Returns the run of a function on the harbor with such shoals."""
    options = {"current": 0.01, "shoals": shoals}
    task = toy_task(env="ilbench_broken:Shoals", env_options=options)
    return ilbench.run(lambda observation: [1.0], task=task, split="test", contexts=5, repeats=1, out=out)


@pytest.mark.usefixtures("_toys")
@pytest.mark.parametrize("bad", [0, 2, 4])
def test_an_episode_that_cannot_begin_is_recorded_and_the_others_are_played(bad):
    found = {record.context: record for record in play(STARTS[bad : bad + 1]).records}
    assert [found[context].status for context in range(5)] == [
        *["ok"] * bad,
        "env_error",
        *["ok"] * (4 - bad),
    ]
    assert found[bad].reason.startswith("RuntimeError: aground (__init__.py:")


@pytest.mark.usefixtures("_toys")
def test_it_is_played_again_and_recorded_again(tmp_path):
    runs = [play(STARTS[:1], tmp_path / "run") for _ in range(2)]
    assert [len(run.records) for run in runs] == [5, 5]
    assert [run.missing for run in runs] == [(EpisodeId(HARBOR.id, "test", 0, 0),)] * 2


@pytest.mark.usefixtures("_toys")
def test_where_none_can_begin_nothing_is_recorded_and_the_environment_is_named(tmp_path):
    with pytest.raises(InvalidEnvironmentError, match=r"toys/harbor-v1: the environment .*aground"):
        play(STARTS, tmp_path / "run")
    assert (tmp_path / "run" / "journal.jsonl").read_bytes() == b""
