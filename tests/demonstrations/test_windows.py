"""Windows: what a learner sees of trajectories, in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ilbench.demonstrations import Trajectory, Windows
from ilbench.errors import UnknownNameError


def counting(length):
    """Returns a trajectory whose observation at step t is t and whose expert action there is 10 t."""
    steps = np.arange(length + 1, dtype=np.float32)[:, None]
    actions = 10 * steps[:-1]
    return Trajectory(
        observations={"x": steps},
        actions=actions + 1,
        expert_actions=actions,
        rewards=np.zeros(length),
        success=True,
        terminated=True,
        mode=None,
        context=0,
        seed=0,
    )


def test_windows_repeat_the_first_observation_and_the_last_action():
    observations, actions, mask = Windows([counting(3)], history=2, chunk=3).arrays()
    assert observations["x"][..., 0].tolist() == [[0, 0], [0, 1], [1, 2]]
    assert actions[..., 0].tolist() == [[0, 10, 20], [10, 20, 20], [20, 20, 20]]
    assert mask.tolist() == [[True, True, True], [True, True, False], [True, False, False]]


def test_windows_never_cross_into_another_trajectory():
    windows = Windows([counting(2), counting(1)], history=2, chunk=2)
    assert len(windows) == 3
    assert windows[2]["observations"]["x"][:, 0].tolist() == [0, 0]
    assert windows[1]["actions"][:, 0].tolist() == [10, 10]


def test_windows_one_by_one_are_the_arrays():
    windows = Windows([counting(4), counting(2)], history=3, chunk=2)
    observations, actions, mask = windows.arrays()
    assert np.array_equal([w["observations"]["x"] for w in windows], observations["x"])
    assert np.array_equal([w["actions"] for w in windows], actions)
    assert np.array_equal([w["mask"] for w in windows], mask)


def test_windows_past_the_end_are_an_index_error():
    with pytest.raises(IndexError):
        Windows([counting(2)])[2]


def test_windows_feed_a_torch_data_loader_as_they_are():
    data = pytest.importorskip("torch.utils.data")
    batch = next(iter(data.DataLoader(Windows([counting(4)], history=2, chunk=3), batch_size=4)))
    assert batch["observations"]["x"].shape == (4, 2, 1)
    assert batch["actions"].shape == (4, 3, 1)
    assert batch["mask"].sum() == 3 + 3 + 2 + 1


def thoughtful(length):
    """Returns a counting trajectory whose procedure at step t is 100 t."""
    return replace(counting(length), procedure={"thought": 100 * np.arange(length)})


def test_windows_hand_out_the_procedure_of_the_first_action():
    windows = Windows([thoughtful(3), thoughtful(2)], history=2, chunk=3, procedure=["thought"])
    assert [int(w["procedure"]["thought"]) for w in windows] == [0, 100, 200, 0, 100]
    assert windows.procedure()["thought"].tolist() == [0, 100, 200, 0, 100]
    assert "procedure" not in Windows([thoughtful(3)])[0]


def test_a_procedure_that_was_not_recorded_is_named():
    with pytest.raises(UnknownNameError, match="procedure field of a demonstration of train context 0"):
        Windows([thoughtful(3), counting(2)], procedure=["thought"])


@pytest.mark.parametrize("sizes", [{"history": 0}, {"chunk": 0}])
def test_windows_of_nothing_are_refused(sizes):
    with pytest.raises(ValueError, match="history and chunk must be at least 1"):
        Windows([counting(2)], **sizes)


def test_an_example_is_the_learners_to_change():
    windows = Windows([counting(2)])
    windows[0]["observations"]["x"][:] = 7
    windows[0]["actions"][:] = 7
    windows[0]["mask"][:] = False
    assert windows[0]["observations"]["x"] == 0
    assert windows[0]["actions"] == 0
    assert windows[0]["mask"].all()
