"""Pictures of a MuJoCo simulation, for videos: drawn from model and data, which are only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mujoco

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 480


class MujocoPicture:
    """Draws square pictures; the renderer is made when the first one is asked for.

    Args:
        camera: Name of a camera of the model, or a free ``mujoco.MjvCamera``.
        hidden_groups: Groups of geoms and sites that are not drawn, such as collision shapes.
    """

    def __init__(self, camera: Any, hidden_groups: tuple[int, ...] = ()) -> None:
        self._camera = camera
        self._options = mujoco.MjvOption()
        for group in hidden_groups:
            self._options.geomgroup[group] = self._options.sitegroup[group] = 0
        self._model: Any = None
        self._renderer: Any = None

    def draw(self, model: Any, data: Any) -> NDArray[np.uint8]:
        """Returns a picture (480, 480, 3) of the present state."""
        if self._model is not model:
            self.close()
            model.vis.global_.offwidth = max(model.vis.global_.offwidth, SIDE)
            model.vis.global_.offheight = max(model.vis.global_.offheight, SIDE)
            self._model, self._renderer = model, mujoco.Renderer(model, SIDE, SIDE)
        self._renderer.update_scene(data, self._camera, self._options)
        picture: NDArray[np.uint8] = self._renderer.render()
        return picture

    def close(self) -> None:
        """Frees the renderer, if there is one."""
        if self._renderer is not None:
            self._renderer.close()
        self._model = self._renderer = None


def free_camera(
    lookat: tuple[float, float, float], distance_m: float, azimuth: float, elevation: float
) -> Any:
    """Returns a camera that looks at a point, angles in degrees (elevation -90: from above)."""
    camera = mujoco.MjvCamera()
    camera.lookat[:] = lookat
    camera.distance, camera.azimuth, camera.elevation = distance_m, azimuth, elevation
    return camera
