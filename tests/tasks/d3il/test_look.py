"""How the D3IL tasks look: the arm's kinematics, D3IL's cameras, and the painter."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

mujoco = pytest.importorskip("mujoco")

from ilbench.errors import MissingPackageError  # noqa: E402 - after the check that MuJoCo is there
from ilbench.tasks.d3il import look, meshes, panda  # noqa: E402

STARTS = ((0.525, -0.28, 0.12), (0.525, -0.35, 0.25), (0.525, -0.3, 0.25), (0.525, 0.0, 0.3))
"""D3IL's tool center points at the start of an episode, m."""

REACH_M = 0.74
"""Distance from the base within which a Panda that points down gets everywhere over the table."""

FROZEN = {
    "fixed": [[227.3, 220.1, 225.8], [230.1, 233.6, 239.2], [239.2, 239.2, 239.1]],
    "wrist": [[240.2, 239.4, 240.4], [239.7, 240.0, 239.6], [239.8, 223.1, 239.8]],
}
"""Mean gray of the nine parts of the pictures of `rod_scene`. Other numbers need new image tasks."""

needs_meshes = pytest.mark.skipif(
    importlib.util.find_spec("robosuite") is None, reason="robosuite has the meshes"
)


@pytest.fixture(scope="module")
def kinematics():
    return panda.PandaKinematics()


def rod_scene():
    """Returns the spec of the arm with its rod, a red cube and a green target, and its model."""
    spec = mujoco.MjSpec.from_string(
        """<mujoco><asset><material name="rod"/></asset><worldbody>
        <body name="target" mocap="true">
          <geom type="box" size="0.05 0.05 0.001" group="1" rgba="0 1 0 1"/>
        </body>
        </worldbody></mujoco>"""
    )
    panda.attach_panda(spec, "rod")
    red = spec.worldbody.add_body(name="red", pos=(0.5, 0, 0.011))
    red.add_freejoint()
    red.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=(0.03,) * 3, group=1, rgba=(1, 0, 0, 1))
    return spec, spec.copy().compile()


def state(model, rod=STARTS[0], red=(0.5, 0.0, 0.011)):
    data = mujoco.MjData(model)
    data.qpos[:7], data.qpos[7:10] = panda.PandaKinematics().joints_for(rod), red
    return data


def camera_in(spec, name):
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    camera = model.camera(name).id
    return data.cam_xpos[camera], data.cam_xmat[camera].reshape(3, 3), model.cam_fovy[camera]


# --- kinematics -----------------------------------------------------------------------------------------


def test_the_ready_pose_of_the_panda_is_where_franka_says(kinematics):
    position, quaternion = kinematics.forward((0, -np.pi / 4, 0, -3 * np.pi / 4, 0, np.pi / 2, np.pi / 4))
    flange_to_tcp = 0.105 - 0.1034  # Franka's own tool center point is 103.4 mm along the hand's z
    np.testing.assert_allclose(position, (0.30689, 0, 0.48688 - flange_to_tcp), atol=1e-4)
    np.testing.assert_allclose(quaternion, panda.DOWN, atol=1e-6)


def test_home_holds_the_tool_at_the_start_of_stacking_pointing_down(kinematics):
    position, quaternion = kinematics.forward(panda.HOME)
    np.testing.assert_allclose(position, STARTS[3], atol=2e-3)  # where D3IL's own search stops
    np.testing.assert_allclose(quaternion, panda.DOWN, atol=5e-3)


@pytest.mark.parametrize("start", STARTS)
def test_the_starts_of_d3il_are_reached(kinematics, start):
    assert_reached(kinematics, start, kinematics.joints_for(start))


def test_the_table_is_reached_as_far_as_a_panda_reaches(kinematics):
    grid = np.stack(
        np.meshgrid(np.arange(0.3, 0.81, 0.1), np.arange(-0.45, 0.51, 0.095), (0.0, 0.12, 0.35)), -1
    )
    points = [point for point in grid.reshape(-1, 3) if np.hypot(*point[:2]) < REACH_M]
    assert len(points) > 100
    for point in points:
        assert_reached(kinematics, point, kinematics.joints_for(point))


def assert_reached(kinematics, point, joints):
    position, quaternion = kinematics.forward(joints)
    assert np.linalg.norm(position - point) < 1e-4
    assert 1 - abs(quaternion @ panda.DOWN) < 1e-7
    assert (kinematics.limits[0] <= joints).all()
    assert (joints <= kinematics.limits[1]).all()


def test_a_turned_tool_is_reached(kinematics):
    turn = np.array((0, np.cos(0.4), np.sin(0.4), 0))  # pointing down, turned by 0.8 rad about the vertical
    position, quaternion = kinematics.forward(kinematics.joints_for((0.5, 0.1, 0.2), turn))
    np.testing.assert_allclose(position, (0.5, 0.1, 0.2), atol=1e-4)
    np.testing.assert_allclose(abs(quaternion @ turn), 1, atol=1e-7)


def test_inverse_kinematics_has_no_memory(kinematics):
    first = kinematics.joints_for(STARTS[0])
    kinematics.joints_for((0.6, 0.3, 0.3))
    np.testing.assert_array_equal(kinematics.joints_for(STARTS[0]), first)


def test_out_of_reach_the_arm_stretches_towards_the_point(kinematics):
    position, _ = kinematics.forward(kinematics.joints_for((50.0, 0.0, 0.1)))
    assert np.isfinite(position).all()
    assert position[0] > 0.7


# --- cameras --------------------------------------------------------------------------------------------


def test_the_fixed_camera_is_d3ils():
    spec = mujoco.MjSpec()
    look.furnish(spec)
    position, frame, fovy = camera_in(spec, look.FIXED_CAMERA)
    np.testing.assert_allclose(position, (1.05, 0, 1.2))
    pitch = 2 * np.arctan2(0.183, 0.683)  # of its optical axis from straight down, towards the base
    np.testing.assert_allclose(-frame[:, 2], (-np.sin(pitch), 0, -np.cos(pitch)), atol=1e-6)
    assert fovy == 45


def test_the_wrist_camera_is_d3ils():
    original = """<mujoco><compiler angle="radian"/><worldbody>
      <body pos="0.5 0.1 0.225" quat="0 1 0 0">
        <camera name="wrist" pos="0.1 0 0" euler="0 3.14 1.57" fovy="60"/>
      </body>
    </worldbody></mujoco>"""
    spec = mujoco.MjSpec()
    look.add_wrist_camera(spec.worldbody.add_body(pos=(0.5, 0.1, 0.225), quat=panda.DOWN))
    for ours, theirs in zip(
        camera_in(spec, "wrist"), camera_in(mujoco.MjSpec.from_string(original), "wrist"), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)  # D3IL rounds its angles to 3.14 and 1.57


def test_furniture_touches_nothing():
    spec, _ = rod_scene()
    bare = spec.copy().compile()
    look.furnish(spec)
    furnished = spec.compile()
    assert furnished.geom_contype.sum() == bare.geom_contype.sum()
    assert furnished.geom_conaffinity.sum() == bare.geom_conaffinity.sum()


# --- the painter ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def painter_and_model():
    spec, model = rod_scene()
    painter = look.Painter(spec, model, look.OBSERVATION, 96, 96)
    yield painter, model
    painter.close()


@needs_meshes
def test_pictures_have_the_asked_size_and_differ_between_cameras(painter_and_model):
    painter, model = painter_and_model
    pictures = painter.paint_all(state(model), ("fixed", "wrist"))
    assert {picture.shape for picture in pictures.values()} == {(96, 96, 3)}
    assert pictures["fixed"].dtype == np.uint8
    assert (pictures["fixed"] != pictures["wrist"]).any()


@needs_meshes
def test_things_are_seen_where_they_are(painter_and_model):
    painter, model = painter_and_model
    rows = []
    for x in (0.4, 0.5, 0.6):
        picture = painter.paint(state(model, red=(x, 0.0, 0.011)), "fixed").astype(int)
        rows.append(np.argwhere(picture[..., 0] - picture[..., 1] > 100).mean(axis=0))
    assert rows[0][0] + 5 < rows[1][0] < rows[2][0] - 5  # away from the base is downwards
    assert all(abs(column - 47.5) < 1 for _, column in rows)


@needs_meshes
@pytest.mark.parametrize("camera", sorted(FROZEN))
def test_what_policies_see_has_not_changed(painter_and_model, camera):
    painter, model = painter_and_model
    blocks = painter.paint(state(model), camera).reshape(3, 32, 3, 32, 3)
    np.testing.assert_allclose(blocks.mean(axis=(1, 3, 4)), FROZEN[camera], atol=1.0)


@needs_meshes
def test_mocap_bodies_are_seen_where_they_are(painter_and_model):
    painter, model = painter_and_model
    data = state(model)
    data.mocap_pos[0] = (0.5, 0.3, -0.018)
    picture = painter.paint(data, "fixed").astype(int)
    assert np.argwhere(picture[..., 1] - picture[..., 0] > 100).mean(axis=0)[1] > 60


@needs_meshes
def test_a_picture_does_not_depend_on_the_frames_before(painter_and_model):
    painter, model = painter_and_model
    first = painter.paint(state(model), "fixed").copy()
    painter.paint(state(model, rod=(0.6, 0.2, 0.2)), "wrist")
    np.testing.assert_array_equal(painter.paint(state(model), "fixed"), first)


PRINT_DIGEST = """
import hashlib, sys
sys.path.insert(0, {folder!r})
from test_look import look, rod_scene, state
spec, model = rod_scene()
painter = look.Painter(spec, model, look.{style}, 96, 96)
print(hashlib.sha256(painter.paint(state(model), "fixed").tobytes()).hexdigest())
"""


@needs_meshes
@pytest.mark.parametrize("style", ["OBSERVATION", "PICTURE"])
def test_another_process_paints_the_same_bits(style):
    spec, model = rod_scene()
    painter = look.Painter(spec, model, getattr(look, style), 96, 96)
    painter.paint(state(model, rod=(0.6, 0.2, 0.2)), "overview")
    here = hashlib.sha256(painter.paint(state(model), "fixed").tobytes()).hexdigest()
    painter.close()
    code = PRINT_DIGEST.format(folder=str(__file__).rpartition("/")[0], style=style)
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here
    assert not there.stderr


@needs_meshes
def test_the_drawn_arm_holds_the_rod():
    spec, model = rod_scene()
    painter = look.Painter(spec, model, look.PICTURE, 96, 96)
    painter.paint(state(model), "overview")
    np.testing.assert_allclose(painter.drawing.site(panda.TCP).xpos, STARTS[0], atol=1e-4)
    painter.close()


@needs_meshes
def test_a_gripper_is_drawn_as_it_stands():
    spec = mujoco.MjSpec()
    panda.attach_panda(spec, "gripper")
    model = spec.copy().compile()
    data = mujoco.MjData(model)
    data.qpos[:] = [*panda.HOME, 0.04, 0.02]
    painter = look.Painter(spec, model, look.OBSERVATION, 96, 96)
    painter.paint(data, "wrist")
    np.testing.assert_array_equal(painter.drawing.qpos, data.qpos)
    painter.close()


def test_without_robosuite_a_picture_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"robosuite.*pip install"):
        meshes.robosuite_assets()


@needs_meshes
def test_coarser_meshes_keep_their_extent_and_lose_triangles():
    path = meshes.robosuite_assets() / "grippers" / "meshes" / "panda_gripper" / "hand_vis.stl"
    fine = meshes.load_mesh(path)
    coarse = meshes.coarser(fine, 0.004)
    assert len(coarse[1]) < 0.8 * len(fine[1])
    np.testing.assert_allclose(coarse[0].min(0), fine[0].min(0), atol=0.004)
    np.testing.assert_allclose(coarse[0].max(0), fine[0].max(0), atol=0.004)
