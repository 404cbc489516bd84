"""What is seen of the Panda: robosuite's triangle meshes, made coarser so that software renders them fast."""

from __future__ import annotations

import functools
import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.errors import MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Mesh = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
"""Corners (V, 3) in m, and triangles (F, 3) as indexes of corners."""


CELL_M = 0.004
"""Detail of the drawn meshes: fine enough for a picture of 640 by 480, and half the files' triangles."""


def robosuite_assets() -> Path:
    """Returns the folder of robosuite's models, found without importing robosuite, which takes seconds.

    Raises:
        MissingPackageError: If robosuite is not installed.
    """
    found = importlib.util.find_spec("robosuite")
    if found is None or not found.submodule_search_locations:
        raise MissingPackageError("a picture of the Panda arm", "robosuite", "manipulation")
    return Path(found.submodule_search_locations[0]) / "models" / "assets"


@functools.cache
def gripper_mesh(file: str) -> Mesh:
    """Returns a mesh of the gripper by the name of its file."""
    return coarser(load_mesh(robosuite_assets() / "grippers" / "meshes" / "panda_gripper" / file), CELL_M)


@functools.cache
def link_meshes() -> dict[str, dict[str, Mesh]]:
    """Returns what is seen of each link: one mesh a color."""
    folder = robosuite_assets() / "robots" / "panda"
    root = ET.parse(folder / "robot.xml").getroot()
    files = {mesh.attrib["name"]: folder / mesh.attrib["file"] for mesh in root.iter("mesh")}
    rgba = {material.attrib["name"]: material.attrib["rgba"] for material in root.iter("material")}
    parts: dict[str, dict[str, list[Mesh]]] = {}
    for body in root.iter("body"):
        for geom in body.findall("geom"):
            if geom.get("contype") == "0":
                of_link = parts.setdefault(body.attrib["name"], {})
                color = _color(rgba[geom.attrib["material"]])
                of_link.setdefault(color, []).append(load_mesh(files[geom.attrib["mesh"]]))
    return {
        link: {color: coarser(joined(meshes), CELL_M) for color, meshes in colors.items()}
        for link, colors in parts.items()
    }


def _color(rgba: str) -> str:
    return "white" if float(rgba.split()[0]) > 0.8 else "dark"


def load_mesh(path: Path) -> Mesh:
    """Returns the mesh of an OBJ file of triangles or of a binary STL file."""
    if path.suffix == ".stl":
        record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("flags", "<u2")])
        corners = np.frombuffer(path.read_bytes(), record, offset=84)["corners"].reshape(-1, 3)
        return corners.astype(np.float64), np.arange(len(corners)).reshape(-1, 3)
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    vertices = [row[1:4] for row in rows if row[:1] == ["v"]]
    faces = [[corner.partition("/")[0] for corner in row[1:4]] for row in rows if row[:1] == ["f"]]
    return np.array(vertices, np.float64), np.array(faces, np.int64) - 1


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Returns one mesh with the corners and triangles of all."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes[:-1])])
    faces = [faces + start for (_, faces), start in zip(meshes, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces)


def coarser(mesh: Mesh, cell_m: float) -> Mesh:
    """Returns the mesh with all corners in a cell of a grid joined into their mean; flat triangles go."""
    vertices, faces = mesh
    cells, cell_of = np.unique(np.floor(vertices / cell_m).astype(np.int64), axis=0, return_inverse=True)
    cell_of = cell_of.ravel()
    count = np.bincount(cell_of, minlength=len(cells))[:, None]
    sums = [np.bincount(cell_of, weights=vertices[:, axis], minlength=len(cells)) for axis in range(3)]
    centers = np.stack(sums, axis=1) / count
    faces = cell_of[faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    first = _rolled(faces)
    return centers, faces[np.unique(first, axis=0, return_index=True)[1]]


def _rolled(faces: NDArray[np.int64]) -> NDArray[Any]:
    """Returns the triangles beginning with their smallest index, so that equal ones compare equal."""
    turn = (np.arange(3) + faces.argmin(axis=1)[:, None]) % 3
    return np.take_along_axis(faces, turn, axis=1)
