"""robosuite's operational-space controller, compiled together with the simulation of a control step.

robosuite runs its Python controller at each of the 25 substeps of a control step. Here one compiled loop
steps MuJoCo, by the addresses of its model and data, and computes the torques in between. With robosuite's
own formulas for them, the order and the memory layout of every matrix product are robosuite's too, for both
enter the last bit: the states are then the same, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from robosuite.utils import transform_utils
from robosuite.utils.control_utils import orientation_error

from ilbench.tasks.compiled_mujoco import mj_full_m, mj_jac_site, mj_step1, mj_step2
from ilbench.tasks.manipulation.robosuite.torques import direct_torques, robosuites_torques

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Simulation(NamedTuple):
    """MuJoCo's model and data: their addresses, and views of what a controller reads and writes."""

    model: int
    data: int
    qpos: NDArray[Any]
    qvel: NDArray[Any]
    mass: NDArray[Any]
    bias: NDArray[Any]
    ctrl: NDArray[Any]
    site_xpos: NDArray[Any]
    site_xmat: NDArray[Any]


class Arms(NamedTuple):
    """The arms of an environment; every array has a row an arm.

    Attributes:
        site: Index of the site at the hand that is controlled.
        actuators: Indices in ``ctrl``.
        qpos: Indices in ``qpos``.
        dofs: Indices in ``qvel``.
        low: Least torques (N m).
        high: Greatest torques (N m).
        rest: Joint angles (rad) that the null space is drawn to.
        kp: Stiffness, (1/s^2).
        kd: Damping (1/s).
        origin_pos: Position of the base (m).
        origin_ori: Rotation matrix of the base.
        world_in_origin: Pose matrix (4, 4) of the world in the base's frame.
    """

    site: NDArray[Any]
    actuators: NDArray[Any]
    qpos: NDArray[Any]
    dofs: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]
    rest: NDArray[Any]
    kp: NDArray[Any]
    kd: NDArray[Any]
    origin_pos: NDArray[Any]
    origin_ori: NDArray[Any]
    world_in_origin: NDArray[Any]


class Controller:
    """All arms of an environment under OSC_POSE, with their grippers.

    For the default settings only: deltas in the base's frame, fixed impedance, position and orientation
    uncoupled, no interpolation, bases that stand still. robosuite's own controller objects are not called, so
    what they keep (goals, and the robots' ``recent_*`` buffers) stays as the reset left it; no sparse reward
    reads it.

    Args:
        sim_env: The robosuite environment, reset.
        substeps: Physics steps in a control step.
        exact: Whether torques are robosuite's to the last bit, or those of `direct_torques`.
    """

    def __init__(self, sim_env: Any, substeps: int, *, exact: bool) -> None:
        model, data = sim_env.sim.model._model, sim_env.sim.data._data
        self._substeps, self._exact = substeps, exact
        self._parts = [(robot, robot.part_controllers["right"]) for robot in sim_env.robots]
        self._simulation = Simulation(
            model._address,
            data._address,
            data.qpos,
            data.qvel,
            data.qM,
            data.qfrc_bias,
            data.ctrl,
            data.site_xpos,
            data.site_xmat,
        )
        actuators = np.array([robot._ref_actuators_indexes_dict["right"] for robot, _ in self._parts])
        parts = [part for _, part in self._parts]
        self._arms = Arms(
            site=np.array([model.site(part.ref_name).id for part in parts]),
            actuators=actuators,
            qpos=np.array([part.qpos_index for part in parts]),
            dofs=np.array([part.qvel_index for part in parts]),
            low=np.ascontiguousarray(model.actuator_ctrlrange[actuators, 0]),
            high=np.ascontiguousarray(model.actuator_ctrlrange[actuators, 1]),
            rest=np.array([part.initial_joint for part in parts]),
            kp=np.array([part.kp for part in parts]),
            kd=np.array([part.kd for part in parts]),
            origin_pos=np.array([part.origin_pos for part in parts]),
            origin_ori=np.array([part.origin_ori for part in parts]),
            world_in_origin=np.array([_world_in(part.origin_pos, part.origin_ori) for part in parts]),
        )
        # robosuite's first torques of an episode use mass matrices from before the fingers were placed.
        self._first_masses: NDArray[Any] = np.array([part.mass_matrix for part in parts])

    def step(self, action: NDArray[np.float32]) -> None:
        """Holds the action for one control step."""
        moves, turns = np.empty((len(self._parts), 3)), np.empty((len(self._parts), 4))
        start = 0
        for i, (robot, part) in enumerate(self._parts):
            delta = part.scale_action(action[start : start + 6])
            moves[i], turns[i] = delta[:3], transform_utils.axisangle2quat(delta[3:])
            start += 6
            grip = robot.gripper["right"]
            if grip.dof:
                self._grip(robot, grip.format_action(action[start : start + grip.dof]))
                start += grip.dof
        _play(self._simulation, self._arms, moves, turns, self._first_masses, self._substeps, self._exact)
        self._first_masses = self._first_masses[:0]

    def _grip(self, robot: Any, command: NDArray[Any]) -> None:
        """Writes the set-points of a gripper's fingers, which hold for the control step."""
        fingers = robot._ref_actuators_indexes_dict["right_gripper"]
        low, high = robot.sim.model._model.actuator_ctrlrange[fingers].T
        goal = np.clip(command, -1.0, 1.0)
        self._simulation.ctrl[fingers] = np.clip(0.5 * (high + low) + 0.5 * (high - low) * goal, low, high)


def _world_in(position: NDArray[Any], rotation: NDArray[Any]) -> NDArray[Any]:
    """Returns the world's pose matrix in the frame of that position and rotation."""
    pose: NDArray[Any] = transform_utils.pose_inv(transform_utils.make_pose(position, rotation))
    return pose


@numba.njit(cache=True)
def _play(
    simulation: Simulation,
    arms: Arms,
    moves: NDArray[Any],
    turns: NDArray[Any],
    first_masses: NDArray[Any],
    substeps: int,
    exact: bool,
) -> None:
    """Simulates a control step of `substeps` toward goals `moves` and `turns` from where the hands are.

    Where `first_masses` has rows, they are the arms' mass matrices at the first substep.
    """
    count, size = len(arms.site), len(simulation.qvel)
    jac_pos, jac_ori = np.zeros((3, size)), np.zeros((3, size))
    full_mass = np.zeros((size, size))
    goal_pos, goal_ori = np.empty((count, 3)), np.empty((count, 3, 3))
    for substep in range(substeps):
        mj_step1(simulation.model, simulation.data)
        mj_full_m(simulation.model, full_mass.ctypes, simulation.mass.ctypes)
        for i in range(count):
            if substep == 0:
                _set_goal(simulation, arms, i, moves[i], turns[i], goal_pos[i], goal_ori[i])
            mj_jac_site(simulation.model, simulation.data, jac_pos.ctypes, jac_ori.ctypes, arms.site[i])
            mass = _rows_and_columns(full_mass, arms.dofs[i])
            if substep == 0 and len(first_masses) > 0:
                mass[:, :] = first_masses[i]
            _actuate(simulation, arms, i, goal_pos[i], goal_ori[i], jac_pos, jac_ori, mass, exact)
        mj_step2(simulation.model, simulation.data)


@numba.njit(cache=True)
def _set_goal(
    simulation: Simulation,
    arms: Arms,
    i: int,
    move: NDArray[Any],
    turn: NDArray[Any],
    goal_pos: NDArray[Any],
    goal_ori: NDArray[Any],
) -> None:
    """Writes the goal of a hand in the world: where it is, moved and turned in the base's frame."""
    world = np.eye(4)
    world[:3, 3] = simulation.site_xpos[arms.site[i]]
    position = np.dot(arms.world_in_origin[i], world)[:3, 3] + move
    world[:3, :3] = simulation.site_xmat[arms.site[i]].reshape((3, 3))
    rotation = np.ascontiguousarray(np.dot(arms.world_in_origin[i], world)[:3, :3])
    rotation = np.dot(transform_utils.quat2mat(turn), rotation)
    goal_pos[:] = arms.origin_pos[i] + np.dot(arms.origin_ori[i], position)
    goal_ori[:] = np.dot(arms.origin_ori[i], rotation)


@numba.njit(cache=True)
def _actuate(
    simulation: Simulation,
    arms: Arms,
    i: int,
    goal_pos: NDArray[Any],
    goal_ori: NDArray[Any],
    jac_pos: NDArray[Any],
    jac_ori: NDArray[Any],
    mass: NDArray[Any],
    exact: bool,
) -> None:
    """Writes an arm's torques (N m) for the present substep: task, gravity and null space."""
    size = arms.dofs.shape[1]
    jacobian = np.empty((6, size))
    joints, speeds, bias = np.empty(size), np.empty(size), np.empty(size)
    for j in range(size):
        dof = arms.dofs[i, j]
        joints[j] = simulation.qpos[arms.qpos[i, j]]
        speeds[j], bias[j] = simulation.qvel[dof], simulation.bias[dof]
        for k in range(3):
            jacobian[k, j], jacobian[3 + k, j] = jac_pos[k, dof], jac_ori[k, dof]
    error = goal_pos - simulation.site_xpos[arms.site[i]]
    turn = orientation_error(goal_ori, simulation.site_xmat[arms.site[i]].reshape((3, 3)))
    kp, kd = arms.kp[i], arms.kd[i]
    force = error * kp[:3] + -np.dot(jac_pos, simulation.qvel) * kd[:3]
    torque = turn * kp[3:] + -np.dot(jac_ori, simulation.qvel) * kd[3:]
    regular = False
    if not exact:
        regular, torques = direct_torques(mass, jacobian, force, torque, arms.rest[i], joints, speeds, bias)
    if not regular:
        torques = robosuites_torques(mass, jacobian, force, torque, arms.rest[i], joints, speeds, bias)
    for j in range(size):
        simulation.ctrl[arms.actuators[i, j]] = min(max(torques[j], arms.low[i, j]), arms.high[i, j])


@numba.njit(cache=True)
def _rows_and_columns(matrix: NDArray[Any], chosen: NDArray[Any]) -> NDArray[Any]:
    """Returns the chosen rows and columns, in the memory layout that robosuite's have."""
    part = np.empty((len(chosen), len(chosen))).T
    for j in range(len(chosen)):
        for k in range(len(chosen)):
            part[j, k] = matrix[chosen[j], chosen[k]]
    return part
