from __future__ import annotations

import sys

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import UnknownNameError
from ilbench.runner.lineup import Lineup, Resources, ResourcesError
from ilbench.runner.start import start_scheduler
from ilbench.testing.toys import HARBOR

OTHER = {"toys/other-v1": PolicySpec(width=12)}
LINEUP = Lineup(tasks={HARBOR.id: HARBOR}, policies={HARBOR.id: PolicySpec(width=12), **OTHER})


class Link:
    """A worker that has nothing to do."""

    def kill(self, *, at_once):
        return "exit code 0"


class Fleet:
    """Keeps what its workers are told at their start."""

    def __init__(self):
        self.configs = []

    def start(self, config):
        self.configs.append(config)
        return Link()

    def close(self):
        pass


@pytest.fixture
def started(monkeypatch):
    """Returns a function that starts a scheduler and returns what each of its workers was told."""

    def start(num_episodes, keeper=None, **resources):
        fleet = Fleet()
        monkeypatch.setattr("ilbench.runner.start.make_fleet", lambda name: fleet)
        with start_scheduler(LINEUP, Resources(**resources), num_episodes, keeper):
            return fleet.configs

    return start


@pytest.mark.parametrize(("episodes", "workers"), [(1, 1), (3, 3), (9, 4)])
def test_no_more_workers_are_started_than_there_are_episodes(started, episodes, workers):
    assert len(started(episodes, num_workers=4)) == workers


def test_a_worker_is_told_the_tasks_themselves_and_only_their_policies(started):
    (config,) = started(1, timeout_s=2.0)
    assert config.tasks == {HARBOR.id: HARBOR}
    assert config.policies == {HARBOR.id: PolicySpec(width=12)}
    assert config.timeout_s == 2.0


def test_a_worker_is_told_every_limit(started):
    (config,) = started(1, timeout_s=2.0, load_timeout_s=3.0, episode_timeout_s=4.0)
    assert (config.timeout_s, config.load_timeout_s, config.episode_timeout_s) == (2.0, 3.0, 4.0)


def test_a_worker_finds_modules_where_its_starter_does_whatever_folder_it_starts_in(started):
    (config,) = started(1)
    assert len(config.search_path) == len(sys.path)
    assert all(path.startswith("/") for path in config.search_path)


@pytest.mark.parametrize(("asked", "lanes"), [(None, 8), (1, 1), (12, 12)])
def test_lanes_are_those_of_the_resources(started, asked, lanes):
    assert started(1, num_lanes=asked)[0].num_lanes == lanes


def test_who_is_kept_something_of_plays_in_a_single_lane(started):
    (config,) = started(1, "states", num_lanes=5)
    assert (config.num_lanes, config.keeper) == (1, "states")


def test_lanes_beyond_the_width_and_an_unknown_executor_are_refused():
    with pytest.raises(ResourcesError, match=r"lanes must be in \[1, 12\]"):
        start_scheduler(LINEUP, Resources(num_lanes=13), 1)
    with pytest.raises(UnknownNameError, match="no executor named 'clowd'"):
        start_scheduler(LINEUP, Resources(executor="clowd"), 1)
