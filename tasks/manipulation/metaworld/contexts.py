"""The contexts of the Meta-World tasks: frozen vectors, since Meta-World ignores the seed of a reset."""

from __future__ import annotations

from typing import Any

import numpy as np

from ilbench.tasks.manipulation.metaworld.env import MetaworldEnv

PICK_PLACE_SEED = 20240602
"""Version of the drawn contexts; a change of it is a new task version."""


def make_pick_place() -> dict[str, list[dict[str, Any]]]:
    """Returns pick-place's contexts by split, ``{"rand_vec": [puck x, y, z, goal x, y, z]}`` in m.

    The shifts are draws of their own in which one coordinate is moved out of Meta-World's box: the side of
    the goal by 15 to 30 cm, or that of the puck by 15 to 25 cm, to the left and to the right in turn. That
    only adds to the distance of puck and goal along y, which is at least 10 cm.
    """
    rng = np.random.default_rng(PICK_PLACE_SEED)
    vectors = draw("pick-place-v3", 300, rng)
    sides = np.tile([-1.0, 1.0], 25)
    vectors[200:250, 3] = sides * rng.uniform(0.15, 0.30, 50)
    vectors[250:300, 0] = sides * rng.uniform(0.15, 0.25, 50)
    contexts = [{"rand_vec": vector.tolist()} for vector in vectors]
    return {
        "train": contexts[:100],
        "test": contexts[100:200],
        "shift/goal": contexts[200:250],
        "shift/object": contexts[250:],
    }


def draw(env_name: str, count: int, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Returns `count` vectors, one a row, as the environment itself draws (and rejects) them."""
    env = MetaworldEnv(env_name).sim_env
    env.np_random = rng
    env._freeze_rand_vec = False
    env.seeded_rand_vec = True
    vectors = []
    for _ in range(count):
        env.reset_model()
        vectors.append(env._last_rand_vec)
    return np.array(vectors)
