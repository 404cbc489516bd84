"""Which folder a run goes to: resumed, fresh, begun anew, or replaced."""

from __future__ import annotations

import shutil

import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import RunFolderError
from ilbench.runner.evaluation import make_header
from ilbench.runner.opening import (
    TRACEBACK,
    TRACEBACK_CHARACTERS,
    OtherVersionsWarning,
    ReplacedRunWarning,
    folder_name,
    free_folder,
    opening,
)
from ilbench.runner.submissions.submission import take_object
from ilbench.runs.folder import HEADER, JOURNAL, REPLACED, load_header
from ilbench.runs.lock import RunInUseError
from ilbench.runs.plan import make_plan
from ilbench.storage import UNFINISHED

TASK = "d3il/avoiding-v3"


def first(observation):
    return [0.0, 0.01]


def second(observation):
    return [0.01, 0.01]


def header_of(policy, name="mine"):
    task = find_task(TASK)
    plan = make_plan([task], splits=["test"], num_contexts=1, num_repeats=1)
    return make_header(take_object(policy, (TASK,), name), [task], plan, "custom")


def begin(folder, policy, *, episode=True, overwrite=False, name="mine"):
    with opening(folder, header_of(policy, name), overwrite=overwrite) as run:
        if episode:
            with (run.path / JOURNAL).open("ab") as journal:
                journal.write(b"a line\n")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def digest_in(folder):
    return load_header(folder).submission.digest


def test_a_run_without_an_episode_gives_way_to_any_other(folder):
    begin(folder, first, episode=False)
    begin(folder, second, episode=False, name="another")
    assert load_header(folder).submission.name == "another"


def test_a_run_with_episodes_is_refused_unless_asked_otherwise(folder):
    begin(folder, first)
    with pytest.raises(
        RunFolderError, match="choose another folder with --out, or replace it with --overwrite"
    ):
        begin(folder, second)
    assert digest_in(folder) == header_of(first).submission.digest


def test_a_replaced_run_is_named_and_nothing_of_it_stays(folder, tmp_path, monkeypatch):
    begin(folder, first)
    monkeypatch.setattr("ilbench.runner.opening.open_run", open_without_reading)
    with pytest.warns(ReplacedRunWarning, match=f"the run of 'mine' {digest_in(folder)[:8]}, preset custom"):
        begin(folder, second, overwrite=True)
    assert digest_in(folder) == header_of(second).submission.digest
    assert list(tmp_path.iterdir()) == [folder]


def test_a_new_run_that_fails_before_its_first_episode_leaves_the_old_one(folder, tmp_path):
    begin(folder, first)
    with pytest.raises(ZeroDivisionError), opening(folder, header_of(second), overwrite=True):
        _ = 1 / 0
    assert digest_in(folder) == header_of(first).submission.digest
    assert (folder / JOURNAL).read_bytes() == b"a line\n"
    assert list(tmp_path.iterdir()) == [folder]


def test_the_run_of_another_name_is_never_replaced(folder):
    begin(folder, first)
    with pytest.raises(RunFolderError, match="holds a run of 'mine', not of 'another'"):
        begin(folder, second, overwrite=True, name="another")


def test_a_fresh_folder_is_found_by_counting_and_an_unfinished_run_is_resumed(tmp_path):
    base = tmp_path / "run"
    assert free_folder(base, header_of(first)) == base
    begin(base, first)
    assert free_folder(base, header_of(first)) == base
    assert free_folder(base, header_of(second)) == tmp_path / "run-2"
    begin(tmp_path / "run-2", second)
    assert free_folder(base, header_of(second)) == tmp_path / "run-2"
    assert free_folder(base, header_of(second, "third")) == tmp_path / "run-3"


def test_the_traceback_of_what_stopped_a_run_lies_beside_its_journal(folder):
    with pytest.raises(ZeroDivisionError) as caught, opening(folder, header_of(first)):
        _ = 1 / 0
    assert "ZeroDivisionError: division by zero" in (folder / TRACEBACK).read_text()
    assert caught.value.__notes__ == [f"traceback: {folder / TRACEBACK}"]
    begin(folder, first, episode=False)
    assert sorted(path.name for path in folder.iterdir()) == [JOURNAL, HEADER]


def test_a_message_that_no_file_can_hold_and_a_terminal_obeys_is_kept_without_that(folder):
    with pytest.raises(ValueError), opening(folder, header_of(first)):
        raise ValueError("\x1b[2J\ud800gone" + "x" * 10**7)
    text = (folder / TRACEBACK).read_text()
    assert "ValueError: [2Jgonexxx" in text
    assert len(text) <= TRACEBACK_CHARACTERS


def test_a_folder_is_named_after_submission_task_preset_and_seed():
    submission = take_object(first, (TASK,), "my policy")
    assert folder_name(submission, [find_task(TASK)], "full") == "my-policy-d3il-avoiding-v3-full"


def open_without_reading(folder, header, files=None):
    """Opens a new run as `open_run` does; the journal of these tests holds a line that is no record."""
    from ilbench.runs.folder import Run, create_run

    create_run(folder, header)
    return Run(path=folder, header=header, records=())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_second_process_is_refused_while_the_first_plays(folder):
    with opening(folder, header_of(first)), pytest.raises(RunInUseError, match="is being played into by"):
        begin(folder, first)
    assert names(folder) == [JOURNAL, HEADER]


def test_what_a_killed_process_was_writing_is_no_run_and_goes(folder):
    (folder / "videos").mkdir(parents=True)
    (folder / "videos/0001.mp4").touch()
    (folder / "videos" / f"{UNFINISHED}1-x").mkdir()
    begin(folder / "other", first, episode=False)
    shutil.move(folder / "other" / HEADER, folder / HEADER)
    shutil.rmtree(folder / "other")
    (folder / f"{UNFINISHED}1-run.json").write_text("{")
    begin(folder, first, episode=False)
    assert names(folder) == [JOURNAL, HEADER, "videos"]
    assert names(folder / "videos") == ["0001.mp4"]


def test_a_header_that_was_not_finished_is_begun_anew(folder):
    folder.mkdir()
    (folder / f"{UNFINISHED}1-run.json").write_text("{")
    begin(folder, first, episode=False)
    assert names(folder) == [JOURNAL, HEADER]


@pytest.mark.parametrize("num_moved", range(4))
def test_a_process_killed_while_it_set_a_run_aside_is_put_in_order(folder, num_moved):
    begin(folder, first)
    (folder / "notes.txt").write_text("mine")
    (folder / REPLACED).mkdir()
    for name in ("notes.txt", JOURNAL, HEADER)[:num_moved]:
        (folder / name).rename(folder / REPLACED / name)
    with pytest.raises(RunFolderError, match="holds another run"):
        begin(folder, second)
    assert names(folder) == [JOURNAL, "notes.txt", HEADER]


@pytest.mark.parametrize("num_put_back", range(3))
def test_a_process_killed_while_it_put_a_run_back_is_put_in_order(folder, num_put_back):
    begin(folder, first)
    (folder / REPLACED).mkdir()
    for name in (HEADER, JOURNAL)[num_put_back:]:
        (folder / name).rename(folder / REPLACED / name)
    with pytest.raises(RunFolderError, match="holds another run"):
        begin(folder, second)
    assert names(folder) == [JOURNAL, HEADER]


def test_a_run_begun_with_other_versions_is_left_and_another_begins(tmp_path):
    begin(tmp_path / "run", first)
    later = header_of(first).model_copy(update={"packages": {"numpy": "0"}})
    with pytest.warns(OtherVersionsWarning, match=r"was begun with numpy .*, now 0: the run begins anew"):
        assert free_folder(tmp_path / "run", later) == tmp_path / "run-2"


def test_a_folder_that_is_gone_does_not_hide_the_error_that_stopped_the_run(folder):
    with pytest.raises(ZeroDivisionError), opening(folder, header_of(first)):
        _ = shutil.rmtree(folder) or 1 / 0
