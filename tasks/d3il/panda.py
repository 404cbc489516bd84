"""The Panda arm of all D3IL tasks: its body, with a rod or a gripper, its looks, and its inverse kinematics.

Lengths, masses and joint ranges are the numbers of the arm that D3IL simulates. The meshes that are seen
are read from an installed robosuite; nothing else needs that package.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import mujoco
import numpy as np

from ilbench.tasks.d3il.arm_chain import FLANGE_M, HAND_TO_TCP_M, HAND_TURN, OFFSETS_M, QUARTER_TURNS
from ilbench.tasks.d3il.arm_law import DAMPING, HIGHEST, LOWEST
from ilbench.tasks.d3il.joint_law import FINGER_TRAVEL_M
from ilbench.tasks.d3il.layout import HOME, ROD_END_M, ROD_RADIUS_M
from ilbench.tasks.d3il.meshes import Mesh, gripper_mesh, link_meshes
from ilbench.tasks.d3il.panda_masses import BASE, FLANGE, HAND, LINKS, ROD, ROD_TIP, Mass, finger, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

TCP = "tcp"
"""Name of the body and of the site between the finger tips whose position the tasks observe."""

DOWN = (0.0, 1.0, 0.0, 0.0)
"""Orientation w, x, y, z of a hand (and of its TCP) that points straight down, fingers opening along y."""

JOINTS = tuple(f"joint{index}" for index in range(1, 8))
FINGER_JOINTS = ("finger_joint1", "finger_joint2")

CLOSE_M = 1e-5
"""How close inverse kinematics comes to a pose that can be reached, along each axis."""

TURN_M = 0.1
"""How much a turn by one radian weighs against a distance, where a pose cannot be reached."""

VISUAL_GROUP, COLLISION_GROUP = 1, 4
_COLORS = {"white": (0.93, 0.94, 0.95), "dark": (0.2, 0.2, 0.22)}

ROD_TOP_M = -0.075
"""Where the rod begins, along the hand's z axis; it ends `ROD_END_M` beyond the tool center point."""

_FINGERS_AT_M = 0.0584
_FINGER_DAMPING = 10.0

Tool = Literal["rod", "gripper"]


def attach_panda(spec: mujoco.MjSpec, tool: Tool, *, implicit: float = 0.0) -> None:
    """Adds the arm to `spec`, its base at the world's origin, link bodies "link0" to "link7", then "hand".

    Joints are called `JOINTS` and `FINGER_JOINTS`, the body and the site of the grasp point `TCP`. The arm
    stands at joint angles 0 until it is posed. Every joint has a motor of its own name, which is given
    torques in N m (forces in N for the fingers), bounded by who gives them; gravity is theirs to compensate.

    With a rod, the fingers are open and do not move, and the rod alone touches: what the default contype and
    conaffinity do. With a gripper, what touches is in group 4: a box for the hand, a box and a pad (sliding
    friction 2, condim 4, soft; D3IL's) for each finger. Its contype is 0 and its conaffinity 1: it touches
    what has bit 0 in its contype, never itself. The links above the hand touch nothing.

    Args:
        spec: Where to add it; angles are written in the unit that its compiler reads.
        tool: What the hand holds or is.
        implicit: Share of the control law's damping that the joints have, see
            `ilbench.tasks.d3il.layout.Timing`.
    """
    parent = spec.worldbody.add_body(name="link0")
    per_radian = 180 / math.pi if spec.compiler.degree else 1.0
    chain = zip(LINKS, OFFSETS_M.tolist(), QUARTER_TURNS.tolist(), DAMPING.tolist(), JOINTS, strict=True)
    for index, (link, offset, turn, damping, name) in enumerate(chain, 1):
        half = turn * math.pi / 4
        parent = parent.add_body(name=f"link{index}", pos=offset, quat=(math.cos(half), math.sin(half), 0, 0))
        _weigh(parent, [link.mass])
        limits = [limit * per_radian for limit in link.range]
        joint = parent.add_joint(name=name, axis=(0, 0, 1), range=limits, limited=True)
        joint.damping = implicit * damping
    half = HAND_TURN / 2
    hand = parent.add_body(name="hand", pos=(0, 0, FLANGE_M), quat=(math.cos(half), 0, 0, math.sin(half)))
    hand.add_body(name=TCP, pos=(0, 0, HAND_TO_TCP_M)).add_site(name=TCP, size=[0.001] * 3, group=5)
    if tool == "rod":
        _add_rod(hand)
    else:
        _add_gripper(hand)
    for name in JOINTS + FINGER_JOINTS * (tool == "gripper"):
        spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)


def dress_panda(spec: mujoco.MjSpec, *, whole: bool) -> None:
    """Gives the arm in `spec` the meshes that are seen, in group 1.

    Args:
        spec: With an arm from `attach_panda` that has no skin yet.
        whole: Whether all of it is seen, or the hand and fingers alone as in D3IL's images, which show the
            rest at a tenth of full opacity.

    Raises:
        MissingPackageError: If robosuite, which has the meshes, is not installed.
    """
    hand = spec.body("hand")
    _add_mesh(spec, hand, "hand", "white", gripper_mesh("hand_vis.stl"))
    for name, side in _SIDES.items():
        moving = spec.body(name)
        geom = _add_mesh(spec, moving or hand, "finger", "dark", gripper_mesh("finger_vis.stl"))
        geom.quat = (1, 0, 0, 0) if side > 0 else (0, 0, 0, 1)
        if moving is None:
            geom.pos = (0, side * FINGER_TRAVEL_M, _FINGERS_AT_M)
    if whole:
        _weigh(spec.body("link0"), [BASE])  # MuJoCo asks for the mass of what has meshes
        for link, colors in link_meshes().items():
            for color, mesh in colors.items():
                _add_mesh(spec, spec.body(link), link, color, mesh)


_SIDES = {"finger1": 1, "finger2": -1}


def _add_rod(hand: Any) -> None:
    masses = [FLANGE, HAND, ROD, ROD_TIP]
    for side in _SIDES.values():
        masses += [mass.moved((0, side * FINGER_TRAVEL_M, _FINGERS_AT_M)) for mass in finger(side)]
    _weigh(hand, masses)
    hand.add_geom(
        name="rod",
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        fromto=[0, 0, ROD_TOP_M, 0, 0, HAND_TO_TCP_M + ROD_END_M],
        size=[ROD_RADIUS_M, 0, 0],
        mass=0,
        group=VISUAL_GROUP,
        material="rod",
    )


def _add_gripper(hand: Any) -> None:
    _weigh(hand, [FLANGE, HAND])
    _add_box(hand, (0, 0, 0.035), (0.032, 0.102, 0.032))
    for name, joint_name, side in zip(_SIDES, FINGER_JOINTS, _SIDES.values(), strict=True):
        body = hand.add_body(name=name, pos=(0, 0, _FINGERS_AT_M))
        _weigh(body, finger(side))
        _add_box(body, (0, side * 0.0155, 0.02), (0.0105, 0.0075, 0.02))
        pad = _add_box(body, (0, side * 0.0035, 0.044), (0.008, 0.004, 0.008))
        pad.friction, pad.solref = (2, 0.05, 0.0001), (0.01, 0.5)
        for geom in body.geoms:
            geom.condim, geom.solimp[:3] = 4, (0.998, 0.999, 0.001)
        joint = body.add_joint(name=joint_name, type=mujoco.mjtJoint.mjJNT_SLIDE)
        joint.axis, joint.damping = (0, side, 0), _FINGER_DAMPING
        joint.range, joint.limited = (0, FINGER_TRAVEL_M), True


def _add_box(body: Any, pos: Sequence[float], size: Sequence[float]) -> Any:
    return body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=pos,
        size=size,
        mass=0,
        group=COLLISION_GROUP,
        contype=0,
        conaffinity=1,
    )


def _weigh(body: Any, masses: Sequence[Mass]) -> None:
    body.mass, body.ipos, body.fullinertia = joined(masses)
    body.explicitinertial = True


def _add_mesh(spec: mujoco.MjSpec, body: Any, part: str, color: str, mesh: Mesh) -> Any:
    name, material = f"panda_{part}_{color}", f"panda_{color}"
    if not any(known.name == name for known in spec.meshes):
        added = spec.add_mesh(name=name, inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL)
        added.uservert, added.userface = mesh[0].ravel(), mesh[1].ravel()
    if not any(known.name == material for known in spec.materials):
        spec.add_material(name=material, rgba=(*_COLORS[color], 1), specular=0.4, shininess=0.4)
    return body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=name,
        material=material,
        mass=0,
        group=VISUAL_GROUP,
        contype=0,
        conaffinity=0,
    )


class PandaKinematics:
    """Forward and inverse kinematics of the arm's TCP, in the frame of its base.

    Deterministic, and without memory: the same arguments give the same bits, whatever was asked before.
    """

    def __init__(self) -> None:
        spec = mujoco.MjSpec()
        attach_panda(spec, "gripper")
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._site = self._model.site(TCP).id
        self._jacobian = np.zeros((6, self._model.nv))
        self.limits: NDArray[np.float64] = np.array([LOWEST, HIGHEST])
        """Smallest and greatest joint angles in rad, shape (2, 7)."""

    def forward(self, joints: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns the TCP's position in m, shape (3,), and its orientation w, x, y, z, shape (4,)."""
        self._place(np.asarray(joints, np.float64))
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, self._data.site_xmat[self._site])
        return self._data.site_xpos[self._site].copy(), quaternion

    def joints_for(
        self,
        position: ArrayLike,
        quaternion: ArrayLike = DOWN,
        near: ArrayLike = HOME,
        *,
        max_iterations: int = 60,
    ) -> NDArray[np.float64]:
        """Returns joint angles within their limits, rad, shape (7,), that bring the TCP to a pose.

        Levenberg and Marquardt's least squares on MuJoCo's Jacobian from `near`; motion that does not move
        the TCP pulls towards `HOME`. Within 10 µm and 0.1 mrad where the pose can be reached. Where it
        cannot, the arm stretches and tilts towards it: compare with `forward` if that matters. Pointing
        down, a Panda reaches 0.75 m from its base, not the far corners of the table.

        Args:
            position: Where the TCP should be, m.
            quaternion: How it should be turned, w, x, y, z.
            near: Angles to begin from; the closer, the fewer iterations.
            max_iterations: When to give up.
        """
        target, turn = np.asarray(position, np.float64), np.asarray(quaternion, np.float64)
        joints = np.clip(np.asarray(near, np.float64), *self.limits)
        error, damping = self._error_at(joints, target, turn), 1e-6
        for _ in range(max_iterations):
            if max(abs(error)) < CLOSE_M:
                break
            moved = np.clip(joints + self._step(joints, error, damping), *self.limits)
            moved_error = self._error_at(moved, target, turn)
            if moved_error @ moved_error < error @ error:
                joints, error, damping = moved, moved_error, max(damping / 8, 1e-6)
            else:
                damping *= 8
        return joints

    def _place(self, joints: NDArray[np.float64]) -> None:
        self._data.qpos[: len(JOINTS)] = joints
        mujoco.mj_kinematics(self._model, self._data)

    def _error_at(
        self, joints: NDArray[np.float64], position: NDArray[np.float64], quaternion: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Returns how far the pose is from the TCP's: m, and rad times `TURN_M`; shape (6,)."""
        self._place(joints)
        here, difference, error = np.empty(4), np.empty(4), np.empty(6)
        mujoco.mju_mat2Quat(here, self._data.site_xmat[self._site])
        mujoco.mju_negQuat(here, here)
        mujoco.mju_mulQuat(difference, quaternion, here)
        mujoco.mju_quat2Vel(error[3:], difference, 1.0)
        error[3:] *= TURN_M
        error[:3] = position - self._data.site_xpos[self._site]
        return error

    def _step(
        self, joints: NDArray[np.float64], error: NDArray[np.float64], damping: float
    ) -> NDArray[np.float64]:
        """Returns a change of `joints` that lessens the error, and beside it pulls towards `HOME`."""
        self._place(joints)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_jacSite(self._model, self._data, self._jacobian[:3], self._jacobian[3:], self._site)
        jacobian = self._jacobian[:, : len(JOINTS)].copy()
        jacobian[3:] *= TURN_M
        home = (np.array(HOME) - joints) * 0.1 * min(1.0, 1e-6 / damping)
        gram = jacobian @ jacobian.T + damping * np.eye(6)
        return home + jacobian.T @ np.linalg.solve(gram, error - jacobian @ home)
