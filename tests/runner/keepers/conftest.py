"""Episodes of the drawn toy task, seen by a keeper in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ilbench.runner.hosts.expert import ExpertHost
from ilbench.runner.lanes import LanePlayer
from ilbench.runs.identity import Episode, EpisodeId

sys.path.append(str(Path(__file__).parents[2] / "guests"))  # the drawn task lies there


@pytest.fixture
def played():
    """Returns a function that plays one episode and returns its record and what its keeper kept of it."""

    def play(keeper, task, context=0):
        player = LanePlayer(task, lambda: ExpertHost(task, 8, 1), 1, keeper, keeper.make_env)
        records = player.play_alone(Episode(EpisodeId(task.id, "test", context, 0), 7))
        ((record, kept),) = [(record, keeper.save(record)) for record in records]
        return record, kept

    return play
