"""Videos: what they show, and that nothing is disturbed by them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import find_task, load_registry
from ilbench.errors import MissingPackageError
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.keepers.video import (
    MIN_SIDE,
    WHITE,
    Film,
    UnfilmableTaskError,
    captioned,
    check_can_film,
    enlarged,
    pace,
)
from ilbench.runner.lineup import Lineup
from ilbench.runner.replay import VIDEOS, film_run
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runs.folder import JOURNAL
from ilbench.runs.plan import make_plan

av = pytest.importorskip("av")

REGISTRY = load_registry()
TASK = "minigrid/goto-local-v1"
LINES = ("what is played", "how far it is")


def picture(shade, height=64, width=64):
    return np.full((height, width, 3), shade, np.uint8)


def frames_of(content):
    with av.open(content if isinstance(content, str) else io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        facts = (stream.codec.name, stream.pix_fmt, stream.average_rate)
        return facts, [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]


def film_of(shades, rate=10, **size):
    film = Film(Fraction(rate), "title")
    for shade in shades:
        film.add(picture(shade, **size), LINES, WHITE)
    return film.finish()


# --- a film


def test_a_film_is_h264_that_browsers_play_and_its_last_picture_stands_for_a_second():
    facts, frames = frames_of(film_of([0, 100, 200]))
    assert facts == ("h264", "yuv420p", Fraction(10))
    shades = [int(frame[100, 100, 0]) for frame in frames]
    assert np.allclose(shades, [0, 100] + 11 * [200], atol=3)


def test_odd_pictures_are_padded_to_even_ones():
    _, frames = frames_of(film_of([50], height=481, width=483))
    assert all(side % 2 == 0 for side in frames[0].shape[:2])


def test_a_film_without_pictures_is_no_file():
    assert Film(Fraction(10), "title").finish() is None


def test_small_pictures_are_enlarged_pixel_by_pixel():
    grid = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    large = enlarged(grid)
    assert min(large.shape[:2]) == MIN_SIDE
    assert (large[::120, ::120] == grid).all()
    assert enlarged(picture(0, 480, 640)).shape == (480, 640, 3)


def test_a_caption_leaves_the_picture_alone_and_writes_below():
    shown = captioned(picture(77, 480, 480), LINES, WHITE)
    assert (shown[:480] == 77).all()
    assert (shown[480:] > 128).any()


@pytest.mark.parametrize(
    ("hz", "stride", "rate"),
    [(1 / 0.035, 1, 28.57), (1 / 0.03, 1, 33.33), (20.0, 1, 20), (100.0, 3, 33.33), (50.0, 2, 25)],
)
def test_a_video_runs_in_real_time_at_about_thirty_pictures_a_second(hz, stride, rate):
    assert pace(hz)[0] == stride
    assert float(pace(hz)[1]) == pytest.approx(rate, abs=0.01)


# --- what can be filmed


def test_a_task_that_draws_nothing_is_named(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "toys")
    with pytest.raises(UnfilmableTaskError, match=r"toys/shore-v1 cannot be filmed: .* 'rgb_array'"):
        check_can_film(find_task("ilbench_toys:TASK"))


def test_a_missing_encoder_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr("ilbench.runner.keepers.video.PACKAGE", "no-such-encoder")
    with pytest.raises(MissingPackageError, match=r"pip install -c constraints.txt -e '\.\[video\]'"):
        check_can_film(find_task(TASK))


@pytest.mark.parametrize(
    "name", [task.id for suite in REGISTRY.suites for task in REGISTRY.select(suite=suite)[:5]]
)
def test_every_suite_is_drawn_and_being_drawn_does_not_move_it(name):
    task = find_task(name)
    check_can_film(task)
    env = task.make_env(render_mode="rgb_array")
    env.reset(seed=0, options={"context": task.contexts("test")[0]})
    before = env.unwrapped.state()
    shown = env.render()
    assert (shown.dtype, shown.ndim, shown.shape[2]) == (np.uint8, 3, 3)
    assert shown.std() > 1
    assert (env.unwrapped.state() == before).all()
    env.close()


# --- filmed episodes


def lineup(submission):
    return Lineup(tasks={TASK: find_task(TASK)}, policies=submission.policies)


@pytest.fixture
def run(tmp_path):
    task = find_task(TASK)
    plan = make_plan([task], splits=["test"], num_contexts=3, num_repeats=1)
    with submission_of("expert", [task]) as submission:
        begun = open_run(tmp_path / "run", make_header(submission, [task], plan, "custom"))
        yield evaluate(begun, lineup(submission)), submission


def film(run, submission, num_videos):
    return list(film_run(run, lineup(submission), num_videos=num_videos))


def test_the_first_episodes_are_filmed_step_by_step_and_the_journal_is_untouched(run):
    finished, submission = run
    before = (finished.path / JOURNAL).read_bytes()
    films = film(finished, submission, 2)
    assert (finished.path / JOURNAL).read_bytes() == before
    assert sorted(path.name for path in (finished.path / VIDEOS).iterdir()) == [
        f"000{n}_minigrid-goto-local-v1_test_context-{n - 1}_repeat-0_success.mp4" for n in (1, 2)
    ]
    for outcome, path in films:
        _, frames = frames_of(str(path))
        assert len(frames) == outcome.recorded.length + 1 + 10
        assert not outcome.differences


def test_videos_that_are_there_are_left_alone(run):
    finished, submission = run
    ((_, path),) = film(finished, submission, 1)
    path.write_bytes(b"mine")
    assert film(finished, submission, 1) == []
    assert path.read_bytes() == b"mine"


def test_an_episode_that_ends_otherwise_leaves_no_video(run):
    finished, _ = run
    with submission_of("random", [find_task(TASK)]) as other:
        ((outcome, path),) = film(finished, other, 1)
    assert outcome.differences
    assert path is None
    assert not list((finished.path / VIDEOS).iterdir())


# --- the command line

ILBENCH = [sys.executable, "-c", "from ilbench.cli import main; main()"]


def ilbench(*arguments, cwd, under=(), **options):
    command = [*under, *ILBENCH, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


def test_replay_writes_its_video_once_and_overwrites_nothing(run):
    finished, _ = run
    command = ("replay", finished.path, "2", "--video", "two.mp4")
    answer = ilbench(*command, cwd=finished.path)
    assert answer.returncode == 0, answer.stderr
    assert "the replay ends as recorded" in answer.stdout
    assert frames_of(str(finished.path / "two.mp4"))[1]
    again = ilbench(*command, cwd=finished.path)
    assert again.returncode == 2
    assert "two.mp4 exists" in again.stderr


def test_run_films_its_first_episodes_and_again_only_what_is_missing(tmp_path):
    episodes = ("--split", "test", "--contexts", 3, "--repeats", 1)
    command = ("run", "expert", "--task", TASK, *episodes, "--out", "run")
    first = ilbench(*command, "--video", 1, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    (one,) = (tmp_path / "run" / VIDEOS).iterdir()
    before = one.stat().st_mtime_ns
    assert ilbench(*command, "--video", 2, cwd=tmp_path).returncode == 0
    assert len(list((tmp_path / "run" / VIDEOS).iterdir())) == 2
    assert one.stat().st_mtime_ns == before


def test_a_run_that_cannot_be_filmed_says_so_before_it_plays(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "toys")}
    command = ("run", "random", "--task", "ilbench_toys:TASK", "--out", "run", "--video", 1)
    answer = ilbench(*command, cwd=tmp_path, env=env)
    assert answer.returncode == 2
    assert "toys/shore-v1 cannot be filmed" in answer.stderr
    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_no_half_video(run):
    finished, _ = run
    disk = ("prlimit", "--fsize=4000:unlimited")
    answer = ilbench("replay", finished.path, "1", "--video", "one.mp4", cwd=finished.path, under=disk)
    assert answer.returncode == 2
    assert ".mp4: cannot be written (File too large)" in answer.stderr
    assert not list(finished.path.glob("**/*.mp4"))
    assert not list(finished.path.glob(".filming-*"))
