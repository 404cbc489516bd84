"""What the MiniGrid tasks are, declared without minigrid: one declaration over `table`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ilbench.contract.fields import Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.minigrid.fields import ACTION, NUM_SYMBOLS, REST, SUBGOAL, observation_fields
from ilbench.tasks.minigrid.table import BABYAI, BOSS_LEVEL, MINIGRID, Row, Shift

NUM_TRAIN, NUM_VALIDATION, NUM_TEST = 500, 50, 200
UNSEEN = "shift/unseen-missions"

EXPERTS = {
    "planner": ".planner:PlannerExpert",
    "bot": ".bot:BotExpert",
}

DESCRIPTIONS = {
    "planner": "A planner that sees the whole level, closed rooms and boxes included: short ways, obstacles "
    "put aside. What it knows is not in the view, so its choices cannot always be inferred from it.",
    "bot": "BabyAI's bot: it explores until it has seen what it needs, then takes the shortest way. It knows "
    "what it has seen, not the whole level; a policy without memory has to look again.",
}

SUITE = Suite(
    name="minigrid",
    package="ilbench.tasks.minigrid",
    packages=("minigrid",),
    extra="minigrid",
    license="Apache-2.0 (minigrid; its package metadata says MIT)",
    env=".environment:MiniGrid",
    action=ACTION,
    presets={
        "smoke": Preset(num_contexts=8),
        "standard": Preset(num_contexts=100, shift=Preset(num_contexts=50)),
        "full": Preset(num_contexts=NUM_TEST),
    },
    tags=frozenset({"minigrid", "symbolic", "language", "discrete", "partially-observed"}),
)


def declare(row: Row) -> Task:
    """Returns the task of a row."""
    return SUITE.task(
        f"{row.name}-v1",
        summary=row.summary,
        env_options={
            "level": row.level,
            "options": dict(row.options),
            "mission_length": row.mission_length,
        },
        horizon=row.horizon,
        observation=observation_fields(row.mission_length, rgb=False),
        layouts=".layouts:LAYOUTS",
        make_contexts=f".contexts:MAKE.{row.name.replace('-', '_')}",
        draw_fresh=f".contexts:FRESH.{row.name.replace('-', '_')}",
        splits=tuple(_splits(row)),
        expert=EXPERTS[row.experts[0]],
        alternative_experts={name: EXPERTS[name] for name in row.experts[1:]},
        demonstrations=demonstrations(row),
        tags=frozenset({"generalization", *["babyai"] * row.is_babyai}),
        source=f"{row.original} of minigrid 3.2.0{' (BabyAI, arXiv 1810.08272)' * row.is_babyai}: its "
        "levels, rules, limits on steps and reward. Departures: the mission as word ids; no level of test or "
        f"validation is one of train{'; some missions held out' * bool(row.held_out)}"
        f"{'; no level whose key is locked away, which minigrid makes too' * row.may_lock_key_away}.",
    )


def demonstrations(row: Row, procedure: tuple[Field, ...] = ()) -> DemonstrationPlan:
    """Returns how the standard demonstrations of a row are made, and what of the expert's work they keep."""
    return DemonstrationPlan(count=row.count, description=DESCRIPTIONS[row.experts[0]], procedure=procedure)


def in_pictures(task: Task) -> Task:
    """Returns the task with the view drawn in place of encoded, on the same contexts."""
    name = f"{task.id.removeprefix('minigrid/').removesuffix('-v1')}-rgb-v1"
    return replace(
        task,
        id=f"minigrid/{name}",
        summary=f"{task.summary.removesuffix('.')}, seen in pictures.",
        env_options={**task.env_options, "rgb": True},
        observation=observation_fields(task.observation[-1].shape[0], rgb=True),
        data=SUITE.path(f":data/{name}"),
        contexts_of=task.data,
        tags=task.tags - {"symbolic"} | {"pixels"},
    )


def _splits(row: Row) -> Iterator[Split]:
    without = f"; the missions do not say {' or '.join(row.held_out)}" if row.held_out else ""
    yield Split(name="train", num_contexts=NUM_TRAIN, description=f"{row.train}{without}.")
    for name, number in (("validation", NUM_VALIDATION), ("test", NUM_TEST)):
        yield Split(
            name=name, num_contexts=number, description="Drawn as in train; no level is one of train."
        )
    if row.held_out:
        yield Split(
            name=UNSEEN,
            num_contexts=100,
            description=f"The missions say {' or '.join(row.held_out)}: words of training, never together.",
        )
    yield from (_shifted(shift) for shift in row.shifts)


def _shifted(shift: Shift) -> Split:
    return Split(
        name=f"shift/{shift.name}",
        num_contexts=shift.num_contexts,
        description=shift.description,
        of="test" if shift.keeps_level else None,
        overlay=shift.entries if shift.keeps_level else {},
    )


_GOTO_LOCAL_SPLITS = (
    Split(
        name="train",
        num_contexts=NUM_TRAIN,
        description="Levels from 500 seeds; a blue ball, a green box or a red key is never the target.",
    ),
    Split(name="test", num_contexts=NUM_TEST, description="Drawn as in train; no level is one of train."),
    Split(
        name=UNSEEN,
        num_contexts=200,
        description="The target is a blue ball, a green box or a red key: colors and kinds that occur in "
        "the missions of train, never together.",
    ),
    Split(name="shift/more-objects", num_contexts=200, description="12 objects in the room, not 8."),
    Split(
        name="shift/larger-room",
        num_contexts=200,
        description="A room of 10 by 10 free cells, not 6 by 6: the view of 7 by 7 no longer spans it.",
    ),
)

GOTO_LOCAL = SUITE.task(
    "goto-local-v1",
    summary="Go to the object that the mission names, in a room full of objects.",
    env=".environment:GoToLocal",
    horizon=64,
    observation=observation_fields(5, rgb=False),
    layouts=".layouts:LAYOUTS",
    make_contexts=".contexts:MAKE.goto_local",
    draw_fresh=".contexts:FRESH.goto_local",
    splits=_GOTO_LOCAL_SPLITS,
    presets={
        "smoke": Preset(num_contexts=20),
        "standard": Preset(num_contexts=100),
        "full": Preset(num_contexts=200),
    },
    expert=EXPERTS["bot"],
    alternative_experts={"planner": EXPERTS["planner"]},
    demonstrations=DemonstrationPlan(count=500, description=DESCRIPTIONS["bot"]),
    source="BabyAI-GoToLocal-v0 of minigrid 3.2.0 (BabyAI, arXiv 1810.08272): its levels, rules, observation "
    "and reward. Departures: the mission as word ids; levels without duplicates; some targets held out.",
)
"""The first MiniGrid task, with its own splits; ``validation``, which it lacks, would make a new version."""


def _boss_level() -> Task:
    plain = declare(BOSS_LEVEL)
    held_out = "As in train; no level is one of train."
    bins = (
        (
            "train",
            NUM_TRAIN,
            f"{BOSS_LEVEL.train}; at most two clauses, which the bot does in at most 100 steps.",
        ),
        ("validation", NUM_VALIDATION, held_out),
        ("test", NUM_TEST, held_out),
        ("shift/longer-1", 50, "At most two clauses, for which the bot takes 101 to 130 steps."),
        ("shift/longer-2", 50, "At most two clauses, for which the bot takes 131 to 170 steps."),
        ("shift/longer-3", 50, "At most two clauses, for which the bot takes more than 170 steps."),
        ("shift/more-clauses-1", 50, "Missions of three clauses."),
        ("shift/more-clauses-2", 50, "Missions of four clauses."),
    )
    return replace(
        plain,
        splits=tuple(
            Split(
                name=name,
                num_contexts=number,
                description=text,
                severity=int(name[-1]) if name.startswith("shift/") else None,
            )
            for name, number, text in bins
        ),
        demonstrations=demonstrations(BOSS_LEVEL, (SUBGOAL,)),
        source=f"{plain.source} Longer and more complex missions are shifts, as in Thought Cloning (arXiv "
        "2306.00323), whose lists of levels belong to another generator. Levels that the bot does not finish "
        "are left out.",
    )


BOSS = _boss_level()
ROWS = {f"minigrid/{row.name}-v1": row for row in (*MINIGRID, *BABYAI)}
SYMBOLIC = (GOTO_LOCAL, *(declare(row) for row in ROWS.values()), BOSS)
IN_PICTURES = ("minigrid/goto-local-v1", "minigrid/door-key-8x8-v1", "minigrid/multiroom-n7-s8-v1")
DISTURBED = ("minigrid/door-key-8x8-v1",)


def with_disturbances(task: Task) -> Task:
    """Returns the task with disturbance shifts, if it is among `DISTURBED`."""
    if task.id not in DISTURBED:
        return task
    return disturbed(
        task,
        ("symbol-noise", "observation-delay", "sticky-action", "random-action", "weak-action"),
        scales={},
        symbols={"image": NUM_SYMBOLS},
        rest=REST,
        num_contexts=50,
        shift=Preset(num_contexts=50),
    )


TASKS = (
    *map(with_disturbances, SYMBOLIC),
    *(in_pictures(task) for task in SYMBOLIC if task.id in IN_PICTURES),
)
