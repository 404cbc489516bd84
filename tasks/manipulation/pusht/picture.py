"""Pictures of PushT, drawn by OpenCV in the colors of the original; y points down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

from ilbench.tasks.manipulation.pusht.layout import AGENT_RADIUS_PX, BAR, GOAL_POSE, SIZE_PX, STEM
from ilbench.tasks.manipulation.pusht.physics import WALLS, placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

Color: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

WHITE: Color = (255, 255, 255)
GOAL: Color = (144, 238, 144)
WALL: Color = (211, 211, 211)
BLOCK: Color = (119, 136, 153)
BLOCK_INSIDE: Color = (142, 163, 183)
AGENT: Color = (65, 105, 225)
AGENT_INSIDE: Color = (78, 126, 255)
TARGET: Color = (255, 0, 0)

LINE_PX = 4
RIM_PX = 4


def draw(
    agent: Point, block: tuple[float, float, float], size: int, target: Point | None = None
) -> NDArray[np.uint8]:
    """Returns an RGB picture of shape (size, size, 3).

    As in the original, everything is drawn at 512 x 512 with whole pixels and then resized, linearly.

    Args:
        agent: Position, px.
        block: Pose of the block's origin, px and rad.
        size: Pixels on a side.
        target: Where to draw a red cross, px.
    """
    canvas: Any = np.full((SIZE_PX, SIZE_PX, 3), WHITE, dtype=np.uint8)
    for part in (BAR, STEM):
        cv2.fillPoly(canvas, [_pixels(placed(part, *GOAL_POSE))], GOAL)
    center = (round(agent[0]), round(agent[1]))
    cv2.circle(canvas, center, AGENT_RADIUS_PX, AGENT, cv2.FILLED)
    cv2.circle(canvas, center, AGENT_RADIUS_PX - RIM_PX, AGENT_INSIDE, cv2.FILLED)
    for part in (BAR, STEM):
        outline = _pixels(placed(part, *block))
        cv2.fillPoly(canvas, [outline], BLOCK_INSIDE)
        cv2.polylines(canvas, [outline], True, BLOCK, LINE_PX)
    for a, b in WALLS:
        cv2.line(canvas, a, b, WALL, LINE_PX)
    picture: NDArray[np.uint8] = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_LINEAR)
    if target is not None:
        scale = size / SIZE_PX
        at = (int(target[0] * scale), int(target[1] * scale))
        cv2.drawMarker(picture, at, TARGET, cv2.MARKER_CROSS, size // 12, max(1, size // 96))
    return picture


def _pixels(outline: Sequence[Point]) -> NDArray[np.int32]:
    return np.array(outline).round().astype(np.int32)
