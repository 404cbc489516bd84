"""What the navigation tasks declare in common: the suite, of which each kind of maze has its own."""

from __future__ import annotations

from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset


def presets(smoke: int, standard: int, full: int) -> dict[str, Preset]:
    """Returns the presets that run so many contexts of each split, once."""
    counts = {"smoke": smoke, "standard": standard, "full": full}
    return {name: Preset(num_contexts=count) for name, count in counts.items()}


NAVIGATION = Suite(
    name="navigation",
    package="ilbench.tasks.navigation",
    packages=("gymnasium-robotics", "mujoco"),
    extra="navigation",
    license="MIT (gymnasium-robotics); Apache-2.0 (maze code)",
    presets=presets(20, 100, 200),
    tags=frozenset({"navigation", "goal-conditioned"}),
)
