"""What the MiniGrid tasks are, declared without minigrid."""

from __future__ import annotations

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task
from ilbench.tasks.minigrid.missions import MISSION_LENGTH, WORDS

SPLITS = (
    Split(
        name="train",
        num_contexts=500,
        description="Levels from 500 seeds; a blue ball, a green box or a red key is never the target.",
    ),
    Split(name="test", num_contexts=200, description="Drawn as in train; no level is one of train."),
    Split(
        name="shift/unseen-missions",
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

GOTO_LOCAL = Task(
    id="minigrid/goto-local-v1",
    summary="Go to the object that the mission names, in a room full of objects.",
    env="ilbench.tasks.minigrid.environment:GoToLocal",
    packages=("minigrid",),
    extra="minigrid",
    horizon=64,
    success_rule="ever",
    stops_on_success=True,
    observation=(
        Field(
            name="image",
            shape=(7, 7, 3),
            dtype="uint8",
            description="The cells before the agent, who stands at [3, 6] and looks toward [3, 0], as (kind, "
            "color, state). Kinds: 0 unseen, 1 empty or agent, 2 wall, 5 key, 6 ball, 7 box. Colors: 0 red, "
            "1 green, 2 blue, 3 purple, 4 yellow, 5 grey. The state is always 0 here.",
        ),
        Field(
            name="direction",
            shape=(),
            dtype="int64",
            description="Where the agent looks: 0 right, 1 down, 2 left, 3 up.",
        ),
        Field(
            name="mission",
            shape=(MISSION_LENGTH,),
            dtype="int64",
            description="The mission's words: 0 padding, "
            + ", ".join(f"{index} {word}" for index, word in enumerate(WORDS) if word)
            + ".",
        ),
    ),
    action=ActionField(
        num_actions=7,
        description="0 turn left, 1 turn right, 2 forward, 3 pick up, 4 drop, 5 toggle, 6 done (nothing).",
    ),
    data="ilbench.tasks.minigrid:data/goto-local-v1",
    make_contexts="ilbench.tasks.minigrid.contexts:make_goto_local",
    splits=SPLITS,
    presets={
        "smoke": Preset(num_contexts=20),
        "standard": Preset(num_contexts=100),
        "full": Preset(num_contexts=200),
    },
    expert="ilbench.tasks.minigrid.expert:BotExpert",
    demonstrations=DemonstrationPlan(
        count=500,
        description="BabyAI's bot: it looks around until it has seen a fitting object, then takes the "
        "shortest way to the nearest. It knows what it has seen, not the whole room.",
    ),
    tags=frozenset({"minigrid", "symbolic", "language", "discrete", "partially-observed"}),
    source="BabyAI-GoToLocal-v0 of minigrid 3.2.0 (BabyAI, arXiv 1810.08272): its levels, rules, observation "
    "and reward. Departures: the mission as word ids; levels without duplicates; some targets held out.",
    licence="Apache-2.0 (minigrid; its package metadata says MIT)",
)
