from __future__ import annotations

import io
from dataclasses import replace

import drawn
import pytest

from ilbench.runner.keepers.camera import Camera
from ilbench.runner.keepers.video import BAR_HEIGHT
from ilbench.runner.lanes import Watch

av = pytest.importorskip("av")

FAST = replace(drawn.TASK, control_hz=100.0)


def frames_of(content):
    with av.open(io.BytesIO(content)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def film(played, task):
    record, content = played(Camera(Watch(), task), task)
    return record, frames_of(content)


def test_there_is_a_picture_of_the_start_and_of_each_step_and_the_last_stands_for_a_second(played):
    record, frames = film(played, drawn.TASK)
    assert len(frames) == 1 + record.length + 10


def test_of_quick_steps_every_third_is_shown_and_the_last(played):
    record, frames = film(played, FAST)
    assert len(frames) == 1 + record.length // 3 + (record.length % 3 > 0) + 33


def test_the_picture_is_the_environments_and_the_boat_moves_to_a_side(played):
    record, frames = film(played, drawn.TASK)
    columns = [int(frame[:100].mean(axis=(0, 2)).argmax()) for frame in frames[: record.length + 1]]
    assert columns in (sorted(columns), sorted(columns, reverse=True))
    assert len(set(columns)) > 3


def test_the_caption_of_a_success_turns_green_with_the_last_step(played):
    record, frames = film(played, drawn.TASK)
    bars = [frame[-BAR_HEIGHT // 2 :].astype(int) for frame in frames[record.length - 1 : record.length + 1]]
    green = [(bar[:, :, 1] - bar[:, :, 0]).max() for bar in bars]
    assert green[0] < 30 < green[1]


def test_there_is_a_film_of_the_present_episode_alone(played):
    camera = Camera(Watch(), drawn.TASK)
    record, content = played(camera, drawn.TASK)
    assert content is not None
    assert camera.save(record) is None  # it has ended


def test_what_is_no_picture_is_an_error_of_the_environment_that_says_what_was_found(played):
    gray = replace(drawn.TASK, env="drawn:GrayEnv")
    record, content = played(Camera(Watch(), gray), gray)
    assert record.status == "env_error"
    assert (
        "expected to return a uint8 picture of shape (height, width, 3), found uint8 of shape (16, 48)"
        in (record.reason)
    )
    assert content is None
