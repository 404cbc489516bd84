"""The whole look at a folder: every mistake in one go."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from ilbench.runner.hosts.sandboxes.choice import why_no_bwrap
from ilbench.runner.submissions.placement import Placement
from ilbench.vetting.rehearsal import Patience
from ilbench.vetting.vet import Wish, vet


def look(folder, task=None):
    wish = Wish(tasks=() if task is None else (task,), patience=Patience(timeout_s=10, load_timeout_s=60))
    return list(vet(folder, wish))


def wrong(findings):
    return {one.check for one in findings if one.verdict != "ok"}


def test_a_sound_submission_has_only_fine_lines(folder, harbor):
    found = look(folder(lines='[convention]\nkind = "delta"'), harbor)
    assert not wrong(found)
    assert [one.check for one in found][:2] == ["submission.toml", "files"]
    assert {"digest", "convention", "determinism"} <= {one.check for one in found}


def test_all_mistakes_of_the_file_are_told_not_only_the_first(folder, harbor):
    found = look(folder(lines="width = 0\ncolour = 3\n[convention]\nkind = 'jump'"), harbor)
    told = [one.found for one in found if one.check == "submission.toml"]
    assert len(told) == 3
    assert all(any(name in text for text in told) for name in ("width", "colour", "convention.kind"))


def test_mistakes_of_all_kinds_are_told_together(folder, harbor):
    lines = 'license = "beer"\nrequirements = "requirements.txt"\n[convention]\nlinear = "1 m"'
    found = look(folder("Unseeded", lines, said=""), harbor)
    expected = {"license", "requirements", "convention", "determinism", "authors", "training data", "code"}
    assert wrong(found) == expected | {"observation"}


@pytest.mark.parametrize("content", ["", "name = ", "\xff"])
def test_a_file_that_is_none_is_an_error(tmp_path, content):
    (tmp_path / "submission.toml").write_bytes(content.encode("latin-1"))
    assert "submission.toml" in wrong(look(tmp_path))


def test_no_folder_is_an_error(tmp_path):
    assert wrong(look(tmp_path / "nowhere")) == {"submission.toml"}


def test_an_interpreter_that_is_none_is_an_error_and_nothing_is_loaded(folder, harbor):
    found = look(folder(lines='python = "/bin/false"'), harbor)
    assert wrong(found) == {"python", "requirements"}
    assert not [one for one in found if one.task]


def test_an_interpreter_is_asked_for_its_packages(folder, harbor):
    found = look(folder(lines=f'python = "{sys.executable}"'))
    (told,) = (one for one in found if one.check == "python")
    assert (told.verdict, "packages" in told.found) == ("ok", True)


def test_a_sandbox_that_does_not_work_here_is_an_error_and_nothing_is_loaded(folder, harbor, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    wish = Wish(tasks=(harbor,), placement=Placement(sandbox="container"))
    found = list(vet(folder(), wish))
    assert wrong(found) == {"sandbox"}
    assert not [one for one in found if one.task]


@pytest.mark.skipif(bool(why_no_bwrap()), reason=f"bubblewrap: {why_no_bwrap()}")
def test_a_strangers_policy_is_looked_at_in_a_sandbox(folder, harbor):
    wish = Wish(tasks=(harbor,), placement=Placement(sandbox="bwrap"), patience=Patience(load_timeout_s=60))
    found = {one.check: one for one in vet(folder(), wish)}
    assert not wrong(found.values())
    assert found["sandbox"].found == "bwrap"


def test_tasks_that_there_are_not_are_named(folder):
    (told,) = (one for one in look(folder(lines='tasks = ["d3il/nothing-v1"]')) if one.check == "tasks")
    assert (told.verdict, "d3il/nothing-v1" in told.found) == ("error", True)


def test_without_a_task_it_is_not_loaded_and_that_is_said(folder):
    assert wrong(look(folder())) == {"tasks"}


def test_one_task_that_does_not_fit_spoils_no_other(folder, harbor):
    other = replace(harbor, id="toys/other-v1")
    wish = Wish(tasks=(other, harbor), patience=Patience(load_timeout_s=60))
    found = list(vet(folder(lines=f'tasks = ["{harbor.id}"]'), wish))
    assert [one.check for one in found if one.task == other.id] == ["load"]
    assert "latency" in {one.check for one in found if one.task == harbor.id}
