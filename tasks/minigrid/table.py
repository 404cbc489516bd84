"""The MiniGrid tasks as a table: which of minigrid's levels, how they are held out, what shifts they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ENVS = "minigrid.envs"
PAIRS = ("blue ball", "green box", "red key")
"""Phrases held out of missions that name objects by color and kind: every word occurs, never together."""

DOORS = ("purple door",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shifted split.

    Attributes:
        name: The part after ``shift/``.
        description: What differs from ``train``.
        entries: What its contexts have besides the seed.
        num_contexts: How many there are.
        keeps_level: Whether it takes the contexts of ``test`` and adds the entries.
    """

    name: str
    description: str
    entries: Mapping[str, Any]
    num_contexts: int = 100
    keeps_level: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A task.

    Attributes:
        name: Name without suite and version.
        original: What minigrid, or the paper, calls it.
        summary: What has to be done.
        level: Import string of minigrid's level.
        options: Its arguments.
        horizon: The longest limit on steps that minigrid sets in any of the splits; it truncates by itself.
        mission_length: Words of the longest mission.
        train: What the training levels have in common, for the reader.
        held_out: Phrases that only the missions of ``shift/unseen-missions`` have.
        shifts: The other shifted splits.
        experts: Names in `tasks.EXPERTS`; the first makes the standard demonstrations.
        count: Standard demonstrations.
        is_babyai: Whether it is one of BabyAI's levels.
        may_lock_key_away: Whether minigrid also makes levels that cannot be done, the only key of a locked
            room lying in it; these are left out.
    """

    name: str
    original: str
    summary: str
    level: str
    horizon: int
    mission_length: int
    experts: tuple[Literal["planner", "bot"], ...]
    train: str
    options: Mapping[str, Any] = field(default_factory=dict)
    held_out: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    count: int = 500
    is_babyai: bool = False
    may_lock_key_away: bool = False


def _options(name: str, description: str, **options: Any) -> Shift:
    return Shift(name=name, description=description, entries={"options": options})


def _colors(description: str) -> Shift:
    return Shift(
        name="colors", description=description, entries={"recolor": 2}, num_contexts=200, keeps_level=True
    )


_LARGER = _options("larger-rooms", "Rooms of 8 by 8 free cells, not 6 by 6.", room_size=10)
_MORE = _options("more-rooms", "16 rooms, not 9.", num_rows=4, num_cols=4)
_GOAL = _colors("The test levels with another color of goal (grey for green) and of doors.")

MINIGRID = (
    Row(
        name="multiroom-n7-s8",
        original="MultiRoom-N7-S8",
        summary="Pass six doors to the goal in the last of seven rooms.",
        level=f"{ENVS}.multiroom:MultiRoomEnv",
        options={"minNumRooms": 7, "maxNumRooms": 7, "maxRoomSize": 8},
        horizon=180,
        mission_length=8,
        experts=("planner",),
        train="Seven rooms of 2 to 6 free cells a side",
        shifts=(
            _options("larger-rooms", "Rooms of up to 8 free cells a side.", maxRoomSize=10),
            _options("more-rooms", "Nine rooms.", minNumRooms=9, maxNumRooms=9),
            _GOAL,
        ),
    ),
    Row(
        name="multiroom-n12-s10",
        original="MultiRoom-N12-S10",
        summary="Pass eleven doors to the goal in the last of twelve rooms.",
        level=f"{ENVS}.multiroom:MultiRoomEnv",
        options={"minNumRooms": 12, "maxNumRooms": 12, "maxRoomSize": 10},
        horizon=300,
        mission_length=8,
        experts=("planner",),
        train="Twelve rooms of 2 to 8 free cells a side",
        shifts=(
            _options(
                "larger-rooms",
                "Rooms of up to 10 free cells a side, in a world of 35 by 35.",
                maxRoomSize=12,
                width=35,
                height=35,
            ),
            _options(
                "more-rooms",
                "15 rooms, in a world of 35 by 35.",
                minNumRooms=15,
                maxNumRooms=15,
                width=35,
                height=35,
            ),
            _GOAL,
        ),
    ),
    Row(
        name="obstructed-maze-1dlhb",
        original="ObstructedMaze-1Dlhb-v0",
        summary="Pick up the ball behind a locked door that another ball obstructs; the key is in a box.",
        level=f"{ENVS}.obstructedmaze:ObstructedMaze_1Dlhb",
        horizon=288,
        mission_length=5,
        experts=("planner",),
        train="Two rooms",
        shifts=(_colors("The test levels in other colors: the ball to pick up is grey, not blue."),),
    ),
    Row(
        name="obstructed-maze-2dlh",
        original="ObstructedMaze-2Dlh-v0",
        summary="Pick up the ball behind one of two locked doors; the keys are in boxes.",
        level=f"{ENVS}.obstructedmaze:ObstructedMaze_Full",
        options={
            "agent_room": [2, 1],
            "key_in_box": True,
            "blocked": False,
            "num_quarters": 1,
            "num_rooms_visited": 4,
        },
        horizon=1584,
        mission_length=5,
        experts=("planner",),
        train="Nine rooms of which four are open to the agent",
        shifts=(
            _options(
                "more-rooms",
                "Four locked doors, two quarters of the maze; the limit on steps grows as minigrid's.",
                num_quarters=2,
                num_rooms_visited=11,
            ),
            _colors("The test levels in other colors: the ball to pick up is grey, not blue."),
        ),
    ),
    Row(
        name="key-corridor-s3r3",
        original="KeyCorridorS3R3-v0",
        summary="Find the key beside a corridor, and with it the ball behind a locked door.",
        level=f"{ENVS}.keycorridor:KeyCorridorEnv",
        options={"room_size": 3, "num_rows": 3},
        horizon=480,
        mission_length=5,
        experts=("planner", "bot"),
        train="Three rooms of one cell on each side of a corridor",
        held_out=("purple ball",),
        shifts=(
            _options("larger-rooms", "Rooms of 2 by 2 free cells.", room_size=4),
            _options("more-rooms", "Five rooms on each side.", num_rows=5),
        ),
    ),
    Row(
        name="key-corridor-s6r3",
        original="KeyCorridorS6R3-v0",
        summary="Find the key beside a long corridor, and with it the ball behind a locked door.",
        level=f"{ENVS}.keycorridor:KeyCorridorEnv",
        options={"room_size": 6, "num_rows": 3},
        horizon=1920,
        mission_length=5,
        experts=("planner", "bot"),
        train="Three rooms of 4 by 4 free cells on each side of a corridor",
        held_out=("purple ball",),
        shifts=(
            _options("larger-rooms", "Rooms of 6 by 6 free cells.", room_size=8),
            _options("more-rooms", "Five rooms on each side.", num_rows=5),
        ),
    ),
    Row(
        name="door-key-8x8",
        original="DoorKey-8x8-v0",
        summary="Take the key, open the door and go to the goal.",
        level=f"{ENVS}.doorkey:DoorKeyEnv",
        options={"size": 8},
        horizon=1440,
        mission_length=13,
        experts=("planner",),
        train="Two rooms in a world of 6 by 6 free cells",
        shifts=(
            _options("larger-rooms", "A world of 10 by 10 free cells.", size=12),
            _colors("The test levels with a grey goal, and a blue key and door, not yellow ones."),
        ),
    ),
    Row(
        name="four-rooms",
        original="FourRooms-v0",
        summary="Find the goal in four rooms that are joined by gaps.",
        level=f"{ENVS}.fourrooms:FourRoomsEnv",
        horizon=100,
        mission_length=3,
        experts=("planner",),
        train="Four rooms of 8 by 8 free cells",
        shifts=(_colors("The test levels with a grey goal, not a green one."),),
    ),
    Row(
        name="lava-crossing-s11n5",
        original="LavaCrossingS11N5-v0",
        summary="Cross five streams of lava to the goal.",
        level=f"{ENVS}.crossing:CrossingEnv",
        options={"size": 11, "num_crossings": 5},
        horizon=900,
        mission_length=10,
        experts=("planner",),
        train="A world of 9 by 9 free cells with five streams",
        shifts=(
            _options("larger-rooms", "13 by 13 free cells with seven streams.", size=15, num_crossings=7),
            _colors("The test levels with a grey goal, in the mission too, not a green one."),
        ),
    ),
)

BABYAI = (
    Row(
        name="goto",
        original="BabyAI-GoTo-v0",
        summary="Go to the object that the mission names, somewhere in nine rooms.",
        level=f"{ENVS}.babyai.goto:GoTo",
        horizon=1024,
        mission_length=5,
        experts=("bot", "planner"),
        train="Nine rooms with 18 objects",
        held_out=PAIRS,
        shifts=(_LARGER, _MORE),
        is_babyai=True,
    ),
    Row(
        name="goto-obj-maze",
        original="BabyAI-GoToObjMaze-v0",
        summary="Find the only object in nine rooms.",
        level=f"{ENVS}.babyai.goto:GoTo",
        options={"num_dists": 1, "doors_open": False},
        horizon=1024,
        mission_length=5,
        experts=("bot", "planner"),
        train="Nine rooms with one object",
        held_out=PAIRS,
        shifts=(_LARGER, _MORE),
        count=200,
        is_babyai=True,
    ),
    Row(
        name="goto-seq",
        original="BabyAI-GoToSeq-v0",
        summary="Go to up to four objects in the order that the mission asks for.",
        level=f"{ENVS}.babyai.goto:GoToSeq",
        horizon=2304,
        mission_length=24,
        experts=("bot", "planner"),
        train="Nine rooms with 18 objects",
        held_out=PAIRS,
        count=200,
        is_babyai=True,
    ),
    Row(
        name="open",
        original="BabyAI-Open-v0",
        summary="Open a door of the color that the mission names.",
        level=f"{ENVS}.babyai.open:Open",
        horizon=900,
        mission_length=4,
        experts=("bot", "planner"),
        train="Nine rooms with 18 objects",
        held_out=DOORS,
        shifts=(_LARGER,),
        count=200,
        is_babyai=True,
    ),
    Row(
        name="pickup",
        original="BabyAI-Pickup-v0",
        summary="Pick up the object that the mission names, somewhere in nine rooms.",
        level=f"{ENVS}.babyai.pickup:Pickup",
        horizon=900,
        mission_length=5,
        experts=("bot", "planner"),
        train="Nine rooms with 18 objects",
        held_out=PAIRS,
        shifts=(_LARGER,),
        count=200,
        is_babyai=True,
    ),
    Row(
        name="unblock-pickup",
        original="BabyAI-UnblockPickup-v0",
        summary="Pick up the object that the mission names; others may bar the way.",
        level=f"{ENVS}.babyai.pickup:UnblockPickup",
        horizon=900,
        mission_length=5,
        experts=("bot", "planner"),
        train="Nine rooms with 20 objects, one of them at least behind another",
        held_out=PAIRS,
        shifts=(_LARGER,),
        count=200,
        is_babyai=True,
    ),
    Row(
        name="put-next-local",
        original="BabyAI-PutNextLocal-v0",
        summary="Put one object next to another in a room.",
        level=f"{ENVS}.babyai.putnext:PutNextLocal",
        horizon=288,
        mission_length=9,
        experts=("bot", "planner"),
        train="A room of 6 by 6 free cells with eight objects",
        held_out=PAIRS,
        shifts=(_options("larger-rooms", "A room of 10 by 10 free cells.", room_size=12),),
        is_babyai=True,
    ),
    Row(
        name="unlock",
        original="BabyAI-Unlock-v0",
        summary="Find the key of a locked door and open it.",
        level=f"{ENVS}.babyai.unlock:Unlock",
        horizon=900,
        mission_length=4,
        experts=("bot", "planner"),
        train="Nine rooms, one of them locked, with three objects in each of the others",
        held_out=DOORS,
        shifts=(_LARGER,),
        count=200,
        is_babyai=True,
        may_lock_key_away=True,
    ),
    Row(
        name="synth",
        original="BabyAI-Synth-v0",
        summary="Do the one thing that the mission asks for: go to, pick up, open or put next to.",
        level=f"{ENVS}.babyai.synth:Synth",
        horizon=1800,
        mission_length=9,
        experts=("bot", "planner"),
        train="Nine rooms, every second time one of them locked, with 18 objects",
        held_out=PAIRS,
        shifts=(_LARGER,),
        count=200,
        is_babyai=True,
    ),
)

BOSS_LEVEL = Row(
    name="boss-level",
    original="BabyAI-BossLevel-v0",
    summary="Do all that a mission asks for, in its order: go to, pick up, open, put next to; unlock doors.",
    level=f"{ENVS}.babyai.synth:BossLevel",
    horizon=4608,
    mission_length=72,
    experts=("bot", "planner"),
    train="Nine rooms, every second time one of them locked, with 18 objects",
    count=200,
    is_babyai=True,
)
"""Its splits are those of `boss.BINS`."""
