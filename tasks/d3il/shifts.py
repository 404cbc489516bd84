"""The graded shifts of the D3IL suite: kinds, severities, and what its environment can disturb."""

from __future__ import annotations

from ilbench.tasks.disturbances import ShiftKind

SEVERITIES = (1, 2, 3, 4, 5)
NUM_SHIFTED = 30
"""Contexts in each shift split; the first `NUM_SHIFTED` test contexts, disturbed, or drawn anew."""

UNDERSTOOD = frozenset({"friction", "mass", "action_delay", "observation_noise_m"})
"""Entries of `ilbench.tasks.disturbances.Disturbance` that `ilbench.tasks.d3il.tabletop.TabletopEnv` does."""


def _physics(severity: int, *, inverse: bool) -> dict[str, float]:
    """Friction of half as much again is the limit: above 1.6, the pushed cubes rather topple than slide."""
    factors = {"friction": 1.0 + 0.1 * severity, "mass": 1.0 + 0.3 * severity}
    return {name: round(1 / by if inverse else by, 4) for name, by in factors.items()}


SHIFT_KINDS = {
    "friction-mass": ShiftKind(
        levels=[_physics(severity, inverse=False) for severity in SEVERITIES],
        odd_levels=[_physics(severity, inverse=True) for severity in SEVERITIES],
        text="Friction times 1 + 0.1 severity and the masses of the objects times 1 + 0.3 severity (even "
        "contexts), or divided by it (odd).",
    ),
    "action-delay": ShiftKind(
        levels=[{"action_delay": severity} for severity in SEVERITIES],
        text="Every action is executed as many control steps late as the severity.",
    ),
    "observation-noise": ShiftKind(
        levels=[{"observation_noise_m": round(0.002 * severity, 4)} for severity in SEVERITIES],
        text="White Gaussian noise of 2 mm times the severity on measured positions, and as much on a lever "
        "of 50 mm on directions; images: 8 gray levels times the severity.",
    ),
}
"""Not the kinds of `ilbench.tasks.disturbances`, even where they share a name: here k steps of delay at
severity k, there 1, 2, 4, 8, 16."""
