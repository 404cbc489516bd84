"""The masses of the arm that D3IL simulates, link by link, and what lies beyond the last joint.

The links' are the identified inertias of Franka's description (github.com/ALRhub/d3il,
models/mj/robot/panda_*.xml carry the same numbers). Nothing rubs: no joint has damping, armature or
friction of its own, but a flange of 0.1 kg and 0.1 kg m² without extent is at the wrist, and as much
inertia is on either finger's tip.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass:
    """A rigid body's mass.

    Attributes:
        kg: How much.
        center: Its center in the frame of its body, m.
        inertia: Principal moments about the center, kg m².
        axes: Orientation of the principal axes, w, x, y, z; of any length.
    """

    kg: float
    center: Vector
    inertia: Vector
    axes: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)

    def moved(self, by: Vector) -> Mass:
        """Returns the same mass elsewhere, not turned."""
        x, y, z = (here + there for here, there in zip(self.center, by, strict=True))
        return replace(self, center=(x, y, z))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link: the range of its joint, rad, and its mass.

    Its frame in the one before is in `ilbench.tasks.d3il.arm_chain`.
    """

    range: tuple[float, float]
    mass: Mass


LINKS = (
    Link(
        range=(-2.9671, 2.9671),
        mass=Mass(
            kg=2.77281,
            center=(1.1399e-05, -0.0312655, -0.0693733),
            inertia=(0.0164224, 0.0153969, 0.00546286),
            axes=(0.98466, 0.174481, -0.000101815, 0.000347662),
        ),
    ),
    Link(
        range=(-1.8326, 1.8326),
        mass=Mass(
            kg=2.7996,
            center=(-1.31766e-05, -0.0703216, 0.0311782),
            inertia=(0.016787, 0.0157415, 0.00553027),
            axes=(0.57484, 0.818266, -6.05764e-05, -6.61626e-05),
        ),
    ),
    Link(
        range=(-2.9671, 2.9671),
        mass=Mass(
            kg=2.14603,
            center=(0.0443483, 0.0249283, -0.03813),
            inertia=(0.00915257, 0.00896477, 0.00384742),
            axes=(0.0615263, 0.349824, 0.234291, 0.904956),
        ),
    ),
    Link(
        range=(-3.1416, 0.0873),
        mass=Mass(
            kg=2.18807,
            center=(-0.0385503, 0.0395256, 0.0247162),
            inertia=(0.00946899, 0.00928491, 0.00396694),
            axes=(0.813566, 0.465041, 0.309792, 0.160858),
        ),
    ),
    Link(
        range=(-2.9671, 2.9671),
        mass=Mass(
            kg=3.19545,
            center=(-6.36776e-05, 0.0384124, -0.10997),
            inertia=(0.0278873, 0.0268823, 0.00569569),
            axes=(0.990767, -0.135571, 0.000963106, 0.000694406),
        ),
    ),
    Link(
        range=(-0.0873, 3.8223),
        mass=Mass(
            kg=1.35761,
            center=(0.0510023, 0.00693267, 0.00616899),
            inertia=(0.00412168, 0.0033698, 0.00213304),
            axes=(-0.0460841, 0.754362, 0.044494, 0.653325),
        ),
    ),
    Link(
        range=(-2.9671, 2.9671),
        mass=Mass(
            kg=0.417345,
            center=(0.0103614, 0.0103596, 0.0791078),
            inertia=(0.000637671, 0.000528056, 0.000279577),
            axes=(0.63547, 0.278021, -0.670462, 0.263369),
        ),
    ),
)

BASE = Mass(
    kg=3.01399,
    center=(-0.0291898, -0.000879465, 0.0566032),
    inertia=(0.0126801, 0.0117603, 0.00856656),
    axes=(0.00411744, 0.564916, 0.0132875, 0.825031),
)
"""The link that does not move."""
FLANGE = Mass(kg=0.1, center=(0.0, 0.0, 0.0), inertia=(0.1, 0.1, 0.1))
HAND = Mass(
    kg=0.670782,
    center=(-2.76618e-06, -0.00061547, 0.0239295),
    inertia=(0.00227632, 0.00206087, 0.000456542),
    axes=(0.697945, 0.716151, -0.000242485, 8.47563e-05),
)
ROD = Mass(kg=0.0942478, center=(0.0, 0.0, 0.075), inertia=(7.09215e-4, 7.09215e-4, 4.71239e-6))
"""A cylinder of 10 mm radius and 300 mm length, as dense as water."""
ROD_TIP = Mass(kg=0.00418879, center=(0.0, 0.0, 0.225), inertia=(1.67552e-7, 1.67552e-7, 1.67552e-7))
"""A ball of 10 mm radius at its end, which touches nothing."""


def finger(side: int) -> tuple[Mass, Mass]:
    """Returns the masses of a closed finger and of its tip, in the finger's frame; `side` is 1 or -1."""
    shaft = Mass(
        kg=0.0218754,
        center=(-side * 2.42335e-05, side * 0.0119585, 0.0237816),
        inertia=(5.69661e-06, 5.56035e-06, 1.55183e-06),
        axes=(0.996177, side * 0.0868631, -side * 2.79377e-05, -0.00926642),
    )
    return shaft, Mass(kg=0.01, center=(0.0, side * 0.0085, 0.056), inertia=(0.01, 0.01, 0.01))


def joined(masses: Sequence[Mass]) -> tuple[float, Vector, tuple[float, ...]]:
    """Returns kg, center and the moments xx, yy, zz, xy, xz, yz about it, of masses that move as one."""
    kg = math.fsum(mass.kg for mass in masses)
    x, y, z = (math.fsum(mass.kg * mass.center[axis] for mass in masses) / kg for axis in range(3))
    moments = [0.0] * 6
    for mass in masses:
        off = [here - there for here, there in zip(mass.center, (x, y, z), strict=True)]
        square = sum(part * part for part in off)
        axes = _matrix(mass.axes)
        for index, (row, column) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
            own = sum(axes[row][k] * mass.inertia[k] * axes[column][k] for k in range(3))
            moments[index] += own + mass.kg * ((row == column) * square - off[row] * off[column])
    return kg, (x, y, z), tuple(moments)


def _matrix(quaternion: tuple[float, float, float, float]) -> list[list[float]]:
    """Returns the rotation matrix of a quaternion of any length."""
    length = math.sqrt(sum(part * part for part in quaternion))
    w, x, y, z = (part / length for part in quaternion)
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
