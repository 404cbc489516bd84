"""What a tabletop task is made of, as plain values: its bodies, its situations, its rules. No simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from ilbench.contract.task import Context

TABLE_Z_M = -0.019
"""Height of the table's top, as in D3IL."""

ROD_END_M = 0.12
"""How far the rod's lower end is below the tool center point that observations report."""

ROD_RADIUS_M = 0.01

HOME = (0.0, -0.043619, 0.0, -2.188421, 0.0, 2.149904, 0.785398)
"""Joint angles, rad, at the start of Stacking: D3IL's inverse kinematics, stopped 1.5 mm above the tool
center point (0.525, 0, 0.3), its hand tilted by 0.3 degrees."""

LOW_POSTURE = (-0.356409, 0.429445, -0.135011, -2.054652, 0.093578, 2.480718, 0.232507)
"""Joint angles, rad, at the start of Avoiding, Pushing and Inserting: D3IL's inverse kinematics, stopped 0.3
mm short of the tool center point (0.525, -0.28), with the rod's end 2 mm over the plane z = 0."""

COLORS: dict[str, tuple[float, float, float, float]] = {
    "red": (0.80, 0.20, 0.18, 1.0),
    "green": (0.22, 0.60, 0.34, 1.0),
    "blue": (0.20, 0.42, 0.76, 1.0),
    "cyan": (0.25, 0.68, 0.72, 1.0),
    "orange": (0.93, 0.58, 0.16, 1.0),
    "grey": (0.55, 0.56, 0.58, 1.0),
    "wood": (0.80, 0.68, 0.52, 1.0),
    "rod": (0.12, 0.14, 0.18, 1.0),
    "target-red": (0.80, 0.20, 0.18, 0.35),
    "target-green": (0.22, 0.60, 0.34, 0.35),
    "target-blue": (0.20, 0.42, 0.76, 0.35),
    "target-cyan": (0.25, 0.68, 0.72, 0.35),
    "target-grey": (0.45, 0.46, 0.48, 0.35),
}
"""Red, green, blue, opacity in [0, 1] of the materials, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A cuboid of a body.

    Attributes:
        half_size: Half its edges, m.
        pos: Its center in the frame of its body, m; for fixtures and markers the frame of the table scene.
        yaw: Its turn about the vertical, rad.
        color: Name of one of `COLORS`.
        mass: kg; only for parts of objects.
        friction: Sliding, torsional and rolling coefficient.
        priority: Of two touching blocks, that of the higher priority sets the friction; else the larger.
    """

    half_size: tuple[float, float, float]
    color: str
    pos: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    mass: float = 0.0
    friction: tuple[float, float, float] = (1.0, 0.005, 0.0001)
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An object that moves freely; a context says where it begins.

    Attributes:
        name: As in D3IL, such as ``"red"``.
        blocks: What it is made of.
        rest_z: Height of its frame when it lies on what it begins on, m.
    """

    name: str
    blocks: tuple[Block, ...]
    rest_z: float


def cube(name: str, half_size: float, mass: float, color: str, on_z: float = TABLE_Z_M) -> Body:
    """Returns a cube that lies on a surface at height `on_z`."""
    block = Block(half_size=(half_size, half_size, half_size), color=color, mass=mass)
    return Body(name=name, blocks=(block,), rest_z=on_z + half_size)


class Timing(NamedTuple):
    """How a control step is divided.

    Attributes:
        steps: Physics steps.
        iterations: Iterations of inverse kinematics in each of them.
        implicit: Share of the joints' damping that the integrator takes implicitly, in [0, 1): longer steps
            than D3IL's are unstable where all of it is a torque.
    """

    steps: int
    iterations: int = 3
    implicit: float = 0.0


EXACT = Timing(steps=35)
"""D3IL's own: steps of 1 ms."""

COARSE = Timing(steps=14, implicit=0.75)
"""Steps of 2.5 ms: twice as fast, and the tool within 0.3 mm (median) of where D3IL's steps bring it. Pushing
in closed loop is served as well; commands played blindly push things elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The geometry of a task.

    Attributes:
        posture: Joint angles at the start, rad.
        bodies: Objects, in the order of contexts and observations.
        fixtures: Blocks that never move and can be touched.
        markers: Blocks that are only seen.
        target: Where a context has a "target", the body that is only seen there.
        clutter: What an unobserved extra object is, where a shift adds some.
        timing: How a control step is divided.
    """

    posture: tuple[float, ...]
    bodies: tuple[Body, ...]
    fixtures: tuple[Block, ...] = ()
    markers: tuple[Block, ...] = ()
    target: Body | None = None
    clutter: Body | None = None
    timing: Timing


class Pose(NamedTuple):
    """Position of an object in m and its unit quaternion (w, x, y, z)."""

    x: float
    y: float
    z: float
    qw: float
    qx: float
    qy: float
    qz: float

    @property
    def heading(self) -> tuple[float, float]:
        """(sin yaw, cos yaw): the object's x axis seen from above, shorter than 1 when it is tilted."""
        return 2 * (self.qw * self.qz + self.qx * self.qy), 1 - 2 * (self.qy * self.qy + self.qz * self.qz)

    def distance(self, x: float, y: float, z: float | None = None) -> float:
        """Returns the distance to a point in m; without `z`, seen from above."""
        rise = 0.0 if z is None else self.z - z
        return sqrt((self.x - x) ** 2 + (self.y - y) ** 2 + rise * rise)


class Situation(NamedTuple):
    """Where everything is after a control step.

    Attributes:
        tool: Measured tool center point, m.
        objects: Poses in the order of `Layout.bodies`.
        held: Whether the robot touches the object, in the same order, where the rules ask for it; else
            all False.
        moving: Speed of each object, m/s (the larger of its linear and 50 mm times its angular speed).
    """

    tool: tuple[float, float, float]
    objects: Sequence[Pose]
    held: Sequence[bool]
    moving: Sequence[float]


class Rules(ABC):
    """What counts as success in a task and which mode an episode showed; told after every control step.

    Attributes:
        success: Latched: once True it stays.
        failed: Latched: the episode has ended as a failure.
        mode: Index of the mode once decided, None while it is undecided or where none applies.
    """

    layout: ClassVar[Layout]
    num_features: int
    """Length of what a policy is shown of the objects."""

    def __init__(self) -> None:
        self.success = self.failed = False
        self.mode: int | None = None
        self.num_features = 4 * len(self.layout.bodies)

    def reset(self, context: Context, situation: Situation) -> None:
        """Forgets the last episode; `situation` is the start of the new one."""
        self.success = self.failed = False
        self.mode = None

    @abstractmethod
    def update(self, situation: Situation) -> None:
        """Takes in what a control step led to."""

    def features(self, situation: Situation) -> list[float]:
        """Returns what a policy is shown of the objects: x, y, sin yaw, cos yaw of each."""
        return [value for pose in situation.objects for value in (pose.x, pose.y, *pose.heading)]

    def info(self) -> dict[str, Any]:
        """Returns what the task adds to ``info``."""
        return {}
