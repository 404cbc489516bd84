"""Given actions, played by a real lane of the real toy task."""

import numpy as np

from ilbench.runs.identity import EpisodeId
from ilbench.testing.recital import recite, shows_the_same
from ilbench.testing.toys import HARBOR, toy_task

EPISODE = EpisodeId(HARBOR.id, "test", 0, 0)


def test_actions_are_played_in_order_until_the_episode_is_over():
    task = toy_task(horizon=5)
    actions = [np.full(1, speed) for speed in (0.1, 0.2, 0.3, 0.4, 0.5, 9)]
    found = recite(task, task.make_env(), EPISODE, actions)
    assert (found.record.status, found.record.length, found.record.truncated) == ("ok", 5, True)
    speeds = [seen["state"][1] for seen in found.observations]
    np.testing.assert_allclose(speeds, [0, 0.1, 0.2, 0.3, 0.4], atol=1e-6)


def test_what_is_seen_is_kept_and_compared_bit_by_bit():
    seen = {"state": np.zeros(2, np.float32)}
    assert shows_the_same(seen, {"state": np.zeros(2, np.float32)})
    for other in ({}, {"state": np.zeros(2)}, {"state": np.array([0, -0.0], np.float32)}):
        assert not shows_the_same(seen, other)
