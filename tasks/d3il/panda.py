"""The Panda arm: a body for Stacking, a drawing for pictures, and its kinematics.

Lengths, masses, inertias, limits and forces are the numbers of the arm that D3IL simulates (Franka's
published kinematics, the identified inertias of its description); joint ranges are those of Franka's data
sheet. The meshes that are seen are read from an installed robosuite; nothing else needs that package.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import mujoco
import numpy as np

from ilbench.tasks.d3il.meshes import Mesh, gripper_mesh, link_meshes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

TCP = "tcp"
"""Name of the body and of the site between the finger tips whose position the tasks observe."""

HAND_TO_TCP_M = 0.105
"""The TCP lies this far along the hand's z axis, which points out of the gripper."""

DOWN = (0.0, 1.0, 0.0, 0.0)
"""Orientation w, x, y, z of a hand (and of its TCP) that points straight down, fingers opening along y."""

FINGER_TRAVEL_M = 0.04
"""How far each finger moves; the width between the fingers is the sum of both."""

JOINTS = tuple(f"joint{index}" for index in range(1, 8))
FINGER_JOINTS = ("finger_joint1", "finger_joint2")

HOME = (0.0, -0.039259, 0.0, -2.186134, 0.0, 2.146877, 0.785398)
"""Joint angles in rad that hold the TCP at Stacking's start (0.525, 0, 0.3), pointing down."""

CLOSE_M = 1e-5
"""How close inverse kinematics comes to a pose that can be reached, along each axis."""

TURN_M = 0.1
"""How much a turn by one radian weighs against a distance, where a pose cannot be reached."""

Skin = Literal["whole", "hand", "none"]

VISUAL_GROUP, COLLISION_GROUP = 1, 4
_COLORS = {"white": (0.93, 0.94, 0.95), "dark": (0.2, 0.2, 0.22)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A link: its frame in the one before, joint range (rad), greatest torque (N m), inertia."""

    pos: tuple[float, float, float]
    turn: int
    """Quarter turns about x of its frame."""
    range: tuple[float, float]
    torque: float
    mass: float
    center: tuple[float, float, float]
    inertia: tuple[float, float, float]
    axes: tuple[float, float, float, float]
    """Orientation of the principal axes, w, x, y, z."""


_LINKS = (
    _Link(
        pos=(0, 0, 0.333),
        turn=0,
        range=(-2.8973, 2.8973),
        torque=87,
        mass=2.77281,
        center=(1.1399e-05, -0.0312655, -0.0693733),
        inertia=(0.0164224, 0.0153969, 0.00546286),
        axes=(0.98466, 0.174481, -0.000101815, 0.000347662),
    ),
    _Link(
        pos=(0, 0, 0),
        turn=-1,
        range=(-1.7628, 1.7628),
        torque=87,
        mass=2.7996,
        center=(-1.31766e-05, -0.0703216, 0.0311782),
        inertia=(0.016787, 0.0157415, 0.00553027),
        axes=(0.57484, 0.818266, -6.05764e-05, -6.61626e-05),
    ),
    _Link(
        pos=(0, -0.316, 0),
        turn=1,
        range=(-2.8973, 2.8973),
        torque=87,
        mass=2.14603,
        center=(0.0443483, 0.0249283, -0.03813),
        inertia=(0.00915257, 0.00896477, 0.00384742),
        axes=(0.0615263, 0.349824, 0.234291, 0.904956),
    ),
    _Link(
        pos=(0.0825, 0, 0),
        turn=1,
        range=(-3.0718, -0.0698),
        torque=87,
        mass=2.18807,
        center=(-0.0385503, 0.0395256, 0.0247162),
        inertia=(0.00946899, 0.00928491, 0.00396694),
        axes=(0.813566, 0.465041, 0.309792, 0.160858),
    ),
    _Link(
        pos=(-0.0825, 0.384, 0),
        turn=-1,
        range=(-2.8973, 2.8973),
        torque=12,
        mass=3.19545,
        center=(-6.36776e-05, 0.0384124, -0.10997),
        inertia=(0.0278873, 0.0268823, 0.00569569),
        axes=(0.990767, -0.135571, 0.000963106, 0.000694406),
    ),
    _Link(
        pos=(0, 0, 0),
        turn=1,
        range=(-0.0175, 3.7525),
        torque=12,
        mass=1.35761,
        center=(0.0510023, 0.00693267, 0.00616899),
        inertia=(0.00412168, 0.0033698, 0.00213304),
        axes=(-0.0460841, 0.754362, 0.044494, 0.653325),
    ),
    _Link(
        pos=(0.088, 0, 0),
        turn=1,
        range=(-2.8973, 2.8973),
        torque=12,
        mass=0.417345,
        center=(0.0103614, 0.0103596, 0.0791078),
        inertia=(0.000637671, 0.000528056, 0.000279577),
        axes=(0.63547, 0.278021, -0.670462, 0.263369),
    ),
)
_FLANGE_M = 0.107
_ROTOR_INERTIA = 0.1
"""What a geared rotor adds to each joint, kg m². D3IL has a link of 0.1 kg m² without extent at the wrist."""
_FINGERS_AT_M = 0.0584
_HALF_ROD_M = 0.01
_FINGER_FORCE_N = 70.0
_FINGER_DAMPING = 10.0


def attach_panda(spec: mujoco.MjSpec, *, gripper: bool, physical: bool, skin: Skin = "none") -> None:
    """Adds the arm to `spec`, its base at the world's origin, link bodies "link0" to "link7", then "hand".

    Joints are called `JOINTS` and `FINGER_JOINTS`, the body and the site of the grasp point `TCP`. The arm
    stands at joint angles 0 until it is posed (`HOME`, `PandaKinematics`).

    With ``physical``, every joint has a motor of its own name (torque in N m up to 87 for joints 1 to 4 and
    12 for the rest, as in D3IL; force in N up to 70 for the fingers), and gravity on the arm is
    compensated, as the real one does by itself. What touches is in group 4: a box for the hand, a box and a
    pad (sliding friction 2, condim 4, soft; D3IL's) for each finger. Its contype is 0 and its conaffinity
    1: it touches what has bit 0 in its contype, never itself. The links above the hand touch nothing.

    Without ``physical`` it is a drawing: no contacts, no motors; the joints stay, to be posed by qpos.

    Args:
        spec: Where to add it; angles are written in the unit that its compiler reads.
        gripper: Whether the fingers move. Without, they are closed around a rod of 10 mm radius.
        physical: Whether it is a body or a drawing.
        skin: What is seen of it, see `dress_panda`. Physics needs none; a painter dresses an arm without.

    Raises:
        MissingPackageError: If there is a skin to be drawn and robosuite is not installed.
    """
    parent = spec.worldbody.add_body(name="link0")
    _set_inertia(parent, 3.01399, (0, 0, 0.05), (0.0127, 0.0118, 0.0086), (1, 0, 0, 0))
    per_radian = 180 / math.pi if spec.compiler.degree else 1.0
    for index, link in enumerate(_LINKS, 1):
        half = link.turn * math.pi / 4
        turned = (math.cos(half), math.sin(half), 0, 0)
        parent = parent.add_body(name=f"link{index}", pos=link.pos, quat=turned)
        _set_inertia(parent, link.mass, link.center, link.inertia, link.axes)
        limits = [limit * per_radian for limit in link.range]
        joint = parent.add_joint(name=f"joint{index}", axis=(0, 0, 1), range=limits, limited=True)
        joint.armature = _ROTOR_INERTIA
    _add_hand(parent, gripper=gripper, physical=physical)
    if physical:
        limits = [link.torque for link in _LINKS] + [_FINGER_FORCE_N] * 2 * gripper
        for name, limit in zip(JOINTS + FINGER_JOINTS * gripper, limits, strict=True):
            motor = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
            motor.forcelimited, motor.forcerange = True, (-limit, limit)
    if skin != "none":
        dress_panda(spec, whole=skin == "whole")


def dress_panda(spec: mujoco.MjSpec, *, whole: bool) -> None:
    """Gives the arm in `spec` the meshes that are seen, in group 1.

    Args:
        spec: With an arm from `attach_panda` that has no skin yet.
        whole: Whether all of it is seen, or the hand and fingers alone as in D3IL's images, which show the
            rest at a tenth of full opacity.

    Raises:
        MissingPackageError: If robosuite, which has the meshes, is not installed.
    """
    _add_mesh(spec, spec.body("hand"), "hand", "white", gripper_mesh("hand_vis.stl"))
    for index, side in enumerate((1, -1), 1):
        _add_finger_mesh(spec, spec.body(f"finger{index}"), side)
    if whole:
        for link, colors in link_meshes().items():
            for color, mesh in colors.items():
                _add_mesh(spec, spec.body(link), link, color, mesh)


def add_hand(spec: mujoco.MjSpec, body: Any) -> None:
    """Draws the hand, fingers closed around a rod, over a rod's body whose frame is the TCP, upright.

    The hand points down. For pictures that show no more of the arm, it needs no inverse kinematics.
    """
    hand = body.add_body(name="hand", pos=(0, 0, HAND_TO_TCP_M), quat=DOWN)
    _set_inertia(hand, 0.67, (0, 0, 0.02), (0.0023, 0.0021, 0.0005), (1, 0, 0, 0))
    _add_mesh(spec, hand, "hand", "white", gripper_mesh("hand_vis.stl"))
    for side in (1, -1):
        _add_finger_mesh(spec, hand, side).pos = (0, side * _HALF_ROD_M, _FINGERS_AT_M)


def _add_hand(link7: Any, *, gripper: bool, physical: bool) -> None:
    eighth = math.pi / 8
    quat = (math.cos(eighth), 0, 0, -math.sin(eighth))
    hand = link7.add_body(name="hand", pos=(0, 0, _FLANGE_M), quat=quat)
    center, inertia = (-2.76618e-06, -0.00061547, 0.0239295), (0.00227632, 0.00206087, 0.000456542)
    _set_inertia(hand, 0.670782, center, inertia, (0.697945, 0.716151, -0.000242485, 8.47563e-05))
    hand.add_body(name=TCP, pos=(0, 0, HAND_TO_TCP_M)).add_site(name=TCP, size=[0.001] * 3, group=5)
    if physical:
        _add_box(hand, (0, 0, 0.035), (0.032, 0.102, 0.032))
    for index, side in enumerate((1, -1)):
        finger = hand.add_body(name=f"finger{index + 1}", pos=(0, 0, _FINGERS_AT_M))
        center, inertia = (0, side * 0.0119585, 0.0237816), (5.69661e-06, 5.56035e-06, 1.55183e-06)
        _set_inertia(finger, 0.0218754, center, inertia, (1, 0, 0, 0))
        if physical:
            _add_finger_contacts(finger, side)
        if gripper:
            joint = finger.add_joint(name=FINGER_JOINTS[index], type=mujoco.mjtJoint.mjJNT_SLIDE)
            joint.axis, joint.damping = (0, side, 0), _FINGER_DAMPING
            joint.range, joint.limited = (0, FINGER_TRAVEL_M), True
            joint.armature, joint.solref_limit, joint.solimp_limit[:2] = 0.1, (0.01, 1), (0.95, 0.99)
        else:
            finger.pos = (0, side * _HALF_ROD_M, _FINGERS_AT_M)


def _add_finger_contacts(finger: Any, side: int) -> None:
    """Adds the box of a finger's shaft, and its pad: 16 mm wide and high, its face the finger's y = 0."""
    _add_box(finger, (0, side * 0.0155, 0.02), (0.0105, 0.0075, 0.02))
    pad = _add_box(finger, (0, side * 0.004, 0.044), (0.008, 0.004, 0.008))
    pad.friction, pad.condim, pad.solref = (2, 0.05, 0.0001), 4, (0.01, 0.5)


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


def _set_inertia(
    body: Any, mass: float, center: Sequence[float], inertia: Sequence[float], axes: Sequence[float]
) -> None:
    body.mass, body.ipos, body.inertia, body.iquat = mass, center, inertia, axes
    body.explicitinertial, body.gravcomp = True, 1.0


def _add_finger_mesh(spec: mujoco.MjSpec, body: Any, side: int) -> Any:
    geom = _add_mesh(spec, body, "finger", "dark", gripper_mesh("finger_vis.stl"))
    geom.quat = (1, 0, 0, 0) if side > 0 else (0, 0, 0, 1)
    return geom


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
        attach_panda(spec, gripper=False, physical=False, skin="none")
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._site = self._model.site(TCP).id
        self._jacobian = np.zeros((6, 7))
        self.limits: NDArray[np.float64] = self._model.jnt_range.T.copy()
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
        self._data.qpos[:] = joints
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
        jacobian = self._jacobian
        mujoco.mj_jacSite(self._model, self._data, jacobian[:3], jacobian[3:], self._site)
        jacobian[3:] *= TURN_M
        home = (np.array(HOME) - joints) * 0.1 * min(1.0, 1e-6 / damping)
        gram = jacobian @ jacobian.T + damping * np.eye(6)
        return home + jacobian.T @ np.linalg.solve(gram, error - jacobian @ home)
