"""Scores as content for JSON."""

import numpy as np
from made_up import outcomes, reach_task, record

from ilbench.scores import score_task
from ilbench.scores.content import to_content


def scores():
    shown = [record(i, i < 30, repeat=r, mode=i % 2) for i in range(40) for r in range(2)]
    return score_task(reach_task(), [*shown, *outcomes(40, 40, split="train", mode=0)])


def test_content_holds_every_field_but_the_episodes():
    split = to_content(scores())["splits"]["test"]
    assert split["success"]["value"] == np.mean([i < 30 for i in range(40)])
    assert "episodes" not in split


def test_keys_and_sequences_stay():
    assert to_content({1: (2, None), "a": [3.5]}) == {1: [2, None], "a": [3.5]}
