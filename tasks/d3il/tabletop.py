"""The base environment of the D3IL suite: a robot at a table, objects, rules, disturbances, cameras."""

from __future__ import annotations

from abc import abstractmethod
from math import cos, hypot, sin
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from ilbench.contract.environment import Shape, TaskEnv, context_from, observation_space
from ilbench.importing import load_object
from ilbench.tasks.d3il.declaring import IMAGE_SIZE, image_fields, state_field
from ilbench.tasks.d3il.layout import COLORS, TABLE_Z_M, Block, Body, Layout, Pose, Rules, Situation, Timing
from ilbench.tasks.d3il.look import (
    FIXED_CAMERA,
    OBSERVATION,
    OVERVIEW_CAMERA,
    PICTURE,
    WRIST_CAMERA,
    Painter,
    Style,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

SPIN_LEVER_M = 0.05
"""A turning object moves as fast as a point so far from its axis."""


class TabletopEnv(TaskEnv):
    """A robot at a table, driven by changes of its set-point.

    The rules say what success and modes are; the reward is 1 on the step that first succeeds, else 0.
    Nothing is random: an episode follows from its context and the actions.

    Subclasses say what the robot is: `_robot_spec`, `_connect`, `_place_robot`, `_command`, `_advance`,
    `_commanded`, `_measured`, `_tool`.

    Args:
        rules: Import string of the task's `Rules`.
        images: Whether a policy is shown camera images and the set-point, not the state.
        render_mode: ``"rgb_array"`` or None.
        timing: How a control step is divided; another than the layout's is for comparisons.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 30}  # noqa: RUF012 - as gymnasium declares it

    control_period_s: float
    num_commanded: int
    """Length of the set-point, with which a state begins."""
    num_measured: int
    """Length of what is measured of the robot, which follows."""

    def __init__(
        self,
        rules: str,
        images: bool = False,
        render_mode: str | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.render_mode = render_mode
        self._images = images
        self._painters: dict[tuple[Style, int], Painter] = {}
        self.rules: Rules = load_object(rules)()
        self.layout: Layout = self.rules.layout
        self.timing = timing or self.layout.timing
        num_values = self.num_commanded + self.num_measured + self.rules.num_features
        fields = image_fields(self.num_commanded) if images else state_field(num_values)
        self.observation_space = observation_space(fields)
        self._models: dict[int, mujoco.MjModel] = {}
        self._use_model(0)

    # --- the episode ---------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Returns the first observation and info.

        Args:
            seed: Of nothing here; Gymnasium's own generator takes it.
            options: ``{"context": {"objects": [[x, y, yaw], ...], ...}}`` in m and rad.
        """
        super().reset(seed=seed)
        context = context_from(options)
        self.context = context
        self._use_model(len(context.get("clutter", ())))
        mujoco.mj_resetData(self._model, self._data)
        self._place_objects(context)
        self._place_robot(context)
        mujoco.mj_forward(self._model, self._data)
        self.situation = self._situation()
        self.rules.reset(context, self.situation)
        return self._observation(), self._info()

    def step(
        self, action: NDArray[np.floating[Any]]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Returns observation, reward, terminated, truncated, info after one control step."""
        self._command(action)
        self._advance()
        self.situation = self._situation()
        before = self.rules.success
        self.rules.update(self.situation)
        success = self.rules.success
        terminated = success or self.rules.failed
        return self._observation(), float(success and not before), terminated, False, self._info()

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state (time, positions, velocities, ...), and the set-point."""
        spec = mujoco.mjtState.mjSTATE_INTEGRATION
        state = np.empty(mujoco.mj_stateSize(self._model, spec))
        mujoco.mj_getState(self._model, self._data, state, spec)
        return np.concatenate([state, self._commanded()])

    @property
    def physics(self) -> mujoco.MjModel:
        """The model in use."""
        return self._model

    def exact_state(self) -> NDArray[np.float32]:
        """Returns the state, whatever a policy is shown: for experts."""
        values = self._commanded() + self._measured() + self.rules.features(self.situation)
        return np.array(values, np.float32)

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 640, 3) for people, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        return self._painter(PICTURE, 640, 480).paint(self._data, OVERVIEW_CAMERA)

    def plan_view(self) -> list[Shape]:
        """Returns the cuboids of fixtures, markers and objects, and upright cylinders, from above."""
        mujoco.mj_kinematics(self._model, self._data)
        shapes = []
        for index in range(self._model.ngeom):
            geom, seen = self._data.geom(index), self._model.geom(index)
            if int(seen.group[0]) != 1 or seen.name == "rod":
                continue
            outline = _outline(int(seen.type[0]), seen.size, geom.xmat.reshape(3, 3)) + geom.xpos[:2]
            color = tuple(self._model.mat_rgba[int(seen.matid[0])].tolist())
            shapes.append((float(geom.xpos[2]), Shape([tuple(p) for p in outline.tolist()], color)))
        return [shape for _, shape in sorted(shapes, key=lambda pair: pair[0])]

    def close(self) -> None:
        """Frees the cameras, if there are any."""
        for painter in self._painters.values():
            painter.close()
        self._painters.clear()

    # --- what the robot is ---------------------------------------------------------------------------

    @abstractmethod
    def _robot_spec(self) -> mujoco.MjSpec:
        """Returns a new spec with the robot and the physics options, to which the objects are added."""

    @abstractmethod
    def _connect(self) -> None:
        """Takes hold of the robot in a model that is used from now on."""

    @abstractmethod
    def _place_robot(self, context: Context) -> None:
        """Puts the robot to its start and its set-point there."""

    @abstractmethod
    def _command(self, action: NDArray[np.floating[Any]]) -> None:
        """Adds an action to the set-point."""

    @abstractmethod
    def _commanded(self) -> list[float]:
        """Returns the set-point, as a policy is shown it."""

    @abstractmethod
    def _measured(self) -> list[float]:
        """Returns where the robot is, as a policy is shown it."""

    @abstractmethod
    def _tool(self) -> tuple[float, float, float]:
        """Returns the measured tool center point, m."""

    def _held(self) -> list[bool]:
        return [False] * len(self.layout.bodies)

    @abstractmethod
    def _advance(self) -> None:
        """Plays a control step."""

    # --- the scene -----------------------------------------------------------------------------------

    def _use_model(self, num_clutter: int) -> None:
        """Switches to the model with so many extra objects, made at its first use."""
        if num_clutter not in self._models:
            self._models[num_clutter] = self._compiled(num_clutter)
        model = self._models[num_clutter]
        self._num_clutter = num_clutter
        if getattr(self, "_model", None) is model:
            return
        self._model, self._data = model, mujoco.MjData(model)
        bodies = [model.body(name).id for name in self._names(num_clutter)]
        self._qpos_at = np.array([model.jnt_qposadr[model.body_jntadr[i]] for i in bodies], int)
        self._qvel_at = np.array([model.jnt_dofadr[model.body_jntadr[i]] for i in bodies], int)
        self._object_bodies = np.array(bodies, int)
        self._connect()

    def _compiled(self, num_clutter: int) -> mujoco.MjModel:
        model = self.make_spec(num_clutter).compile()
        model.opt.timestep = self.control_period_s / self.timing.steps
        return model

    def make_spec(self, num_clutter: int = 0) -> mujoco.MjSpec:
        """Returns the whole scene as physics sees it: robot, table, fixtures, objects, markers."""
        spec = self._robot_spec()
        for name, rgba in COLORS.items():
            spec.add_material(name=name, rgba=rgba, specular=0.4, shininess=0.5)
        _add_table(spec)
        for block in self.layout.fixtures:
            _add_block(spec.worldbody, block)
        for block in self.layout.markers:
            _add_seen(spec.worldbody, block)
        if self.layout.target is not None:
            target = spec.worldbody.add_body(name="target", mocap=True)
            for block in self.layout.target.blocks:
                _add_seen(target, block)
        bodies = self._bodies(len(self.layout.bodies) + num_clutter)
        for name, body in zip(self._names(num_clutter), bodies, strict=True):
            _add_body(spec, name, body)
        return spec

    def _names(self, num_clutter: int) -> list[str]:
        return [body.name for body in self.layout.bodies] + [f"clutter{i}" for i in range(num_clutter)]

    def _place_objects(self, context: Context) -> None:
        poses = [*context["objects"], *context.get("clutter", ())]
        for at, body, (x, y, yaw) in zip(
            self._qpos_at.tolist(), self._bodies(len(poses)), poses, strict=True
        ):
            self._data.qpos[at : at + 7] = (x, y, body.rest_z, cos(yaw / 2), 0.0, 0.0, sin(yaw / 2))
        if self.layout.target is not None:
            x, y, yaw = context["target"]
            self._data.mocap_pos[0] = x, y, self.layout.target.rest_z
            self._data.mocap_quat[0] = cos(yaw / 2), 0.0, 0.0, sin(yaw / 2)

    def _bodies(self, count: int) -> list[Body]:
        """Returns the first `count` bodies: the task's own, then clutter."""
        bodies, clutter = list(self.layout.bodies), self.layout.clutter
        return bodies if clutter is None else bodies + [clutter] * (count - len(bodies))

    # --- what is seen --------------------------------------------------------------------------------

    def clutter(self) -> list[Pose]:
        """Returns where the unobserved extra objects are, for experts."""
        qpos = self._data.qpos.tolist()
        return [Pose(*qpos[at : at + 7]) for at in self._qpos_at[len(self.layout.bodies) :].tolist()]

    def _situation(self) -> Situation:
        qpos, qvel = self._data.qpos.tolist(), self._data.qvel.tolist()
        count = len(self.layout.bodies)
        objects = [Pose(*qpos[at : at + 7]) for at in self._qpos_at[:count].tolist()]
        moving = [_speed(qvel[at : at + 6]) for at in self._qvel_at[:count].tolist()]
        return Situation(self._tool(), objects, self._held(), moving)

    def _observation(self) -> dict[str, NDArray[Any]]:
        if self._images:
            painter = self._painter(OBSERVATION, IMAGE_SIZE, IMAGE_SIZE)
            images = painter.paint_all(self._data, (FIXED_CAMERA, WRIST_CAMERA))
            return {"state": np.array(self._commanded(), np.float32), **images}
        return {"state": self.exact_state()}

    def _painter(self, style: Style, width: int, height: int) -> Painter:
        """Returns the painter of the present model in a style, made at its first use."""
        key = (style, self._num_clutter)
        if key not in self._painters:
            self._painters[key] = Painter(
                self.make_spec(self._num_clutter), self._model, style, width, height
            )
        return self._painters[key]

    def _info(self) -> dict[str, Any]:
        return {"success": self.rules.success, "mode": self.rules.mode, **self.rules.info()}


def _add_table(spec: mujoco.MjSpec) -> None:
    """Adds a table without edges, as stiff as D3IL's."""
    table = spec.worldbody.add_geom(name="table", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[2, 2, 0.1], group=4)
    table.pos, table.solref, table.solimp[:2] = (0, 0, TABLE_Z_M), (0.002, 1), (0.999, 0.999)


def _add_body(spec: mujoco.MjSpec, name: str, body: Body) -> None:
    added = spec.worldbody.add_body(name=name, pos=[0, 0, body.rest_z])
    added.add_freejoint()
    for block in body.blocks:
        _add_block(added, block).mass = block.mass


def _add_seen(parent: mujoco.MjsBody, block: Block) -> None:
    geom = _add_block(parent, block)
    geom.contype = geom.conaffinity = 0


def _add_block(parent: mujoco.MjsBody, block: Block) -> mujoco.MjsGeom:
    return parent.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=block.pos,
        quat=[cos(block.yaw / 2), 0, 0, sin(block.yaw / 2)],
        size=block.half_size,
        friction=block.friction,
        priority=block.priority,
        material=block.color,
        group=1,
    )


def _outline(kind: int, size: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the corners of a flat-lying cuboid or points of an upright cylinder's rim, shape (N, 2)."""
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        corners = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1)]) * size[:2]
    else:
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        corners = size[0] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outline: NDArray[np.float64] = corners @ turn[:2, :2].T
    return outline


def _speed(velocity: list[float]) -> float:
    vx, vy, vz, wx, wy, wz = velocity
    return max(hypot(vx, vy, vz), SPIN_LEVER_M * hypot(wx, wy, wz))
