"""Disturbances that any task can be given: between policy and environment, in the physics, at the cameras.

The kinds of shift and their levels are named in each split. Every draw comes from the episode's own seed, so
all policies meet the same disturbance; a disturbed context is a context of ``test`` with one more entry, so
episodes pair, and ``test`` itself is severity 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ilbench.contract.task import Context, Preset, Split, Task
from ilbench.errors import InvalidTaskError, UnknownNameError

ENTRY = "disturbance"
"""Name of the entry in a context."""

ENV = "ilbench.tasks.disturbed_env:DisturbedEnv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What is disturbed in an episode; as it stands here, nothing.

    A *number* is a component of a float field that has a scale, its standard deviation over the
    demonstrations; an *image* is a uint8 field of at least 32 pixels a side; a *cell* is a place of a grid
    of symbols. *Rest* is the action zero, or the discrete action that was declared to do the least.

    Attributes:
        sensor_noise: Standard deviation of white Gaussian noise, of numbers in scales, of images in
            `GRAY_LEVELS`; of cells the probability that one shows drawn symbols.
        sensor_bias: Half width of a uniform offset, drawn once an episode for every number and every image
            (its brightness), in the same units.
        sensor_drop: Share of the numbers of a field, or of its cells, that read zero from start to end, at
            least one of them.
        observation_delay: Control steps that an observation is late.
        frame_drop: Probability that what was observed last is observed again.
        sticky_action: Probability that the last executed action is executed again.
        random_action: Probability that an action is drawn uniformly, from its bounds or from all there are.
        action_noise: Standard deviation of white Gaussian noise on continuous actions, in half action ranges.
        action_delay: Control steps that an action waits; what comes before the first is rest.
        action_gain: Factor on continuous actions; of discrete ones the probability that they are executed
            and not rest.
        friction: Factor on the friction of everything.
        mass: Factor on mass and inertia of whatever moves freely.
        gravity: Factor on gravity.
        damping: Factor on the damping of all joints.
        camera_m: How far every camera is displaced, in a direction drawn once an episode.
    """

    sensor_noise: float = 0.0
    sensor_bias: float = 0.0
    sensor_drop: float = 0.0
    observation_delay: int = 0
    frame_drop: float = 0.0
    sticky_action: float = 0.0
    random_action: float = 0.0
    action_noise: float = 0.0
    action_delay: int = 0
    action_gain: float = 1.0
    friction: float = 1.0
    mass: float = 1.0
    gravity: float = 1.0
    damping: float = 1.0
    camera_m: float = 0.0

    @property
    def changes_model(self) -> bool:
        """Whether physics or cameras are disturbed, for which the environment must have a MuJoCo model."""
        return any(getattr(self, f.name) != f.default for f in fields(self) if f.name in OF_THE_MODEL)


OF_THE_MODEL = frozenset({"friction", "mass", "gravity", "damping", "camera_m"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftKind:
    """A disturbance in five severities.

    Attributes:
        levels: Entries of `Disturbance`, severity 1 to 5.
        text: What happens, in a sentence.
    """

    levels: Sequence[Mapping[str, float]]
    text: str


SHIFT_KINDS: Mapping[str, ShiftKind] = {
    "sensor-noise": ShiftKind(
        levels=[{"sensor_noise": sigma} for sigma in (0.01, 0.03, 0.1, 0.3, 1.0)],
        text="White Gaussian noise on every observed number: 0.01, 0.03, 0.1, 0.3, 1 of its standard "
        "deviation over the demonstrations.",
    ),
    "sensor-drop": ShiftKind(
        levels=[{"sensor_drop": share} for share in (0.03, 0.1, 0.2, 0.3, 0.5)],
        text="3, 10, 20, 30, 50 % of the observed numbers (at least one), drawn once an episode, read zero.",
    ),
    "sensor-bias": ShiftKind(
        levels=[{"sensor_bias": width} for width in (0.05, 0.1, 0.2, 0.5, 1.0)],
        text="A constant offset on every observed number, drawn once an episode: up to 0.05, 0.1, 0.2, 0.5, "
        "1 of its standard deviation over the demonstrations.",
    ),
    "symbol-noise": ShiftKind(
        levels=[{"sensor_noise": probability} for probability in (0.01, 0.03, 0.1, 0.2, 0.4)],
        text="Each observed cell shows drawn symbols with a probability of 1, 3, 10, 20, 40 % a step.",
    ),
    "observation-delay": ShiftKind(
        levels=[{"observation_delay": steps} for steps in (1, 2, 3, 4, 5)],
        text="Observations are 1, 2, 3, 4, 5 control steps late.",
    ),
    "frame-drop": ShiftKind(
        levels=[{"frame_drop": probability} for probability in (0.1, 0.25, 0.5, 0.75, 0.9)],
        text="With a probability of 10, 25, 50, 75, 90 % a step, what was observed last is observed again.",
    ),
    "sticky-action": ShiftKind(
        levels=[{"sticky_action": probability} for probability in (0.1, 0.25, 0.5, 0.75, 0.9)],
        text="With a probability of 10, 25, 50, 75, 90 % a step, the last executed action is executed again.",
    ),
    "random-action": ShiftKind(
        levels=[{"random_action": probability} for probability in (0.05, 0.1, 0.2, 0.35, 0.5)],
        text="With a probability of 5, 10, 20, 35, 50 % a step, an action drawn uniformly is executed.",
    ),
    "weak-action": ShiftKind(
        levels=[{"action_gain": gain} for gain in (0.8, 0.6, 0.4, 0.2, 0.1)],
        text="Weak actuators: continuous actions times 0.8, 0.6, 0.4, 0.2, 0.1; of discrete ones 20, 40, 60, "
        "80, 90 % have no effect.",
    ),
    "action-noise": ShiftKind(
        levels=[{"action_noise": sigma} for sigma in (0.1, 0.2, 0.4, 0.7, 1.0)],
        text="White Gaussian noise on actions: 0.1, 0.2, 0.4, 0.7, 1 of half the action range.",
    ),
    "action-delay": ShiftKind(
        levels=[{"action_delay": steps} for steps in (1, 2, 4, 8, 16)],
        text="Actions are executed 1, 2, 4, 8, 16 control steps late.",
    ),
    "physics": ShiftKind(
        levels=[
            {"friction": friction, "mass": mass}
            for friction, mass in ((0.8, 1.5), (0.6, 2.0), (0.4, 3.0), (0.25, 4.0), (0.1, 6.0))
        ],
        text="Slippery and heavy: friction times 0.8, 0.6, 0.4, 0.25, 0.1; masses of free objects times 1.5, "
        "2, 3, 4, 6.",
    ),
    "gravity": ShiftKind(
        levels=[{"gravity": factor} for factor in (1.25, 1.5, 2.0, 2.5, 3.0)],
        text="Gravity times 1.25, 1.5, 2, 2.5, 3.",
    ),
    "damping": ShiftKind(
        levels=[{"damping": factor} for factor in (1.25, 1.5, 2.0, 3.0, 5.0)],
        text="Stiff joints: damping times 1.25, 1.5, 2, 3, 5.",
    ),
    "camera": ShiftKind(
        levels=[{"camera_m": meters} for meters in (0.01, 0.02, 0.04, 0.07, 0.1)],
        text="Every camera displaced by 1, 2, 4, 7, 10 cm in a direction drawn once an episode.",
    ),
}


def disturbance_of(context: Context) -> Disturbance:
    """Returns the disturbance of a context.

    Raises:
        UnknownNameError: The context asks for something that is no entry of `Disturbance`.
    """
    entries: Mapping[str, Any] = context.get(ENTRY, {})
    known = [field.name for field in fields(Disturbance)]
    for name in entries:
        if name not in known:
            raise UnknownNameError("disturbance", name, known)
    return Disturbance(**entries)


def graded_splits(kinds: Sequence[str], num_contexts: int) -> tuple[Split, ...]:
    """Returns the splits ``shift/<kind>-<severity>`` of the first test contexts, disturbed.

    Args:
        kinds: Names in `SHIFT_KINDS`.
        num_contexts: Contexts of ``test`` that are disturbed.
    """
    return tuple(
        Split(
            name=f"shift/{name}-{severity}",
            num_contexts=num_contexts,
            description=f"The first test contexts. {SHIFT_KINDS[name].text}",
            severity=severity,
            of="test",
            overlay={ENTRY: dict(level)},
        )
        for name in kinds
        for severity, level in enumerate(SHIFT_KINDS[name].levels, start=1)
    )


def disturbed(
    task: Task,
    kinds: Sequence[str],
    *,
    scales: Mapping[str, Sequence[float]],
    num_contexts: int,
    shift: Preset | None = None,
    symbols: Mapping[str, Sequence[int]] | None = None,
    rest: int | Sequence[float] | None = None,
) -> Task:
    """Returns a task that also has ``shift/<kind>-<severity>`` splits.

    Its environment is a wrapper; an expert that looks into the environment finds it by ``env.unwrapped``.

    Args:
        task: The task.
        kinds: Names in `SHIFT_KINDS`.
        scales: By float field, the standard deviation of each number over the demonstrations; fields that
            are not named are not disturbed.
        num_contexts: Contexts of ``test`` that are disturbed.
        shift: How much of each shift the presets standard and full run, and smoke two contexts; None where
            the task's presets say that already.
        symbols: By field that is a grid of symbols, how many symbols there are in each of its channels.
        rest: The action that does the least; a continuous one is zeros if not given.

    Raises:
        UnknownNameError: There is no such kind.
        InvalidTaskError: A kind does not fit the task's actions.
    """
    _check(task, kinds, rest)
    options: dict[str, Any] = {"scales": {name: list(values) for name, values in scales.items()}}
    if symbols:
        options["symbols"] = {name: list(counts) for name, counts in symbols.items()}
    if rest is not None:
        options["rest"] = rest if isinstance(rest, int) else list(rest)
    return replace(
        task,
        env=ENV,
        env_options={"env": task.env, **options, **task.env_options},
        splits=(*task.splits, *graded_splits(kinds, num_contexts)),
        presets={
            name: replace(preset, shift=Preset(num_contexts=2) if name == "smoke" else shift)
            for name, preset in task.presets.items()
        }
        if shift is not None
        else task.presets,
    )


def _check(task: Task, kinds: Sequence[str], rest: int | Sequence[float] | None) -> None:
    for name in kinds:
        if name not in SHIFT_KINDS:
            raise UnknownNameError("kind of shift", name, SHIFT_KINDS)
    if task.action.num_actions is None:
        return
    if "action-noise" in kinds:
        raise InvalidTaskError(
            f"task {task.id!r}: Gaussian noise needs continuous actions; use the kind 'random-action'"
        )
    if rest is None and {"action-delay", "weak-action"} & set(kinds):
        raise InvalidTaskError(f"task {task.id!r}: late and weak discrete actions need `rest`")
