"""Procgen's splits: by layout; and the constants of normalized returns."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.checks.held_out import count_duplicates
from ilbench.errors import UnknownNameError
from ilbench.tasks.procgen import DECLARED, TASKS
from ilbench.tasks.procgen.constants import EASY, HARD, LIMITS, limits, normalized_return
from ilbench.tasks.procgen.games import BY_NAME, GAMES
from ilbench.tasks.procgen.tasks import looks

if TASKS[0].missing_package():
    pytest.skip("procgen-mirror is not installed", allow_module_level=True)

from ilbench.tasks.procgen.environment import ProcgenEnv
from ilbench.tasks.procgen.levels import is_decided, is_sealed, layout, layout_of
from ilbench.tasks.procgen.state import decode_state

ALL = {task.id: task for task in vars(DECLARED).values()}


def played(env, context, actions):
    frames, outcomes = [env.reset(options={"context": context})[0]["image"]], []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(int(action))
        frames.append(observation["image"])
        outcomes.append((reward, terminated, truncated, info["success"]))
        if terminated or truncated:
            break
    return np.stack(frames), outcomes


@pytest.mark.parametrize("name", ["maze-v2", "coinrun-v1"])
def test_the_selection_leaves_no_test_level_of_a_layout_in_train(name):
    found = count_duplicates(ALL[f"procgen/{name}"])
    assert found.after == 0 < found.before


def test_a_layout_does_not_depend_on_the_look():
    env = ProcgenEnv("coinrun", 1000, distribution_mode="easy")
    plain = [layout_of(env, {"level": 7, **overlay}) for overlay, _ in looks(BY_NAME["coinrun"]).values()]
    assert set(plain) == {layout_of(env, {"level": 7})}
    assert layout_of(env, {"level": 8}) not in plain
    env.close()


def test_a_layout_counts_the_color_of_a_key():
    env = ProcgenEnv("heist", 1000, distribution_mode="hard")
    level = next(n for n in range(50) if np.any(started(env, n).entities["type"] == 2))
    before = started(env, level)
    state = started(env, level)
    things = state.entities.copy()
    key = np.flatnonzero(things["type"] == 2)[0]
    things["image_theme"][key] += 1
    assert layout(before) == layout(state)
    assert layout(type(state)(**{**fields_of(state), "entities": things})) != layout(before)
    env.close()


def started(env, level):
    env.reset(options={"context": {"level": level}})
    return decode_state(env.state().tobytes())


def fields_of(state):
    return {name: getattr(state, name) for name in ("game", "level", "time", "grid", "entities", "extra")}


def test_a_rabbit_that_starts_on_spikes_is_left_out():
    env = ProcgenEnv("jumper", 1000, distribution_mode="easy")
    assert is_decided(env, {"level": 250})
    assert not is_decided(env, {"level": 251})
    assert 250 not in {c["level"] for c in ALL["procgen/jumper-v1"].contexts("test")}
    env.close()


def test_a_goal_with_walls_all_around_is_left_out():
    env = ProcgenEnv("ninja", 1000, distribution_mode="easy")
    assert is_sealed(env, {"level": 59})
    assert not is_sealed(env, {"level": 58})
    assert 59 not in {c["level"] for c in ALL["procgen/ninja-v1"].contexts("train")}
    env.close()


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_a_look_changes_frames_and_nothing_else(game):
    env = ProcgenEnv(game.name, game.time_limit, distribution_mode="easy")
    actions = np.random.default_rng(0).integers(15, size=12)
    frames, outcomes = played(env, {"level": 300}, actions)
    for overlay, _ in looks(game).values():
        other_frames, other_outcomes = played(env, {"level": 300, **overlay}, actions)
        assert other_outcomes == outcomes
        assert not np.array_equal(other_frames, frames)
    env.close()


def test_normalized_returns_are_zero_and_one_at_the_limits():
    for version, by_mode in LIMITS.items():
        for mode, games in by_mode.items():
            for game, (low, high) in games.items():
                assert normalized_return(game, low, mode=mode, version=version) == 0.0
                assert normalized_return(game, high, mode=mode, version=version) == 1.0


def test_the_two_lists_of_constants_differ_for_jumper_and_leaper_only():
    differing = {g for g in EASY if limits(g) != limits(g, "easy", "gen-dgrl-2024")}
    assert differing == {"jumper", "leaper"}
    assert normalized_return("jumper", 3.0) == 0.0
    assert normalized_return("jumper", 3.0, version="gen-dgrl-2024") == pytest.approx(2 / 9)


def test_both_modes_have_constants_for_every_game():
    assert set(EASY) == set(HARD) == set(BY_NAME)


def test_an_unknown_game_or_version_is_named():
    with pytest.raises(UnknownNameError, match="coinrun"):
        normalized_return("coinrunn", 5.0)
    with pytest.raises(UnknownNameError, match="version"):
        normalized_return("coinrun", 5.0, version="2020")
