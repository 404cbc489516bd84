"""The experts of the MiniGrid tasks: a planner that sees everything, and BabyAI's bot."""

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.disturbances import ENTRY
from ilbench.tasks.minigrid.tasks import GOTO_LOCAL, TASKS

pytest.importorskip("minigrid")

from ilbench.tasks.minigrid import bot as bot_module
from ilbench.tasks.minigrid import planner as planner_module
from ilbench.tasks.minigrid.bot import BotExpert
from ilbench.tasks.minigrid.planner import PlannerExpert, make_plan

BY_NAME = {task.id.removeprefix("minigrid/").rpartition("-v")[0]: task for task in TASKS}
SYMBOLIC = [task for task in TASKS if "symbolic" in task.tags]
EXPERTS = {"planner": PlannerExpert, "bot": BotExpert}
BOT = "ilbench.tasks.minigrid.bot:BotExpert"
WITH_BOT = [task for task in SYMBOLIC if BOT in (task.expert, *task.alternative_experts.values())]
DONE = 6


def successes(task, expert, split, indices, noise=0.0):
    env = task.make_env()
    return [rollout(task, env, expert, i, seed=i, split=split, noise=noise).success for i in indices]


@pytest.mark.parametrize("task", SYMBOLIC, ids=lambda task: task.id)
def test_the_planner_solves_levels_of_every_split(task):
    planner = PlannerExpert()
    for split in task.splits:
        if ENTRY not in split.overlay:
            last = split.num_contexts
            assert all(successes(task, planner, split.name, range(last - 5, last)))


@pytest.mark.parametrize("task", WITH_BOT, ids=lambda task: task.id)
def test_the_bot_solves_levels_of_every_split(task):
    bot = BotExpert()
    for split in task.split_names:
        assert all(successes(task, bot, split, range(2)))


@pytest.mark.parametrize("name", ["obstructed-maze-1dlhb", "key-corridor-s3r3", "door-key-8x8", "synth"])
def test_the_planner_goes_on_from_states_that_others_have_made(name):
    planner = PlannerExpert()
    assert np.mean(successes(BY_NAME[name], planner, "test", range(8), noise=0.3)) >= 0.85


def test_the_bot_copes_with_actions_that_it_did_not_choose():
    expert, env = GOTO_LOCAL.make_expert(), GOTO_LOCAL.make_env()
    trajectories = [rollout(GOTO_LOCAL, env, expert, i, seed=i, noise=0.3) for i in range(30)]
    assert np.mean([t.success for t in trajectories]) >= 0.9
    assert any((t.actions != t.expert_actions).any() for t in trajectories)


def test_the_planner_is_shorter_than_the_bot_because_it_knows_where_things_are():
    task = BY_NAME["key-corridor-s3r3"]
    env = task.make_env()
    lengths = [
        np.mean([len(rollout(task, env, EXPERTS[name](), i, seed=0).actions) for i in range(6)])
        for name in ("planner", "bot")
    ]
    assert 1.5 * lengths[0] < lengths[1]


def test_a_plan_in_an_open_level_is_the_shortest():
    env = BY_NAME["lava-crossing-s11n5"].make_env()
    env.reset(options={"context": {"seed": 0}})
    forward = make_plan(env.level).count(2)
    assert forward == 16  # from corner to corner of 9 by 9 cells, no step back


def test_a_planner_that_goes_in_circles_gives_up(monkeypatch):
    monkeypatch.setattr(planner_module, "MAX_WALKS", 0)
    env, expert = GOTO_LOCAL.make_env(), PlannerExpert()
    trajectory = rollout(GOTO_LOCAL, env, expert, 0, seed=0)
    assert (trajectory.success, set(trajectory.actions.tolist())) == (False, {DONE})


def test_a_bot_that_plans_in_circles_gives_up_and_lets_the_episode_fail(monkeypatch):
    monkeypatch.setattr(bot_module, "MAX_SEARCHES", 0)
    trajectory = rollout(GOTO_LOCAL, GOTO_LOCAL.make_env(), GOTO_LOCAL.make_expert(), 0, seed=0)
    assert (trajectory.success, len(trajectory.actions)) == (False, GOTO_LOCAL.horizon)
    assert set(trajectory.actions.tolist()) == {DONE}


def test_demonstrations_of_boss_level_say_what_the_bot_is_about_to_do():
    task = BY_NAME["boss-level"]
    texts = set()
    for index in range(4):
        trajectory = rollout(task, task.make_env(), task.make_expert(), index, seed=0)
        texts |= {bytes(row).rstrip(b"\0").decode() for row in trajectory.procedure["subgoal"]}
    verbs = {text.partition(" the ")[0] for text in texts}
    assert "explore" in texts
    assert (
        {"go to", "open"}
        <= verbs
        <= {"explore", "go to", "go next to", "go to a free cell", "open", "close"} | {"pick up", "drop"}
    )
