"""What policies see of a robosuite task: pictures by its own cameras, upright."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mujoco

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Cameras:
    """Takes small pictures of a model, which must not be compiled anew meanwhile.

    Pictures are upright, where robosuite's own are upside down. They depend on model and data alone.

    Args:
        model: The MuJoCo model; its antialiasing and its shadow maps are set here.
        size: Pixels on a side.
        cameras: Names of the model's cameras by name of the picture.
        samples: Of the graphics library's antialiasing; 0 is none, and faster without a graphics card.
        shadows: Whether lights throw shadows.
        reflections: Whether the shine of floor and table reflects things, which takes twice the time.
        hidden_groups: Groups of geoms and sites that are not drawn.
    """

    def __init__(
        self,
        model: Any,
        *,
        size: int,
        cameras: Mapping[str, str],
        samples: int,
        shadows: bool,
        reflections: bool,
        hidden_groups: Sequence[int],
    ) -> None:
        model.vis.quality.offsamples = samples
        if not shadows:
            model.vis.quality.shadowsize = 0
        self._cameras = {name: model.camera(camera).id for name, camera in cameras.items()}
        self._options = mujoco.MjvOption()
        for group in hidden_groups:
            self._options.geomgroup[group] = self._options.sitegroup[group] = 0
        self._renderer: Any = mujoco.Renderer(model, size, size)
        self._renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        self._renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = reflections
        # After the graphics library's own farewell was registered, so that this one comes before it.
        atexit.register(_close_remaining, weakref.ref(self))

    def take(self, data: Any) -> dict[str, NDArray[np.uint8]]:
        """Returns the pictures (size, size, 3) of the present state, by name."""
        pictures = {}
        for name, camera in self._cameras.items():
            self._renderer.update_scene(data, camera, self._options)
            pictures[name] = self._renderer.render()
        return pictures

    def close(self) -> None:
        """Frees the graphics context. No more pictures can be taken."""
        self._renderer.close()


def _close_remaining(reference: weakref.ref[Cameras]) -> None:
    cameras = reference()
    if cameras is not None:
        cameras.close()
