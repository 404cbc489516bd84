"""The start of everything that is played: workers for a lineup, on an executor."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ilbench.errors import ILBenchWarning
from ilbench.runner.fleets.executors import make_fleet
from ilbench.runner.fleets.fleet import WorkerConfig
from ilbench.runner.keepers.keeper import KeeperName
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.scheduler import Scheduler, unheard
from ilbench.runs.identity import EpisodeId


class FewerWorkersWarning(ILBenchWarning):
    """A policy server that takes fewer connections than workers were wanted; the records are the same."""


def start_scheduler(
    lineup: Lineup,
    resources: Resources,
    num_episodes: int,
    keeper: KeeperName | None = None,
    *,
    on_attempt: Callable[[EpisodeId, str, str], None] = unheard,
) -> Scheduler[Any]:
    """Returns a scheduler with its workers started, no more of them than episodes.

    Args:
        lineup: Who plays what.
        resources: Where, and on how much of the machine.
        num_episodes: How many will be played.
        keeper: What is kept beside the records, in a single lane.
        on_attempt: Called whenever an episode is played again, see `Scheduler`.
    """
    config = WorkerConfig(
        tasks=dict(lineup.tasks),
        policies={task: lineup.policies[task] for task in lineup.tasks},
        num_lanes=resources.lanes_of(lineup.width) if keeper is None else 1,
        timeout_s=resources.timeout_s,
        load_timeout_s=resources.load_timeout_s,
        episode_timeout_s=resources.episode_timeout_s,
        search_path=tuple(str(Path(path).resolve()) for path in sys.path),
        keeper=keeper,
    )
    fleet = make_fleet(resources.executor)
    num_workers = _workers_served(lineup, min(resources.num_workers, num_episodes))
    return Scheduler(config, fleet, num_workers, on_attempt)


def _workers_served(lineup: Lineup, wanted: int) -> int:
    """Returns how many workers can play at a time: each has a connection of its own to a policy's server."""
    servers = [lineup.policies[task].remote for task in lineup.tasks]
    limits = [server.num_connections for server in servers if server and server.num_connections]
    served = min([wanted, *limits])
    if served < wanted:
        warnings.warn(
            f"{served} of {wanted} workers play: the policy server takes no more connections at a time "
            "(--connections)",
            FewerWorkersWarning,
            stacklevel=3,
        )
    return served
