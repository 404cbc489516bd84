"""robosuite's operational-space controller between two control steps, to the same bits in half the time.

robosuite runs its Python controller at each of the 25 substeps of a control step, looks every name up anew
and computes each Jacobian three times. Here names are looked up once an episode and nothing is computed
twice; the order and the memory layout of every matrix product are robosuite's, for both enter the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
from robosuite.utils.control_utils import nullspace_torques, opspace_matrices, orientation_error

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArmHold:
    """Drives one arm toward the goal that its OSC_POSE controller was given, for the rest of a control step.

    For the default settings only: deltas in the base frame, fixed impedance, position and orientation
    uncoupled, no interpolation, a base that stands still.

    Args:
        robot: A robosuite robot, reset.
        arm: Name of the arm, ``right`` or ``left``.
    """

    def __init__(self, robot: Any, arm: str) -> None:
        self._controller = controller = robot.composite_controller.part_controllers[arm]
        self._model, self._data = robot.sim.model._model, robot.sim.data._data
        self._site = self._model.site(controller.ref_name).id
        self._actuators = np.array(robot._ref_actuators_indexes_dict[arm])
        self._torque_limits = self._model.actuator_ctrlrange[self._actuators].T.copy()
        self._positions = np.array(controller.qpos_index)
        self._velocities = np.array(controller.qvel_index)
        size = self._model.nv
        self._jacobian = np.zeros((6, size))
        self._mass_matrix = np.zeros((size, size))
        self._goal_position = np.zeros(3)
        self._goal_orientation = np.eye(3)

    def begin(self) -> None:
        """Takes over the goal that the controller has set at the first substep."""
        controller = self._controller
        self._goal_position = controller.origin_pos + np.dot(controller.origin_ori, controller.goal_pos)
        self._goal_orientation = np.dot(controller.origin_ori, controller.goal_ori)

    def actuate(self) -> None:
        """Writes the arm's torques (N m) for the present substep: task, gravity and null space."""
        controller, data = self._controller, self._data
        mujoco.mj_jacSite(self._model, data, self._jacobian[:3], self._jacobian[3:], self._site)
        force, torque = self._accelerations()
        jacobian = np.ascontiguousarray(self._jacobian[:, self._velocities])
        mujoco.mj_fullM(self._model, self._mass_matrix, data.qM)
        mass = self._mass_matrix[self._velocities, :][:, self._velocities]
        _, inertia_pos, inertia_ori, nullspace = opspace_matrices(mass, jacobian, jacobian[:3], jacobian[3:])
        wrench = np.concatenate([np.dot(inertia_pos, force), np.dot(inertia_ori, torque)])
        torques = np.dot(jacobian.T, wrench) + data.qfrc_bias[self._velocities]
        joints, speeds = data.qpos[self._positions], data.qvel[self._velocities]
        torques += nullspace_torques(mass, nullspace, controller.initial_joint, joints, speeds)
        low, high = self._torque_limits
        data.ctrl[self._actuators] = np.minimum(np.maximum(torques, low), high)

    def _accelerations(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Returns the hand's desired acceleration (m/s^2) and angular acceleration (rad/s^2)."""
        controller, data = self._controller, self._data
        position_error = self._goal_position - data.site_xpos[self._site]
        orientation = data.site_xmat[self._site].reshape(3, 3)
        rotation_error = orientation_error(self._goal_orientation, orientation)
        kp, kd = controller.kp, controller.kd
        linear = position_error * kp[:3] + -np.dot(self._jacobian[:3], data.qvel) * kd[:3]
        angular = rotation_error * kp[3:] + -np.dot(self._jacobian[3:], data.qvel) * kd[3:]
        return linear, angular
