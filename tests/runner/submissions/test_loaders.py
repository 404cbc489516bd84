"""What a text means, and which of its meanings wins."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import CheckpointError, InvalidSubmissionError, UnknownNameError, UsageError
from ilbench.runner.submissions.loaders import (
    AmbiguousPolicyWarning,
    PolicyLoader,
    PolicyRequest,
    load_loaders,
    resolve,
    submission_of,
)
from ilbench.runner.submissions.placement import Placement

TASK = "d3il/avoiding-v3"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Returns a function to the submission of a text, which lasts until the test ends."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    with ExitStack() as stack:
        request = PolicyRequest(text="", tasks=(find_task(TASK),), until_played=stack)
        yield lambda text, name=None, **options: resolve(replace(request, text=text, **options), name)


def make_folder(path):
    path.mkdir()
    (path / "submission.toml").write_text('name = "in a folder"\nentry = "policy:Policy"\n')
    return path


def test_a_baseline_a_folder_and_an_import_string_are_told_apart(asked, tmp_path):
    make_folder(tmp_path / "mine")
    (tmp_path / "some_policy.py").write_text("def act(observation):\n    return [0.0, 0.0]\n")
    kinds = [asked(text).info.kind for text in ("random", "mine", "./mine", "some_policy:act")]
    assert kinds == ["baseline", "folder", "folder", "object"]


def test_a_folder_named_like_a_baseline_does_not_hide_it_and_the_ambiguity_is_said(asked, tmp_path):
    make_folder(tmp_path / "random")
    with pytest.warns(
        AmbiguousPolicyWarning, match="'random' is taken as a baseline.*could also name a folder"
    ):
        assert asked("random").info.kind == "baseline"
    assert asked("./random").info.name == "in a folder"


def test_a_path_always_means_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path / "random")
    with submission_of(Path("random"), [find_task(TASK)]) as submission:
        assert submission.info.name == "in a folder"


def test_what_nothing_recognizes_is_taken_for_a_misspelled_baseline(asked):
    with pytest.raises(UnknownNameError, match="did you mean 'bc-mlp'"):
        asked("bc-mpl")


def test_an_untrained_baseline_says_how_to_train_it(asked):
    with pytest.raises(CheckpointError, match="run: ilbench train bc-mlp d3il/avoiding-v3 --seed 2"):
        asked("bc-mlp", training_seed=2)


def test_a_name_in_tables_takes_the_place_of_its_own(asked):
    assert asked("random", "chance").info.name == "chance"


@pytest.mark.parametrize("policy", ["random", lambda observation: 0])
def test_a_name_that_cannot_be_shown_is_refused(policy):
    named = submission_of(policy, [find_task(TASK)], name="a\x1b")
    with pytest.raises(
        UsageError, match=r"the name 'a\\x1b': expected printable text.*U\+001B at position 2"
    ):
        named.__enter__()


@pytest.mark.parametrize("text", ["x" * 5000, "\0", "a\nb"])
def test_a_text_that_names_nothing_is_answered_whatever_it_holds(asked, text):
    with pytest.raises(UnknownNameError, match="no baseline named"):
        asked(text)


def test_a_loader_of_others_comes_first_by_its_prefix_without_a_word(monkeypatch, asked, recwarn):
    def refuse(request):
        raise InvalidSubmissionError(f"no file {request.text}")

    loader = PolicyLoader(
        name="net", example="'net:one'", recognizes=lambda text: text.startswith("net:"), load=refuse
    )
    loaders = sorted([*load_loaders(), loader], key=lambda loader: loader.rank)
    monkeypatch.setattr("ilbench.runner.submissions.loaders.load_loaders", lambda: loaders)
    with pytest.raises(InvalidSubmissionError, match="no file net:one"):
        asked("net:one")
    assert not recwarn.list


def test_an_interpreter_is_named_for_a_file_of_another_library_alone(asked):
    with pytest.raises(UsageError, match="'random' is none: a folder names its own"):
        asked("random", placement=Placement(python="/usr/bin/python3"))
