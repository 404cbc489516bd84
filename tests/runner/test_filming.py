from __future__ import annotations

import drawn
import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import UsageError
from ilbench.runner.filming import check_video, replay_episode
from ilbench.runner.keepers.video import UnfilmableTaskError
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.replay import replay
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import Times, blank_record
from ilbench.testing.toys import HARBOR

pytest.importorskip("av")

EXPERT = Lineup(tasks={drawn.TASK.id: drawn.TASK}, policies={drawn.TASK.id: PolicySpec(privileged=True)})
EPISODE = Episode(EpisodeId(drawn.TASK.id, "test", 1, 0), 7)


@pytest.fixture(scope="module")
def record():
    """The record of the expert's episode."""
    blank = blank_record(
        drawn.TASK, EPISODE, "policy_error", "not played yet", Times(env_s=0.0, policy_s=0.0)
    )
    (one,) = replay([blank], EXPERT)
    return one.replayed


def test_an_episode_without_a_video_is_just_played_again(record):
    again = replay_episode(record, EXPERT, Resources())
    assert (again.differences, again.kept) == ((), None)


def test_a_video_is_written_where_it_was_asked_for_and_nothing_else_is(record, tmp_path):
    video = tmp_path / "new" / "one.mp4"
    assert replay_episode(record, EXPERT, Resources(), video).differences == ()
    assert video.read_bytes()[4:8] == b"ftyp"
    assert list(video.parent.iterdir()) == [video]


def test_an_episode_that_ends_otherwise_is_filmed_all_the_same(record, tmp_path):
    edited = record.model_copy(update={"length": 1})
    assert replay_episode(edited, EXPERT, Resources(), tmp_path / "one.mp4").differences == ("length",)
    assert (tmp_path / "one.mp4").is_file()


def test_a_free_name_of_an_mp4_file_is_returned_as_it_is(tmp_path):
    assert check_video(tmp_path / "one.mp4", drawn.TASK) == tmp_path / "one.mp4"


def test_another_kind_of_file_and_one_that_exists_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"expected a name ending in \.mp4, found one\.gif"):
        check_video(tmp_path.joinpath("one.gif").relative_to(tmp_path), drawn.TASK)
    (tmp_path / "one.mp4").touch()
    with pytest.raises(UsageError, match=r"one\.mp4 exists; choose another name, nothing is overwritten"):
        check_video(tmp_path / "one.mp4", drawn.TASK)


def test_a_task_that_draws_nothing_is_refused_before_anything_is_played(tmp_path):
    with pytest.raises(UnfilmableTaskError, match="toys/harbor-v1 cannot be filmed"):
        check_video(tmp_path / "one.mp4", HARBOR)
