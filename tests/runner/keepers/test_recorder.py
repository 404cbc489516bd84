from __future__ import annotations

import io

import numpy as np

from ilbench.contract.fields import Field
from ilbench.runner.keepers.recorder import Recorder
from ilbench.runner.lanes import Watch
from ilbench.testing.toys import HARBOR, toy_task


def states_of(content):
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        return {name: found[name] for name in found}


def test_vectors_of_real_numbers_are_kept_from_the_reset_on_and_nothing_else(played):
    record, kept = played(Recorder(Watch(), HARBOR), HARBOR)
    states = states_of(kept)
    assert list(states) == ["state"]  # the bearing is one of bytes
    assert states["state"].shape == (record.length + 1, 2)
    assert abs(states["state"][-1, 0]) >= 1 > abs(states["state"][-2, 0])


def test_an_episode_that_begins_anew_is_kept_anew():
    recorder = Recorder(Watch(), HARBOR)
    env = recorder.make_env()
    for _ in range(2):
        env.reset(seed=1, options={"context": {"x": 0.0}})
        env.step(np.ones(1, np.float32))
    assert states_of(recorder.save(None))["state"].shape == (2, 2)


def test_of_an_episode_that_was_handed_over_nothing_stays(played):
    recorder = Recorder(Watch(), HARBOR)
    record, kept = played(recorder, HARBOR)
    assert kept is not None
    assert recorder.save(record) is None


def test_a_task_that_shows_no_such_vector_leaves_no_file(played):
    pictures = toy_task(observation=(Field(name="bearing", shape=(2,), dtype="uint8"),))
    _, kept = played(Recorder(Watch(), pictures), pictures)
    assert kept is None
