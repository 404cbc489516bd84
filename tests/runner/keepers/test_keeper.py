from __future__ import annotations

import drawn
import pytest

from ilbench.runner.keepers.keeper import KEEPERS, SUFFIXES, Keeper, make_keeper
from ilbench.runner.lanes import Watch
from ilbench.runs.identity import EpisodeId

EPISODE = EpisodeId(drawn.TASK.id, "test", 0, 0)


class Log(Watch):
    def __init__(self):
        self.told = []

    def enter(self, phase):
        self.told.append(phase)

    def begin(self, lane, episode):
        self.told.append((lane, episode))


@pytest.mark.parametrize("name", KEEPERS)
def test_a_keeper_is_made_by_its_name_and_its_files_have_a_suffix(name):
    assert isinstance(make_keeper(name, Watch(), drawn.TASK), Keeper)
    assert SUFFIXES[name].startswith(".")


@pytest.mark.parametrize("name", KEEPERS)
def test_the_watch_behind_a_keeper_is_told_everything(name):
    keeper = make_keeper(name, log := Log(), drawn.TASK)
    keeper.begin(0, EPISODE)
    keeper.enter("env")
    keeper.begin(0, None)
    assert log.told == [(0, EPISODE), "env", (0, None)]


@pytest.mark.parametrize(("name", "mode"), [("video", "rgb_array"), ("states", None)])
def test_only_who_films_has_the_environment_drawn(name, mode):
    assert make_keeper(name, Watch(), drawn.TASK).make_env().render_mode == mode


@pytest.mark.parametrize("name", KEEPERS)
def test_an_episode_that_is_looked_at_has_the_same_record(played, name):
    blind = {"reset": lambda *_: None, "step": lambda *_: None, "save": lambda *_: None}
    keepers = type("Blind", (Keeper,), blind)(Watch(), drawn.TASK), make_keeper(name, Watch(), drawn.TASK)
    assert len({played(keeper, drawn.TASK)[0].digest() for keeper in keepers}) == 1
