"""D3IL's control law of the arm, compiled: from a held set-point to torques, physics step by physics step.

Read in D3IL's controllers (github.com/ALRhub/d3il: IKControllers.py, mujoco_controller_config.gin) and
checked on its logs. Inverse kinematics goes on from the *desired* joint angles, never from the measured
ones; a joint PD with the desired velocity fed forward follows. The tool is therefore an underdamped arm: a
set-point that jumps by 10 mm along y is overshot by 38 %, with a period of 0.9 s.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from ilbench.tasks.compiled_mujoco import mj_step
from ilbench.tasks.d3il.arm_chain import place_chain
from ilbench.tasks.d3il.arm_solver import solve, write_gram

if TYPE_CHECKING:
    from collections.abc import Sequence

    import mujoco
    from numpy.typing import NDArray

    from ilbench.tasks.d3il.layout import Timing

NUM_JOINTS = 7

STIFFNESS = np.array([120.0, 120.0, 120.0, 120.0, 50.0, 30.0, 10.0])
"""N m/rad of the joints."""

DAMPING = np.array([10.0, 10.0, 10.0, 10.0, 6.0, 5.0, 3.0])
"""N m s/rad of the joints."""

MAX_TORQUES = np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0])
"""N m."""

TICK_S = 0.001
"""D3IL's physics step, in which its inverse kinematics makes three iterations of as much."""

POSITION_GAINS = (200.0, 200.0, 800.0)
ORIENTATION_GAIN = 30.0
POSTURE_GAIN = 40.0
"""1/s: how fast inverse kinematics lets errors of position, of orientation and of posture decay."""

POSTURE = np.array([0.0, 0.174, 0.0, -0.872, 0.0, 1.222, 0.785])
"""Joint angles, rad, to which motion that does not move the tool pulls."""

MAX_POSITION_ERROR_M = 0.01
MAX_ORIENTATION_ERROR = 0.1
MAX_POSTURE_ERROR = 0.2
MAX_SPEED = 3.0
"""Bounds of what an iteration acts on, a component each, and of the norm of its joint velocities, rad/s."""

LOWEST = np.array([-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973])
HIGHEST = np.array([2.8973, 1.7628, 2.0, -0.0698, 2.8973, 3.7525, 2.8973])
"""Joint angles, rad, within which inverse kinematics stays."""


class Simulation(NamedTuple):
    """MuJoCo's model and data: their addresses, and views of what the law reads and writes."""

    model: int
    data: int
    qpos: NDArray[np.float64]
    qvel: NDArray[np.float64]
    bias: NDArray[np.float64]
    ctrl: NDArray[np.float64]
    distances: NDArray[np.float64]


def simulation_of(model: mujoco.MjModel, data: mujoco.MjData) -> Simulation:
    """Returns what compiled loops need of a model and its data, valid as long as both live."""
    return Simulation(
        model._address, data._address, data.qpos, data.qvel, data.qfrc_bias, data.ctrl, data.sensordata
    )


class Gains(NamedTuple):
    """What an iteration of inverse kinematics corrects, rescaled from D3IL's to iterations of another length.

    Attributes:
        position: 1/s, along x, y, z.
        orientation: 1/s.
        posture: 1/s.
        step_s: How long an iteration is, s.
    """

    position: tuple[float, float, float]
    orientation: float
    posture: float
    step_s: float


class Room(NamedTuple):
    """Memory of an iteration: written before it is read."""

    frame: NDArray[np.float64]
    at: NDArray[np.float64]
    jacobian: NDArray[np.float64]
    gram: NDArray[np.float64]
    lower: NDArray[np.float64]
    vectors: NDArray[np.float64]
    error: NDArray[np.float64]
    speeds: NDArray[np.float64]


class ToolTracker:
    """The arm under a Cartesian set-point that is held for a control step, pointing down.

    The arm's joints must be the first of the model, and its motors the first actuators; they take torques,
    and the joints' damping must be the implicit share of `DAMPING`, see `Timing`.

    Args:
        model: With the arm.
        data: Of that model.
        timing: How a control step is divided.
        period_s: Length of a control step, s.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, timing: Timing, period_s: float) -> None:
        self._simulation = simulation_of(model, data)
        self._timing = timing
        self._step_s = period_s / timing.steps
        self._gains = _rescaled(3.0 * self._step_s / timing.iterations)
        self._desired = np.zeros(NUM_JOINTS)
        self._room = _make_room()

    def reset(self) -> None:
        """Takes the joint angles that are measured now for the desired ones."""
        self._desired[:] = self._simulation.qpos[:NUM_JOINTS]

    def follow(self, set_point: Sequence[float]) -> float:
        """Plays a control step towards a set-point (x, y, z), m.

        Returns:
            The smallest distance, m, that a sensor of the model read at the start of a physics step; infinite
            where it has none.
        """
        steps, iterations, implicit = self._timing
        closest: float = _track(
            self._simulation,
            np.array(set_point),
            self._desired,
            steps,
            iterations,
            implicit,
            self._step_s,
            self._gains,
            self._room,
        )
        return closest

    def tool(self) -> tuple[float, float, float]:
        """Returns where the tool center point is now, m."""
        frame, at, jacobian = self._room[:3]
        place_chain(self._simulation.qpos, frame, at, jacobian)
        x, y, z = at.tolist()
        return x, y, z


def _make_room() -> Room:
    six = (6, 6)
    return Room(
        frame=np.empty((3, 3)),
        at=np.empty(3),
        jacobian=np.empty((6, NUM_JOINTS)),
        gram=np.empty(six),
        lower=np.empty(six),
        vectors=np.empty(six),
        error=np.empty(6),
        speeds=np.empty(NUM_JOINTS),
    )


def _rescaled(step_s: float) -> Gains:
    """Returns gains with which errors decay in iterations of `step_s` as they do in D3IL's of `TICK_S`."""
    ticks = step_s / TICK_S

    def rescaled(gain: float) -> float:
        left: float = (1.0 - gain * TICK_S) ** ticks
        return (1.0 - left) / step_s

    x, y, z = POSITION_GAINS
    # The error of orientation is the sine of half an angle: it decays at half its gain.
    return Gains(
        position=(rescaled(x), rescaled(y), rescaled(z)),
        orientation=2.0 * rescaled(0.5 * ORIENTATION_GAIN),
        posture=rescaled(POSTURE_GAIN),
        step_s=step_s,
    )


@numba.njit(cache=True, error_model="numpy")
def _track(
    simulation: Simulation,
    set_point: NDArray[np.float64],
    desired: NDArray[np.float64],
    steps: int,
    iterations: int,
    implicit: float,
    step_s: float,
    gains: Gains,
    room: Room,
) -> float:
    """Simulates a control step; `desired` joint angles go on to those of its end. Returns the least distance.

    In D3IL's step of 1 ms the torques aim at the angles that inverse kinematics reaches at its end. A longer
    step's torques act at its middle, and aim half a millisecond further.
    """
    goal = np.empty(NUM_JOINTS)
    ahead = 0.5 + 0.5 * TICK_S / step_s
    closest = np.inf
    for _ in range(steps):
        goal[:] = desired
        for _ in range(iterations):
            _iterate(goal, set_point, gains, room)
        for joint in range(NUM_JOINTS):
            moved = goal[joint] - desired[joint]
            angle, speed = desired[joint] + ahead * moved, moved / step_s
            actuate(simulation, joint, angle, speed, implicit)
            desired[joint] = goal[joint]
        mj_step(simulation.model, simulation.data)
        for distance in simulation.distances:
            closest = min(closest, distance)
    return closest


@numba.njit(cache=True, error_model="numpy")
def actuate(simulation: Simulation, joint: int, angle: float, speed: float, implicit: float) -> None:
    """Writes the torque of a joint, N m, that goes after an angle (rad) and a speed (rad/s).

    Gravity and Coriolis forces are compensated with those of the last physics step's start, as in D3IL.
    """
    torque = STIFFNESS[joint] * (angle - simulation.qpos[joint])
    torque += DAMPING[joint] * (speed - simulation.qvel[joint]) + simulation.bias[joint]
    torque = _clipped(torque, MAX_TORQUES[joint])
    simulation.ctrl[joint] = torque + implicit * DAMPING[joint] * simulation.qvel[joint]


@numba.njit(cache=True, error_model="numpy")
def _iterate(joints: NDArray[np.float64], set_point: NDArray[np.float64], gains: Gains, room: Room) -> None:
    """Brings joint angles an iteration of inverse kinematics nearer to the set-point."""
    frame, at, jacobian, gram, lower, vectors, error, speeds = room
    place_chain(joints, frame, at, jacobian)
    _write_orientation_error(frame, error)
    for axis in range(3):
        error[axis] = gains.position[axis] * _clipped(set_point[axis] - at[axis], MAX_POSITION_ERROR_M)
        error[3 + axis] = gains.orientation * _clipped(error[3 + axis], MAX_ORIENTATION_ERROR)
    for joint in range(NUM_JOINTS):
        speeds[joint] = gains.posture * _clipped(POSTURE[joint] - joints[joint], MAX_POSTURE_ERROR)
    for row in range(6):
        for joint in range(NUM_JOINTS):
            error[row] -= jacobian[row, joint] * speeds[joint]
    write_gram(jacobian, gram)
    for row in range(6):
        gram[row, row] += 1e-12
    solve(gram, error, lower, vectors)
    squared = 0.0
    for joint in range(NUM_JOINTS):
        for row in range(6):
            speeds[joint] += jacobian[row, joint] * error[row]
        squared += speeds[joint] * speeds[joint]
    step_s = gains.step_s * min(1.0, MAX_SPEED / sqrt(max(squared, 1e-12)))
    for joint in range(NUM_JOINTS):
        joints[joint] = min(max(joints[joint] + step_s * speeds[joint], LOWEST[joint]), HIGHEST[joint])


@numba.njit(cache=True, error_model="numpy")
def _write_orientation_error(frame: NDArray[np.float64], error: NDArray[np.float64]) -> None:
    """Writes the vector part of the quaternion from the tool's frame to one that points straight down.

    It is the sine of half the angle, along the axis. At a quarter turn and more from down, where the
    quaternion of the frame is read off less well, it is bounded all the same.
    """
    x = 0.5 * sqrt(max(1.0 + frame[0, 0] - frame[1, 1] - frame[2, 2], 1e-6))
    error[3] = 0.25 * (frame[2, 1] - frame[1, 2]) / x
    error[4] = 0.25 * (frame[0, 2] + frame[2, 0]) / x
    error[5] = -0.25 * (frame[0, 1] + frame[1, 0]) / x


@numba.njit(cache=True, error_model="numpy")
def _clipped(value: float, bound: float) -> float:
    return min(max(value, -bound), bound)
