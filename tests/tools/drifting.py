"""Policies as objects and how they are played through the front door, shared by its tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import ilbench

GUESTS = Path(__file__).parents[1] / "guests"
TASK = "d3il/avoiding-v3"
FORWARD = np.array([0.0, 0.008])


class Drifter:
    """One episode at a time, seeded."""

    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return self.rng.normal(FORWARD, 0.004)


def forward(observation):
    return FORWARD


def digests(run):
    return [record.digest() for record in run.records]


def play(policy, **options):
    return ilbench.run(policy, task=TASK, split="test", **{"repeats": 9, "workers": 1, **options})
