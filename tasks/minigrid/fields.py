"""What a policy sees and does in the MiniGrid tasks."""

from __future__ import annotations

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.tasks.minigrid.missions import WORDS

SYMBOLS = Field(
    name="image",
    shape=(7, 7, 3),
    dtype="uint8",
    description="The cells before the agent, who stands at [3, 6] and looks toward [3, 0], as (kind, color, "
    "state). Kinds: 0 unseen, 1 empty or agent, 2 wall, 4 door, 5 key, 6 ball, 7 box, 8 goal, 9 lava; at the "
    "agent's place what it carries. Colors: 0 red, 1 green, 2 blue, 3 purple, 4 yellow, 5 grey. State of a "
    "door: 0 open, 1 closed, 2 locked; else 0.",
)

NUM_SYMBOLS = (11, 6, 3)
"""Kinds, colors and states that the channels of `SYMBOLS` can show."""

REST = 6
"""The action that does nothing."""

PICTURE = Field(
    name="image",
    shape=(56, 56, 3),
    dtype="uint8",
    description="The 7 by 7 cells before the agent as minigrid draws them, RGB, row 0 at the top; the agent "
    "is at the middle of the bottom, over what it carries. Cells out of sight are dark.",
)

DIRECTION = Field(
    name="direction",
    shape=(),
    dtype="int64",
    description="Where the agent looks: 0 right, 1 down, 2 left, 3 up.",
)

SUBGOAL = Field(
    name="subgoal",
    shape=(48,),
    dtype="uint8",
    description="What the bot is about to do, in words (UTF-8, padded with 0): explore, go to the red ball, "
    "pick up the red ball, open the blue door, go next to the green box, drop the red ball.",
)

ACTION = ActionField(
    num_actions=7,
    description="0 turn left, 1 turn right, 2 forward, 3 pick up, 4 drop, 5 toggle, 6 done (nothing).",
    convention=Convention(kind="discrete", frame="agent"),
)


def observation_fields(mission_length: int, rgb: bool) -> tuple[Field, ...]:
    """Returns the fields of a task's observation.

    Args:
        mission_length: Words of a mission, padding included.
        rgb: Whether the view is a picture.
    """
    mission = Field(
        name="mission",
        shape=(mission_length,),
        dtype="int64",
        description="The mission's words: 0 padding, "
        + ", ".join(f"{index} {word}" for index, word in enumerate(WORDS) if word)
        + ".",
    )
    return (PICTURE if rgb else SYMBOLS, DIRECTION, mission)
