"""The toy task with a picture, and one that cannot even start now and then, for the tests of films."""

import numpy as np

from ilbench.testing.toys import HarborEnv, toy_task


class DrawnEnv(HarborEnv):
    """The boat is a white column on black water."""

    def __init__(self, current, render_mode=None):
        super().__init__(current)
        self.metadata = {"render_modes": ["rgb_array"]}
        self.render_mode = render_mode

    def render(self):
        picture = np.zeros((16, 48, 3), np.uint8)
        picture[:, int(np.clip(24 + 20 * self._x, 0, 47))] = 255
        return picture


class GrayEnv(DrawnEnv):
    """Forgets the colors."""

    def render(self):
        return super().render()[:, :, 0]


class StrandedEnv(DrawnEnv):
    """Cannot start from the right half."""

    def reset(self, *, seed=None, options=None):
        if options["context"]["x"] > 0:
            raise RuntimeError("aground")
        return super().reset(seed=seed, options=options)


TASK = toy_task(id="toys/drawn-v1", env="drawn:DrawnEnv")
STRANDED = toy_task(id="toys/stranded-v1", env="drawn:StrandedEnv")
