"""Standard deviations of the state over the standard demonstrations, for the tasks with sensor shifts."""

from __future__ import annotations

from collections.abc import Mapping

STATE_STD: Mapping[str, tuple[float, ...]] = {
    "pick-place": (
        *(0.049, 0.073, 0.06, 0.27, 0.054, 0.07, 0.063, 0.021, 0.0081, 0.036, 0.0019, 0, 0, 0, 0, 0, 0, 0),
        *(0.049, 0.072, 0.059, 0.27, 0.054, 0.069, 0.062, 0.02, 0.0079, 0.035, 0.0019, 0, 0, 0, 0, 0, 0, 0),
        *(0.061, 0.031, 0.071),
    ),
    "push": (
        *(0.05, 0.08, 0.062, 0.25, 0.054, 0.078, 0.0067, 0.031, 0.011, 0.037, 0.0029, 0, 0, 0, 0, 0, 0, 0),
        *(0.049, 0.079, 0.062, 0.25, 0.054, 0.076, 0.0065, 0.03, 0.011, 0.037, 0.0029, 0, 0, 0, 0, 0, 0, 0),
        *(0.056, 0.031, 0),
    ),
}
"""By Meta-World's name: 18 entries now, the same one step before, the goal."""
