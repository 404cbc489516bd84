"""The camera of the image variants: Meta-World's ``corner2``, moved as LeRobot moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGE_SIZE = 84
CAMERA = "corner2"
POSITION_M = (0.75, 0.075, 0.7)

HIDDEN = (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION, mujoco.mjtRndFlag.mjRND_HAZE)
"""What is not drawn: it would take most of the time of a software renderer."""


class CornerCamera:
    """Draws what the camera sees; without shadows, reflections, haze and multisampling.

    Args:
        model: MuJoCo's model, whose camera is moved and whose rendering quality is set.
    """

    def __init__(self, model: Any) -> None:
        model.camera(CAMERA).pos[:] = POSITION_M
        model.vis.quality.shadowsize = 0
        model.vis.quality.offsamples = 0
        self._renderer = mujoco.Renderer(model, IMAGE_SIZE, IMAGE_SIZE)
        for flag in HIDDEN:
            self._renderer.scene.flags[flag] = 0

    def draw(self, data: Any) -> NDArray[np.uint8]:
        """Returns the picture (84, 84, 3), upright: the camera itself stands on its head."""
        self._renderer.update_scene(data, CAMERA)
        picture: NDArray[np.uint8] = self._renderer.render()[::-1, ::-1].copy()
        return picture

    def close(self) -> None:
        """Frees the renderer."""
        self._renderer.close()
