"""The Procgen tasks, declared without loading the simulator: one declaration over `games.GAMES`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.procgen.constants import limits
from ilbench.tasks.procgen.games import BOTH, GAMES, NOTHING, Game, Mode

PACKAGE = "ilbench.tasks.procgen"
IMAGE = Field(
    name="image",
    shape=(64, 64, 3),
    dtype="uint8",
    description="The game as drawn, RGB, row 0 at the top.",
)
NUM_ACTIONS = 15
NUM_TRAIN = 200
NUM_TEST = 200
FIRST_TEST_LEVEL = 250
FIRST_HARD_LEVEL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstrator:
    """Who demonstrates a game.

    Attributes:
        expert: Import string.
        count: Demonstrations of the standard set.
        description: How it works.
        caveat: What its demonstrations know that a policy cannot, and how good they are.
    """

    expert: str
    count: int
    description: str
    caveat: str


PLANNED = Demonstrator(
    expert=".maze:MazeExpert",
    count=200,
    description="The shortest path to the cheese, planned anew from wherever the mouse is.",
    caveat="The planner reads the maze from the simulator's state; all of it is in view.",
)
FETCHED = Demonstrator(
    expert=".search:SearchExpert",
    count=200,
    description="Keys and gem in the order of the shortest way, planned over rooms and keys held and steered "
    "by a search that tries actions in copies of the simulator.",
    caveat="The planner reads the simulator's state; all of it is in view, and nothing in it is random.",
)
SEARCHED = Demonstrator(
    expert=".search:SearchExpert",
    count=200,
    description="A way found by weighted A* over saved states, planned anew where it is left.",
    caveat="The demonstrator tries actions in copies of the simulator: it knows what is out of view, and how "
    "what moves will move. It holds each action for some steps, which a reactive player would not.",
)
FORESEEN = replace(
    SEARCHED,
    count=100,
    caveat=f"{SEARCHED.caveat} It also knows which cars and logs will be drawn at random.",
)

SHOT = Demonstrator(
    expert=".shooting:ShootingExpert",
    count=10,
    description="The best of 32 random futures, tried in copies of the simulator every four steps.",
    caveat="The demonstrator tries random futures in copies of the simulator: it knows how enemies will move "
    "and what will appear at random. It completes below 90 % of the levels, some never; the standard set is "
    "small; see its mean return among the references.",
)

DEMONSTRATORS: Mapping[tuple[str, Mode], Demonstrator] = {
    **{("maze", mode): PLANNED for mode in BOTH},
    **{("heist", mode): FETCHED for mode in BOTH},
    **{(name, "easy"): SEARCHED for name in ("caveflyer", "coinrun", "jumper")},
    ("ninja", "easy"): replace(
        SEARCHED,
        count=100,
        caveat=f"{SEARCHED.caveat} It finds no way through level 131, to which demonstrations do not reach.",
    ),
    **{(name, "hard"): replace(SEARCHED, count=100) for name in ("coinrun", "jumper")},
    **{("leaper", mode): FORESEEN for mode in BOTH},
    ("miner", "easy"): SHOT,
}
"""By game and mode; what is not here is evaluation only."""


SUITE = Suite(
    name="procgen",
    package=PACKAGE,
    packages=("procgen-mirror",),
    extra="procgen",
    license="MIT",
    env=".environment:ProcgenEnv",
    presets={
        "smoke": Preset(num_contexts=20),
        "standard": Preset(num_contexts=100),
        "full": Preset(num_contexts=NUM_TEST),
    },
    tags=frozenset({"discrete", "generalization", "pixels", "procedural"}),
)


def task_name(game: Game, mode: Mode) -> str:
    """Returns the name without suite and version: ``coinrun``, ``coinrun-hard``."""
    return game.name if mode == "easy" else f"{game.name}-{mode}"


def env_options(game: Game, mode: Mode) -> dict[str, Any]:
    """Returns what a game's environment is made with."""
    return {"game": game.name, "time_limit": game.time_limit, "distribution_mode": mode}


def declare(game: Game, mode: Mode) -> Task:
    """Returns the task of one game in one mode."""
    name = task_name(game, mode)
    version = game.version if mode == "easy" else 1
    demonstrator = DEMONSTRATORS.get((game.name, mode))
    return SUITE.task(
        f"{name}-v{version}",
        summary=game.goal if demonstrator else f"{game.goal} Evaluation only.",
        env_options=env_options(game, mode),
        horizon=game.time_limit,
        observation=(IMAGE,),
        action=_action(game),
        layouts=".layouts:LAYOUTS",
        make_contexts=f".levels:MAKE.{name.replace('-', '_')}",
        draw_fresh=f".levels:FRESH.{name.replace('-', '_')}",
        splits=tuple(_splits(game, mode)),
        expert=demonstrator.expert if demonstrator else None,
        demonstrations=_plan(demonstrator) if demonstrator else None,
        source=_source(game, mode, demonstrator),
    )


def _plan(demonstrator: Demonstrator) -> DemonstrationPlan:
    return DemonstrationPlan(count=demonstrator.count, description=demonstrator.description)


def _action(game: Game) -> ActionField:
    moves = game.moves or "0-2 left (down, straight, up), 3 down, 4 nothing, 5 up, 6-8 right"
    return ActionField(
        num_actions=NUM_ACTIONS,
        description=f"{moves}; {game.keys or '9-14 nothing'}.",
        convention=Convention(kind="discrete", frame="agent" if game.name == "caveflyer" else "screen"),
    )


def _splits(game: Game, mode: Mode) -> Iterator[Split]:
    yield Split(
        name="train",
        num_contexts=num_levels(game, mode)[0],
        description=f"Levels 0 to 199 of {mode} mode{_without(game, mode, 0)}.",
    )
    yield Split(
        name="validation",
        num_contexts=num_levels(game, mode)[1],
        description=f"Levels 200 to 249{_without(game, mode, 1)}; some repeat a layout of train.",
    )
    yield Split(
        name="test",
        num_contexts=NUM_TEST,
        description="Levels from 250 on whose layout occurs neither in train or validation nor earlier, and "
        "which are neither over in one step whatever it is nor have walls all around the goal.",
    )
    for name, (overlay, description) in looks(game).items():
        yield Split(
            name=f"shift/{name}",
            num_contexts=NUM_TEST,
            description=f"The test levels, {description}; same dynamics.",
            of="test",
            overlay=overlay,
        )
    if mode == "easy":
        yield Split(
            name="shift/hard",
            num_contexts=NUM_TEST,
            description="Levels of hard mode from 1000 on, each layout new: larger worlds, more danger.",
        )


def looks(game: Game) -> dict[str, tuple[dict[str, bool], str]]:
    """Returns the shifts of a game that change its look alone: Procgen's options, and what they do."""
    shifts: dict[str, tuple[dict[str, bool], str]] = {
        "plain": ({"use_backgrounds": False}, "on black in place of a background image"),
        "monochrome": ({"use_monochrome_assets": True}, "every thing a block of one color"),
    }
    if game.shows_velocity:
        squares = "two squares at the top left show the agent's velocity"
        shifts["velocity"] = ({"paint_vel_info": True}, squares)
    if game.follows:
        shifts["uncentered"] = ({"center_agent": False}, "the whole world in view, the camera at rest")
    return shifts


LEFT_OUT: Mapping[tuple[str, Mode], tuple[int, int]] = {
    ("caveflyer", "easy"): (1, 0),
    ("jumper", "easy"): (19, 5),
    ("jumper", "hard"): (15, 4),
    ("ninja", "easy"): (1, 0),
    ("ninja", "hard"): (1, 0),
}
"""How many levels of train and validation cannot be won, where there are any."""


def num_levels(game: Game, mode: Mode) -> tuple[int, int]:
    """Returns how many levels are in train and in validation."""
    train, validation = LEFT_OUT.get((game.name, mode), (0, 0))
    return NUM_TRAIN - train, FIRST_TEST_LEVEL - NUM_TRAIN - validation


def _without(game: Game, mode: Mode, part: int) -> str:
    count = LEFT_OUT.get((game.name, mode), (0, 0))[part]
    return f" without {count} that cannot be won" if count else ""


def _source(game: Game, mode: Mode, demonstrator: Demonstrator | None) -> str:
    low, high = limits(game.name, mode)
    text = (
        f"Procgen (Cobbe et al., ICML 2020), openai/procgen 0.10.7 as packaged in procgen-mirror: {mode} "
        f"mode, its reward ({game.reward}) and time limit; success is its flag of a completed level. Departs "
        "from the usual protocol in the test split: a fixed list of levels, each once, all new by layout, "
        "where the usual one draws from all levels with replacement. The literature's limits of the mean "
        f"return are {low:g} and {high:g} (see {PACKAGE}.constants)."
    )
    if game.name in ("jumper", "leaper") and mode == "easy":
        other, _ = limits(game.name, mode, "gen-dgrl-2024")
        text += f" gen_dgrl has {other:g} for the lower one."
    return f"{text} {demonstrator.caveat}" if demonstrator else text


DISTURBED = frozenset({"coinrun"})


def with_disturbances(task: Task, name: str) -> Task:
    """Returns the task with disturbance shifts, if its name is among `DISTURBED`."""
    if name not in DISTURBED:
        return task
    return disturbed(
        task,
        ("sensor-noise", "sensor-bias", "frame-drop", "sticky-action", "random-action", "action-delay"),
        scales={},
        rest=NOTHING,
        num_contexts=100,
        shift=Preset(num_contexts=100),
    )


DECLARED = SimpleNamespace(
    **{
        name.replace("-", "_"): with_disturbances(declare(game, mode), name)
        for game in GAMES
        for mode in game.modes
        for name in [task_name(game, mode)]
    }
)
"""Every task by its name with underscores, so that ``ilbench.tasks.procgen:DECLARED.coinrun_hard`` is one."""

TASKS: tuple[Task, ...] = tuple(task for task in vars(DECLARED).values() if task.references())
"""Those that are registered: a task is once its references are measured."""
