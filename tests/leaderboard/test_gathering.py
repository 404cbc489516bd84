import shutil
from pathlib import Path

import pytest
from made_up import A, make_run

from ilbench.errors import CorruptFileError, RunFolderError, UnknownNameError
from ilbench.leaderboard.gathering import gather

RUNS = Path(__file__).parents[2] / "results" / "ogbench"


@pytest.fixture
def tree(tmp_path):
    """Returns a folder of two runs at different depths, a README, a figure, a broken and a half-made run."""
    for name in ("expert", "deep/er/random", "broken"):
        shutil.copytree(RUNS / name.rpartition("/")[2].replace("broken", "expert"), tmp_path / name)
    journal = tmp_path / "broken" / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"success":true', '"success":false', 1))
    (tmp_path / "headless").mkdir()
    shutil.copy(RUNS / "expert" / "journal.jsonl", tmp_path / "headless")
    (tmp_path / "figures").mkdir()
    (tmp_path / "README.md").write_text("# Results\n")
    return tmp_path


def test_runs_are_found_at_any_depth_and_what_is_none_is_passed_over(tree):
    found, _ = gather(tree)
    assert [run.path.name for run in found.runs] == ["random", "expert"]
    assert sorted(path.name for path in found.problems) == ["broken", "headless"]


def test_what_looks_like_a_run_and_cannot_be_read_is_named(tree):
    lines = sorted(gather([str(tree)])[0].skipped())
    assert lines[0].startswith(f"Skipped {tree / 'broken'}: ")
    assert "journal.jsonl" in lines[0]
    assert "it has no run.json" in lines[1]


def test_files_and_folders_beside_runs_are_passed_over_when_they_are_named_too(tree):
    found, _ = gather([tree / "README.md", tree / "figures", tree / "expert", tree / "expert"])
    assert [run.path.name for run in found.runs] == ["expert"]
    assert not found.problems


def test_nothing_but_a_broken_run_is_an_error_that_says_so(tree):
    with pytest.raises(CorruptFileError, match=r"journal\.jsonl"):
        gather(tree / "broken")


@pytest.mark.parametrize(("name", "message"), [("figures", "holds no run"), ("expart", "does not exist")])
def test_a_path_without_a_run_is_an_error(tree, name, message):
    with pytest.raises(RunFolderError, match=message):
        gather(tree / name)


def test_a_run_of_an_unknown_task_is_a_problem_of_its_own(tree):
    stranger = make_run("x", {A: 3})
    found, registry = gather([stranger, tree / "expert"])
    assert [run.path.name for run in found.runs] == ["expert"]
    assert A in str(found.problems[stranger.path])
    assert set(found.runs[0].header.tasks) <= set(registry)
    with pytest.raises(UnknownNameError, match=A):
        gather(stranger)
