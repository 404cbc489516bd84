"""The D3IL-style tasks, declared without loading MuJoCo."""

from __future__ import annotations

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task
from ilbench.tasks.d3il.avoiding_contexts import NUM_SHIFTED, SEVERITIES, SEVERITY_STEP_M
from ilbench.tasks.d3il.avoiding_modes import MODES

CONTROL_PERIOD_S = 0.035
"""One control step of every D3IL rod task."""

AVOIDING_OBSERVATION = (
    Field(
        name="state",
        shape=(4,),
        unit="m",
        description="Commanded and measured position of the rod on the table, after the action.",
        components=("commanded x", "commanded y", "measured x", "measured y"),
    ),
)

_SHIFTS = (
    Split(
        name="shift/start",
        num_contexts=NUM_SHIFTED,
        description="The start is 20 to 60 mm to the left or right (in turn) and 0 to 60 mm further back.",
    ),
    *(
        Split(
            name=f"shift/obstacle-moved-{severity}",
            num_contexts=NUM_SHIFTED,
            severity=severity,
            description=(
                f"Every cylinder is moved {1000 * severity * SEVERITY_STEP_M:.0f} mm to the left or right "
                "and every row as far to the front or back; a context moves the same way at every severity. "
                "The observation does not show it."
            ),
        )
        for severity in SEVERITIES
    ),
)

AVOIDING = Task(
    id="d3il/avoiding-v1",
    summary="Move a rod through three rows of cylinders to a finish line without touching one.",
    env="ilbench.tasks.d3il.avoiding:AvoidingEnv",
    extra="d3il",
    packages=("mujoco",),
    horizon=250,
    control_hz=1 / CONTROL_PERIOD_S,
    success_rule="ever",
    stops_on_success=True,
    observation=AVOIDING_OBSERVATION,
    action=ActionField(
        shape=(2,),
        unit="m",
        description=(
            "Change of the commanded position per control step. Never clipped, as in D3IL; the "
            "demonstrations move 10 mm a step on average and 17 mm at most."
        ),
        components=("dx", "dy"),
    ),
    data="ilbench.tasks.d3il:data/avoiding-v1",
    make_contexts="ilbench.tasks.d3il.avoiding_contexts:make_contexts",
    splits=(
        Split(name="train", num_contexts=1, description="D3IL's one start in D3IL's one field."),
        Split(
            name="test",
            num_contexts=1,
            description=(
                "The same start and field as train: D3IL has no other, and the environment is deterministic. "
                "Held-out episodes differ by the policy's seed alone, so this split measures success and "
                "diversity, not generalization; a deterministic policy plays the same episode every time."
            ),
        ),
        *_SHIFTS,
    ),
    presets={
        "smoke": Preset(num_contexts=1, num_repeats=8, shift=Preset(num_contexts=8)),
        "standard": Preset(num_contexts=1, num_repeats=100, shift=Preset(num_contexts=16, num_repeats=6)),
        "full": Preset(num_contexts=1, num_repeats=480, shift=Preset(num_contexts=16, num_repeats=30)),
    },
    modes=MODES,
    expert="ilbench.tasks.d3il.avoiding_expert:AvoidingExpert",
    demonstrations=DemonstrationPlan(
        count=96,
        balanced_modes=True,
        description=(
            "Four demonstrations a mode. The expert plans a smooth path through the passages of the asked "
            "mode, with clearances and a pace of its own each time, and follows it with a wandering hand "
            "that it keeps correcting. Modes begin alike and part shortly before the first cylinder."
        ),
    ),
    tags=frozenset({"mujoco", "state", "continuous", "multimodal"}),
    source=(
        "D3IL: Jia et al., Towards Diverse Behaviors, ICLR 2024, arXiv 2402.14606. From there: geometry, "
        "start, finish line, modes, control period of 35 ms, the action as a change of the commanded "
        "position, 96 demonstrations, 480 episodes. Departures: a bare rod on position servos (lag 25 ms, at "
        "most 1.5 m/s) for the Panda arm; observations after the action, not before it; contact tested at "
        "every physics step, not once a control step; a mode also where a row is jumped over; scripted "
        "demonstrations for the human ones. The horizon is the 250 steps of D3IL's environment class; its "
        "Gym id says 150, and its evaluator cannot hold more than 150 steps and scores longer episodes as 0."
    ),
    licence="MIT (this project's own code; D3IL at the snapshot read carries no licence of its own)",
)
