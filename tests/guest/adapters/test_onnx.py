"""Models in ONNX, played by onnxruntime: equal to its own answer, and the same in any lane."""

from __future__ import annotations

import numpy as np
import pytest
from adapting import observed, records, told, write_onnx

from ilbench.guest.adapters.mapping import MappingError
from ilbench.guest.adapters.onnx import Policy, make_session

LOAD = "ilbench.guest.adapters.onnx:Policy"


@pytest.mark.parametrize("rows", [None, 1, 3, 8, 16])
def test_actions_are_those_of_onnxruntime_on_a_thousand_observations(tmp_path, rows):
    policy = Policy(**write_onnx(tmp_path / "net.onnx", rows=rows))
    write_onnx(tmp_path / "free.onnx")
    session = make_session(str(tmp_path / "free.onnx"))
    worst = max(
        np.abs(policy.act(one) - session.run(None, {"state": one["state"]})[0]).max() for one in observed()
    )
    assert worst <= 1e-6


@pytest.mark.parametrize("settings", [{}, {"rows": 1}, {"noise": True}], ids=str)
def test_records_do_not_depend_on_lanes(tmp_path, settings):
    arguments = write_onnx(tmp_path / "net.onnx", **settings)
    assert records(LOAD, arguments, 1) == records(LOAD, arguments, 8)


def test_what_is_drawn_follows_from_the_seed(tmp_path):
    policy, one = Policy(**write_onnx(tmp_path / "net.onnx", noise=True)), observed(8)[0]
    drawn = []
    for seed in (3, 3, 4):
        policy.reset(2, seed, {})
        drawn.append(policy.act(one)[2, 0])
    assert drawn[0] == drawn[1] != drawn[2]


def test_an_input_of_another_size_is_found_before_the_first_episode(tmp_path):
    with pytest.raises(MappingError, match=r"input 'state': it takes \(3\), and is fed \(2\)"):
        Policy(**write_onnx(tmp_path / "net.onnx", size=3))


def test_an_output_that_there_is_not_is_named(tmp_path):
    arguments = write_onnx(tmp_path / "net.onnx")
    with pytest.raises(MappingError, match=r"no output 'logits'; it has: mean"):
        Policy(arguments["path"], told(output="logits"))
