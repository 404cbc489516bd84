"""The scripted expert of the Aligning task: pushes the box from inside or from outside, on demand.

A box on a table that is pushed slowly, at a point r from its middle to which the rod sticks, turns by
``c² dyaw = r x dp`` while it moves by dp: its friction has an ellipsoidal limit surface (Goyal, Ruina,
Papadopoulos, "Planar sliding with dry friction", Wear 1991). So the point ``-c² r / |r|²`` moves only
along r, like the wheel of a unicycle, which the rod drags along from inside or shoves from behind.
"""

from __future__ import annotations

from cmath import phase, rect
from collections.abc import Mapping
from math import cos, exp, pi, sin, tan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.tasks.d3il.aligning import INSIDE, MODES, WALL_M
from ilbench.tasks.d3il.hand import Hand
from ilbench.tasks.d3il.layout import ROD_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

INNER_M = 0.045 - ROD_RADIUS_M
OUTER_M = 0.055 + ROD_RADIUS_M
"""Distance of the rod's axis from the box's middle when it touches a wall from inside, and from outside."""

GRIP_M2 = (0.002, 0.0042)
"""c² of the model, inside and outside: found by trial; dragged by a wall the load shifts to the front."""

EDGE_M = 0.04
"""How far beside a wall's middle a push from outside is planned where it is to turn the box."""

TOUCH_M = 0.006
"""The rod counts as touching so close to a wall."""

WALL_ANGLE, CORNER_ANGLE = 0.6, 1.3
"""How far a force may lean off a wall's normal, or off a corner's diagonal, and the rod still sticks, rad."""

STEEPEST = 1.56
"""Largest share of the rod's motion across its lever of that along it."""

SPIRAL = 1.2
"""Largest angle between a path and the straight line to the target, rad: none leads away from it."""

TURN_M = 0.15
"""How much longer a radian of turning makes a path seem, when contacts are compared."""

SOFT_M = 0.06
"""Way over which an error of direction is steered off."""

OVER_Z_M, CLEAR_Z_M, RIM_Z_M = 0.225, 0.212, 0.2045
"""Tool heights: for moving over the walls, lowest for that, and that at which the rod's end is at the rim."""

ROOM_M, CORNER_M = OUTER_M + 0.008, OUTER_M + 0.02
"""Half the squares that a rod on its way round the box keeps out of, and on whose corners it turns."""

ONWARDS_M = 0.05
"""How far ahead the hand aims while it pushes, so that it does not slow down."""

NEAREST_M = 0.3
"""How near to the robot's base the hand goes. Nearer, joints come to their ends, and the arm stays where it
is until the set-point is far out again: 2 of 200 boxes were lost so."""


class Contact(NamedTuple):
    """A place to push at, in the frame of the box.

    Attributes:
        at: Of the rod's axis, m.
        normal: The direction of the push.
        corner: Whether that is into a corner of the inside.
        wheel: Where the unicycle's wheel is, m.
        ahead: Unit vector along which the wheel rolls.
        lever_m: Of the rod from the wheel, along `ahead`: positive if it drags, negative if it shoves.
        slopes: Least and largest motion of the rod across `ahead`, as a share of that along it.
    """

    at: complex
    normal: complex
    corner: bool
    wheel: complex
    ahead: complex
    lever_m: float
    slopes: tuple[float, float]


def contact_at(mode: int, normal: complex, aside_m: float = 0.0, corner: bool = False) -> Contact:
    """Returns the contact of a wall or corner.

    Args:
        mode: Inside or outside.
        normal: Unit vector in the direction of the push, in the frame of the box.
        aside_m: How far to the left of the wall's middle.
        corner: Whether `normal` points to a corner of the inside.
    """
    depth = -OUTER_M if mode != INSIDE else INNER_M * (2**0.5 if corner else 1.0)
    at = complex(depth, aside_m) * normal
    reach, grip = abs(at), GRIP_M2[mode]
    drags = 1.0 if mode == INSIDE else -1.0
    ahead = drags * at / reach
    skew = phase(ahead * normal.conjugate())
    angle = CORNER_ANGLE if corner else WALL_ANGLE
    gain = 1.0 + reach * reach / grip
    low, high = (gain * tan(max(-1.4, min(1.4, bound - skew))) for bound in (-angle, angle))
    return Contact(
        at,
        normal,
        corner,
        wheel=-grip / (reach * reach) * at,
        ahead=ahead,
        lever_m=drags * (reach + grip / reach),
        slopes=(max(low, -STEEPEST), min(high, STEEPEST)),
    )


WALLS = (1 + 0j, 1j, -1 + 0j, -1j)
CONTACTS: tuple[tuple[Contact, ...], ...] = (
    tuple(contact_at(0, wall) for wall in WALLS)
    + tuple(contact_at(0, wall * rect(1.0, pi / 4), corner=True) for wall in WALLS),
    tuple(contact_at(1, wall, aside) for wall in WALLS for aside in (-EDGE_M, 0.0, EDGE_M)),
)
"""What the expert chooses from, by mode."""


def plan(contact: Contact, miss: complex, turn: float) -> tuple[float, complex]:
    """Returns how long the way to the target seems with a contact, m, and where to move the rod now.

    The wheel follows the circle that reaches the target in the target's direction; where that leads away
    from the target, a spiral. The rod's direction is a unit vector in the frame of the box.

    Args:
        contact: Where the rod pushes.
        miss: From box to target in the frame of the box, m.
        turn: Yaw of the target in the frame of the box, rad.
    """
    spin = rect(1.0, turn)
    way = miss + (spin - 1.0) * contact.wheel
    distance = abs(way)
    bearing = way / distance if distance > 1e-6 else contact.ahead
    swing = phase(spin * contact.ahead * bearing.conjugate())
    rest = distance * exp(-max(0.0, abs(swing) - SPIRAL) / tan(SPIRAL))
    swing = max(-SPIRAL, min(SPIRAL, swing))
    off = phase(bearing * rect(1.0, -swing) * contact.ahead.conjugate())
    far = min(1.0, distance / 0.03)
    arc = rest * (swing / sin(swing) if abs(swing) > 1e-3 else 1.0)
    length = (distance - rest) / cos(SPIRAL) + arc + TURN_M * (far * abs(off) + (1.0 - far) * abs(turn))
    bend = 2.0 * sin(swing) / max(distance, 0.05) + off / SOFT_M
    low, high = contact.slopes
    steer = contact.ahead * complex(1.0, max(low, min(high, bend * contact.lever_m)))
    return length, steer / abs(steer)


class AligningExpert:
    """Chooses at every step the contact with the shortest way, its own included, goes there and pushes.

    Nothing is remembered but the side of the walls, which shows in where the rod is, and what makes the
    hand of this episode: pace, tremor, height and slight preferences between the contacts. As the way of
    the rod to a contact counts, it stays at one until another is clearly better: the box was pushed past
    the target or slipped off. From outside the rod goes around the box, never over it.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, which has just been reset."""
        self._env: Any = env.unwrapped
        rng = np.random.default_rng(seed)
        drawn = int(rng.integers(len(MODES)))
        self._mode = drawn if mode is None else mode
        self._hand = Hand(rng, 3)
        self._low_m = float(rng.uniform(0.138, 0.165))
        self._dislikes_m = rng.uniform(0.0, 0.02, len(CONTACTS[self._mode])).tolist()

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the change of the commanded position in m, shape (3,)."""
        state: list[float] = self._env.exact_state().tolist()
        box, target = complex(*state[6:8]), complex(*state[13:15])
        turned, wanted = complex(state[9], state[12]) ** 2, complex(state[16], state[19]) ** 2
        turned /= max(abs(turned), 1e-9)
        into = turned.conjugate()
        rod, hand = ((complex(x, y) - box) * into for x, y in (state[3:5], state[0:2]))
        turn = phase(wanted * into)
        aim, height = self._aim(rod, hand, state[5], (target - box) * into, turn)
        there = box + turned * aim
        there *= max(1.0, NEAREST_M / max(abs(there), 1e-9))
        return self._hand.move(np.array(state[:3]), np.array((there.real, there.imag, height)))

    def _aim(
        self, rod: complex, hand: complex, z: float, miss: complex, turn: float
    ) -> tuple[complex, float]:
        """Returns where to move the hand: in the frame of the box, and its height."""
        if self._mode == INSIDE and (z > RIM_Z_M or _half(rod) > WALL_M):
            return _entering(rod, z, self._low_m)
        if self._mode != INSIDE and _half(rod) < (ROOM_M if z > RIM_Z_M else WALL_M):
            return _leaving(rod, z)
        contact, steer = self._choice(rod, miss, turn)
        short = (contact.at - rod) * contact.normal.conjugate()
        if short.real < TOUCH_M and abs(short) < 0.03:
            return hand + ONWARDS_M * steer, self._low_m
        beyond = contact.at + 0.01 * contact.normal
        if self._mode == INSIDE or (abs(short.imag) < 0.012 and short.real > 0.0):
            return beyond, self._low_m
        return way_around(rod, contact.at - 0.02 * contact.normal), self._low_m

    def _choice(self, rod: complex, miss: complex, turn: float) -> tuple[Contact, complex]:
        """Returns the best contact and the rod's direction there, in the frame of the box."""
        options = []
        for dislike_m, listed in zip(self._dislikes_m, CONTACTS[self._mode], strict=True):
            contact = touched(listed, rod, self._mode)
            length, steer = plan(contact, miss, turn)
            options.append((length + dislike_m + abs(rod - contact.at), contact, steer))
        _, contact, steer = min(options, key=lambda option: option[0])
        return contact, steer


def touched(contact: Contact, rod: complex, mode: int) -> Contact:
    """Returns the contact, moved along its wall to the rod if that touches the wall close by."""
    off = (rod - contact.at) * contact.normal.conjugate()
    if contact.corner or abs(off.real) > TOUCH_M or abs(off.imag) > 0.02:
        return contact
    end = INNER_M if mode == INSIDE else 0.045
    aside_m = (rod * contact.normal.conjugate()).imag
    return contact_at(mode, contact.normal, max(-end, min(end, aside_m)))


def way_around(rod: complex, to: complex) -> complex:
    """Returns where the rod goes next on the shortest way to a point around the box, in the box's frame."""
    if _is_free(rod, to):
        return to
    corners = [CORNER_M * (1 + 1j) * wall for wall in WALLS]
    ways = []
    for first in (k for k in range(4) if _is_free(rod, corners[k])):
        for last in (first, (first + 1) % 4, (first - 1) % 4):
            if _is_free(corners[last], to):
                length = abs(rod - corners[first]) + abs(corners[last] - corners[first])
                ways.append((length + abs(to - corners[last]), first))
    if not ways:
        return rod * (CORNER_M / max(_half(rod), 1e-6))
    return corners[min(ways)[1]]


def _entering(rod: complex, z: float, low_m: float) -> tuple[complex, float]:
    """Returns aim and height on the way over the walls and into the box."""
    if _half(rod) < 0.03:
        return 0.8 * rod, low_m
    return (0j if z > CLEAR_Z_M else rod), OVER_Z_M


def _leaving(rod: complex, z: float) -> tuple[complex, float]:
    """Returns aim and height on the way out of the box, or from above it."""
    return (rod * (CORNER_M / max(_half(rod), 1e-6)) if z > CLEAR_Z_M else rod), OVER_Z_M


def _half(point: complex) -> float:
    """Returns half the side of the square around the box's middle that a point is on."""
    return max(abs(point.real), abs(point.imag))


def _is_free(start: complex, end: complex) -> bool:
    """Returns whether a straight line stays out of the square that the rod keeps out of."""
    low, high = 0.0, 1.0
    for a, b in ((start.real, end.real), (start.imag, end.imag)):
        if abs(b - a) < 1e-9:
            if abs(a) >= ROOM_M:
                return True
            continue
        enter, leave = sorted(((-ROOM_M - a) / (b - a), (ROOM_M - a) / (b - a)))
        low, high = max(low, enter), min(high, leave)
    return low >= high - 1e-6
