"""The contexts of the Meta-World tasks: frozen vectors, since Meta-World ignores the seed of a reset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np

from ilbench.tasks.manipulation.metaworld.env import MetaworldEnv
from ilbench.tasks.manipulation.metaworld.table import ROWS

VERSION = 1
"""Version of all drawn contexts; a change of it is a new version of every task."""

NUM_CONTEXTS = 50
"""Contexts in each split, as many as Meta-World draws goals."""


SPARE = 10
"""Vectors drawn beyond those needed, in place of any that are left out."""

STICK_PULL_REACH_M = 0.449
"""Goals of stick-pull farther to the side, one in a hundred draws, are left out: the thermos stands on slides
that end before them, so nothing solves them."""


def make(env_name: str) -> dict[str, list[dict[str, Any]]]:
    """Returns a task's contexts by split, ``{"rand_vec": [...]}``: positions in m that Meta-World would draw.

    Each environment has a seed of its own, so its contexts do not depend on which others there are.
    """
    vectors = draw(env_name, 2 * NUM_CONTEXTS + SPARE, _generator(env_name))
    if env_name == "stick-pull-v3":
        vectors = vectors[vectors[:, 3] <= STICK_PULL_REACH_M]
    return _in_splits(vectors[: 2 * NUM_CONTEXTS], "train", "test")


def make_pick_place() -> dict[str, list[dict[str, Any]]]:
    """Returns pick-place's contexts by split, ``{"rand_vec": [puck x, y, z, goal x, y, z]}`` in m.

    The shifts are draws of their own in which one coordinate is moved out of Meta-World's box: the side of
    the goal by 15 to 30 cm, or that of the puck by 15 to 25 cm, to the left and to the right in turn. That
    only adds to the distance of puck and goal along y, which is at least 10 cm.
    """
    rng = _generator("pick-place-v3")
    vectors = draw("pick-place-v3", 4 * NUM_CONTEXTS, rng)
    sides = np.tile([-1.0, 1.0], NUM_CONTEXTS // 2)
    vectors[100:150, 3] = sides * rng.uniform(0.15, 0.30, NUM_CONTEXTS)
    vectors[150:200, 0] = sides * rng.uniform(0.15, 0.25, NUM_CONTEXTS)
    return _in_splits(vectors, "train", "test", "shift/goal", "shift/object")


def draw(env_name: str, count: int, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Returns `count` vectors, one a row, as the environment itself draws (and rejects) them."""
    return np.array(list(islice(_vectors(env_name, rng), count)))


def _vectors(env_name: str, rng: np.random.Generator) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
    env = MetaworldEnv(env_name).sim_env
    env.np_random = rng
    env._freeze_rand_vec = False
    env.seeded_rand_vec = True
    while True:
        env.reset_model()
        yield env._last_rand_vec


def draw_fresh(env_name: str, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yields contexts as those of ``test``, without end."""
    for vector in _vectors(env_name, rng):
        if env_name != "stick-pull-v3" or vector[3] <= STICK_PULL_REACH_M:
            yield {"rand_vec": vector.tolist()}


def _generator(env_name: str) -> np.random.Generator:
    digest = hashlib.sha256(env_name.encode()).digest()
    return np.random.default_rng([VERSION, int.from_bytes(digest[:8], "big")])


def _in_splits(
    vectors: np.ndarray[Any, np.dtype[np.float64]], *splits: str
) -> dict[str, list[dict[str, Any]]]:
    contexts = [{"rand_vec": vector.tolist()} for vector in vectors]
    return {
        split: contexts[NUM_CONTEXTS * number : NUM_CONTEXTS * (number + 1)]
        for number, split in enumerate(splits)
    }


MAKE = SimpleNamespace(
    **{row.name.replace("-", "_"): partial(make, row.env_name) for row in ROWS}
    | {"pick_place": make_pick_place}
)
"""The generator of each task, by its name with underscores: ``…contexts:MAKE.door_open``."""

FRESH = SimpleNamespace(
    **{row.name.replace("-", "_"): partial(draw_fresh, row.env_name) for row in ROWS}
    | {"pick_place": partial(draw_fresh, "pick-place-v3")}
)
"""What yields fresh contexts of each task, by the same names."""
