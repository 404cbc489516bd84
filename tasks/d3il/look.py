"""How the tasks look: materials, table, floor, lights, cameras, and the painter of pictures.

Physics runs on a lean model without meshes, textures and lights. A picture is taken of another model, a
*drawing*, made from the same spec with all of these added; the painter copies the poses over.
"""

from __future__ import annotations

import atexit
import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from ilbench.tasks.d3il.layout import TABLE_Z_M
from ilbench.tasks.d3il.panda import dress_panda

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FIXED_CAMERA, WRIST_CAMERA, OVERVIEW_CAMERA = "fixed", "wrist", "overview"

TABLE_EDGES_M = ((-0.29, -0.98), (0.95, 0.98))
"""Near right and far left corner of the drawn table. D3IL's ends at x = 0.69, short of some fixtures."""

FLOOR_Z_M = -0.75
HAIR_M = 2e-5
MARKER_M = 0.002
_STEEL = (0.62, 0.64, 0.67, 1.0)


def furnish(spec: mujoco.MjSpec, *, suns: int = 1) -> None:
    """Adds what is only seen: materials, sky, floor, table, lights, and the cameras "fixed" and "overview".

    Nothing of it touches anything, but it is for drawings alone: boxes become smaller by a hair (below
    1 mm), so that their faces do not coincide. "fixed" is D3IL's "bp_cam"; "overview" is for people.

    Args:
        spec: Where to add it.
        suns: Into how many lights close beside each other, 1 to 6, the sun is divided: the more, the softer
            the edges of shadows.
    """
    _finish_materials(spec)
    _add_textures(spec)
    _part_faces(spec)
    _add_room(spec)
    _add_lights(spec, suns)
    camera = spec.worldbody.add_camera(name=FIXED_CAMERA, pos=(1.05, 0, 1.2), fovy=45)
    camera.quat = np.array((0.683, 0.183, 0.183, 0.683)) / math.hypot(0.683, 0.183, 0.183, 0.683)
    eye, looked_at = (1.55, -0.95, 1.22), (0.36, 0.02, 0.21)
    camera = spec.worldbody.add_camera(name=OVERVIEW_CAMERA, pos=eye, fovy=42)
    camera.quat = looking(eye, looked_at)


def add_wrist_camera(hand: Any) -> None:
    """Adds D3IL's wrist camera "wrist", 60°, to the hand.

    It sits 0.1 m beside the hand's frame, looks where the hand points, and shows x away from the base
    upwards and y to the left when the hand points down.

    D3IL writes its angles as 3.14 and 1.57; here they are exactly half and quarter turns.
    """
    half = math.sqrt(0.5)
    hand.add_camera(name=WRIST_CAMERA, pos=(0.1, 0, 0), quat=(0, half, half, 0), fovy=60)


def looking(eye: Sequence[float], at: Sequence[float]) -> NDArray[np.float64]:
    """Returns the orientation w, x, y, z of an upright camera at `eye` that looks at `at`."""
    back = np.subtract(eye, at) / np.linalg.norm(np.subtract(eye, at))
    right = np.cross((0.0, 0.0, 1.0), back)
    right /= np.linalg.norm(right)
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, np.stack([right, np.cross(back, right), back], axis=1).ravel())
    return quat


def _finish_materials(spec: mujoco.MjSpec) -> None:
    """Makes painted things matt, and the rod and the table's legs of steel."""
    for material in spec.materials:
        material.specular, material.shininess = 0.2, 0.3
    steel = _material(spec, "steel")
    for material in (steel, _material(spec, "rod")):
        material.rgba, material.specular, material.shininess = _STEEL, 0.9, 0.6


def _part_faces(spec: mujoco.MjSpec) -> None:
    """Makes boxes smaller by a hair, each by another, and markers flat.

    Faces of two boxes in one plane would be lit twice where they overlap, and shadow maps would speckle
    what is a millimeter over the table.
    """
    boxes = [geom for geom in spec.geoms if geom.type == mujoco.mjtGeom.mjGEOM_BOX]
    for index, geom in enumerate(boxes):
        geom.size = geom.size - index * HAIR_M
        if not geom.contype and geom.size[2] < MARKER_M:
            geom.size[2] = 10 * HAIR_M


def _material(spec: mujoco.MjSpec, name: str) -> Any:
    """Returns the material of that name, new if there is none."""
    found = next((material for material in spec.materials if material.name == name), None)
    return found or spec.add_material(name=name)


def _add_textures(spec: mujoco.MjSpec) -> None:
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=(0.97, 0.98, 1.0),
        rgb2=(0.75, 0.82, 0.90),
        width=64,
        height=64,
    )
    _add_checker(spec, "table", (0.98, 0.965, 0.935), (0.945, 0.93, 0.90), square_m=0.05)
    _add_checker(spec, "floor", (0.80, 0.81, 0.83), (0.77, 0.78, 0.80), square_m=0.5)


def _add_checker(
    spec: mujoco.MjSpec, name: str, light: Sequence[float], dark: Sequence[float], *, square_m: float
) -> None:
    """Gives a material, new or not, a checker pattern."""
    texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_2D, width=256, height=256)
    texture.builtin, texture.rgb1, texture.rgb2 = mujoco.mjtBuiltin.mjBUILTIN_CHECKER, light, dark
    material = _material(spec, name)
    material.rgba, material.texuniform, material.specular = (1, 1, 1, 1), True, 0.0
    material.texrepeat = (0.5 / square_m, 0.5 / square_m)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name


def _add_room(spec: mujoco.MjSpec) -> None:
    (left, near), (right, far) = TABLE_EDGES_M
    x, y, half_x, half_y, half_z = (
        (left + right) / 2,
        (near + far) / 2,
        (right - left) / 2,
        (far - near) / 2,
        0.02,
    )
    _add_seen_box(spec, (x, y, TABLE_Z_M - half_z), (half_x, half_y, half_z), "table")
    half_leg = (TABLE_Z_M - 2 * half_z - FLOOR_Z_M) / 2
    for side_x in (-1, 1):
        for side_y in (-1, 1):
            center = (x + side_x * (half_x - 0.06), y + side_y * (half_y - 0.06), FLOOR_Z_M + half_leg)
            _add_seen_box(spec, center, (0.03, 0.03, half_leg), "steel")
    floor = _add_seen_box(spec, (0, 0, FLOOR_Z_M), (6, 6, 0.1), "floor")
    floor.type = mujoco.mjtGeom.mjGEOM_PLANE


def _add_seen_box(
    spec: mujoco.MjSpec, pos: Sequence[float], size: Sequence[float], material: str
) -> mujoco.MjsGeom:
    return spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=pos,
        size=size,
        material=material,
        group=1,
        contype=0,
        conaffinity=0,
    )


def _add_lights(spec: mujoco.MjSpec, suns: int) -> None:
    # Shadow maps reach as far as the extent: the floor that is seen has to lie within, else it is speckled.
    spec.stat.center, spec.stat.extent = (0.3, 0, 0.2), 4.0
    spec.visual.map.znear, spec.visual.map.zfar = 0.006, 5
    headlight = spec.visual.headlight
    headlight.ambient, headlight.diffuse, headlight.specular = (0.37,) * 3, (0.17,) * 3, (0.05,) * 3
    for index in range(suns):
        angle, radius = 2 * math.pi * index / suns, 0.05 * (suns > 1)
        x, y = 0.20 + radius * math.cos(angle), 0.45 + radius * math.sin(angle)
        sun = spec.worldbody.add_light(pos=(0.3 - 2 * x, -2 * y, 2.2), dir=(x, y, -1), directional=True)
        sun.diffuse, sun.specular = np.array((0.43, 0.425, 0.41)) / suns, np.full(3, 0.24) / suns
        sun.castshadow = True
    fill = spec.worldbody.add_light(pos=(2, 0.6, 1.5), dir=(-1, -0.3, -0.6), directional=True)
    fill.diffuse, fill.specular, fill.castshadow = (0.20, 0.20, 0.21), (0.05,) * 3, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a picture is rendered.

    Attributes:
        arm: Whether the whole arm is drawn, or the hand alone.
        suns: How many lights throw shadows, see `furnish`; 0 is one sun without shadows, and no sky.
        supersampling: How many pixels are rendered along each side of a pixel that is returned.
        samples: Of the graphics library's own antialiasing; 0 is none.
    """

    arm: bool
    suns: int
    supersampling: int
    samples: int


PICTURE = Style(arm=True, suns=1, supersampling=1, samples=4)
"""For videos and quick looks: a tenth of a second a frame of 480 by 480 on one core, without a GPU."""

FIGURE = Style(arm=True, suns=6, supersampling=2, samples=4)
"""For papers: soft shadows, smooth edges; a few seconds a picture on one core."""

OBSERVATION = Style(arm=False, suns=0, supersampling=2, samples=0)
"""For policies: part of the specification of image tasks, never to be changed without a new task version.

Of the arm only the hand is drawn, as D3IL's images show the links at a tenth of full opacity."""


class Painter:
    """Takes pictures of a physics model on a furnished drawing of it.

    What is drawn depends on the poses given and on nothing else: the same bits in any order of frames and
    in any process, on the same graphics library.

    The physics must have an arm (`ilbench.tasks.d3il.panda.attach_panda`), which is dressed here.

    Args:
        spec: Of the physics; it is copied.
        model: Compiled from it.
        style: How to draw.
        width: Of the pictures, pixels.
        height: Of the pictures, pixels.

    Raises:
        MissingPackageError: If robosuite, whose meshes are drawn, is not installed.
    """

    def __init__(
        self, spec: mujoco.MjSpec, model: mujoco.MjModel, style: Style, width: int, height: int
    ) -> None:
        drawing = spec.copy()
        furnish(drawing, suns=max(style.suns, 1))
        add_wrist_camera(drawing.body("hand"))
        dress_panda(drawing, whole=style.arm)
        scale = style.supersampling
        drawing.visual.global_.offwidth, drawing.visual.global_.offheight = width * scale, height * scale
        drawing.visual.quality.offsamples = style.samples
        drawing.visual.quality.shadowsize = 4096 if style.suns else 0
        self._model = drawing.compile()
        self._data = mujoco.MjData(self._model)
        self._copied = _matches(model, self._model)
        self._style = style
        self._renderer: Any = mujoco.Renderer(self._model, height * scale, width * scale)
        # Freed at the latest when the interpreter ends, while the graphics library still answers: what is
        # registered last is done first, and finalizers as a whole may come before that library.
        self._free = weakref.finalize(self, self._renderer.close)
        atexit.register(self._free)
        if not style.suns:
            for flag in ("SHADOW", "REFLECTION", "SKYBOX", "HAZE"):
                self._renderer.scene.flags[getattr(mujoco.mjtRndFlag, f"mjRND_{flag}")] = 0

    def paint(self, data: mujoco.MjData, camera: str) -> NDArray[np.uint8]:
        """Returns a picture (height, width, 3) of `data`, a state of the physics model, by a named camera."""
        self._pose(data)
        return self._shot(camera)

    def paint_all(self, data: mujoco.MjData, cameras: Sequence[str]) -> dict[str, NDArray[np.uint8]]:
        """Returns pictures by several cameras, in less time than one after the other."""
        self._pose(data)
        return {camera: self._shot(camera) for camera in cameras}

    @property
    def drawing(self) -> mujoco.MjData:
        """The drawing as it was last posed."""
        return self._data

    def close(self) -> None:
        """Frees the graphics context. The painter cannot be used any more."""
        self._free()
        atexit.unregister(self._free)

    def _shot(self, camera: str) -> NDArray[np.uint8]:
        self._renderer.update_scene(self._data, camera=camera)
        picture: NDArray[np.uint8] = self._renderer.render()
        scale = self._style.supersampling
        if scale == 1:
            return picture
        height, width, _ = picture.shape
        blocks = picture.reshape(height // scale, scale, width // scale, scale, 3)
        mean: NDArray[np.uint8] = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
        return mean

    def _pose(self, data: mujoco.MjData) -> None:
        here, there, mocap_here, mocap_there = self._copied
        self._data.qpos[there] = data.qpos[here]
        self._data.mocap_pos[mocap_there] = data.mocap_pos[mocap_here]
        self._data.mocap_quat[mocap_there] = data.mocap_quat[mocap_here]
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)


def _matches(
    model: mujoco.MjModel, drawing: mujoco.MjModel
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Returns which coordinates and mocap bodies of `model` belong to which of `drawing`, by body names."""
    here: list[int] = []
    there: list[int] = []
    mocap_here: list[int] = []
    mocap_there: list[int] = []
    for index in range(1, model.nbody):
        body = model.body(index)
        twin = drawing.body(body.name)
        here += _coordinates(model, index)
        there += _coordinates(drawing, twin.id)
        if body.mocapid[0] >= 0:
            mocap_here.append(int(body.mocapid[0]))
            mocap_there.append(int(twin.mocapid[0]))
    return here, there, mocap_here, mocap_there


def _coordinates(model: mujoco.MjModel, body: int) -> list[int]:
    """Returns the indexes in qpos of a body's joints."""
    first = int(model.body_jntadr[body])
    sizes = {mujoco.mjtJoint.mjJNT_FREE: 7, mujoco.mjtJoint.mjJNT_BALL: 4}
    found: list[int] = []
    for joint in range(first, first + int(model.body_jntnum[body])):
        start = int(model.jnt_qposadr[joint])
        found += range(start, start + sizes.get(mujoco.mjtJoint(model.jnt_type[joint]), 1))
    return found
