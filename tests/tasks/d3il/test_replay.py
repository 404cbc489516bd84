"""People's commands, played: the check of the arm on D3IL's own recordings."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mujoco")
from ilbench.tasks.d3il.archive import find_sets
from ilbench.tasks.d3il.layout import EXACT
from ilbench.tasks.d3il.replay import paths_figure, play, report
from ilbench.tasks.d3il.rod_tasks import AVOIDING, INSERTING


def recordings(task, folder):
    (found,) = find_sets(folder, task.id)
    return [recording for file in found.files for recording in found.read(file)]


@pytest.fixture(scope="module")
def avoiding(human_data):
    return recordings(AVOIDING, human_data / "d3il-human" / "avoiding")


def test_all_96_command_sequences_end_as_recorded_and_show_the_recorded_mode(avoiding):
    replays = [play(AVOIDING, recording) for recording in avoiding]
    assert len(replays) == 96
    assert all(replay.ends_as_recorded and replay.shows_recorded_mode for replay in replays)
    tool_mm = 1000 * np.concatenate([replay.tool_m for replay in replays])
    assert np.median(tool_mm) < 0.5
    assert np.percentile(tool_mm, 95) < 1.5


def test_at_the_originals_step_the_tool_is_within_micrometers(avoiding):
    replays = [play(AVOIDING, recording, EXACT) for recording in avoiding[::16]]
    assert np.percentile(1e6 * np.concatenate([replay.tool_m for replay in replays]), 95) < 5.0


def test_until_it_pushes_the_tool_of_inserting_is_where_it_was_recorded(human_data):
    (recording, *_) = recordings(INSERTING, human_data / "d3il-human" / "inserting" / "all_data-sample")
    replay = play(INSERTING, recording, EXACT)
    assert (1e6 * replay.tool_m[:20]).max() < 5.0
    said = "\n".join(report(INSERTING, [replay]))
    assert "rounded to 2 µm" in said
    (axes,) = paths_figure(INSERTING, [replay]).axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), replay.recorded)
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), replay.played)
