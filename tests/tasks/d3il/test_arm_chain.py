from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mujoco")
pytest.importorskip("numba")
import mujoco

from ilbench.tasks.d3il.arm_chain import place_chain
from ilbench.tasks.d3il.panda import TCP, attach_panda


def chain(joints):
    frame, at, jacobian = np.empty((3, 3)), np.empty(3), np.empty((6, 7))
    place_chain(joints, frame, at, jacobian)
    return frame, at, jacobian


@pytest.fixture(scope="module")
def arm():
    spec = mujoco.MjSpec()
    attach_panda(spec, "rod")
    spec.add_material(name="rod")
    model = spec.compile()
    return model, mujoco.MjData(model)


@pytest.mark.parametrize("seed", range(5))
def test_the_tool_its_turn_and_its_jacobian_are_those_of_the_simulated_arm(arm, seed):
    model, data = arm
    low, high = model.jnt_range.T
    data.qpos[:] = np.random.default_rng(seed).uniform(low, high)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    expected, site = np.zeros((6, 7)), model.site(TCP).id
    mujoco.mj_jacSite(model, data, expected[:3], expected[3:], site)
    frame, at, jacobian = chain(data.qpos.copy())
    np.testing.assert_allclose(at, data.site_xpos[site], atol=1e-12)
    np.testing.assert_allclose(frame.ravel(), data.site_xmat[site], atol=1e-12)
    np.testing.assert_allclose(jacobian, expected, atol=1e-12)
