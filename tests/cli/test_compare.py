import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import ILBenchError, UsageError

MANIPULATION = Path(__file__).parents[2] / "results" / "manipulation"


RUNS = MANIPULATION.parent / "runs"


def compare(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr("ilbench.cli.console.WIDTH_WITHOUT_TERMINAL", 80)


def test_the_command_compares_submissions_by_name():
    sides = ("bc-mlp, 20 layouts", "procedure-cloning, 20 layouts")
    found = compare(*sides, "--among", MANIPULATION.parent / "mazes", "--sequential")
    assert found.exit_code == 0, found.output
    assert "A: bc-mlp, 20 layouts   B: procedure-cloning, 20 layouts" in found.output
    assert "common episodes" in found.output
    assert "about these two methods" in found.output


def test_tasks_that_both_have_played_are_compared_together():
    found = compare("bc-mlp", "diffusion", "--among", MANIPULATION)
    assert found.exit_code == 0, found.output
    assert "All of them, every task alike:" in found.output


def test_no_number_is_cut_at_80_columns(narrow):
    found = compare("bc-mlp", "diffusion", "--among", RUNS, "--sequential").output
    assert max(map(len, found.splitlines())) <= 80
    assert re.search(r"1×480×3\|1 +\S+ \S+ -\d\.\d{3} \[-\d\.\d{3}, [+-]\d\.\d{3}\]", found)
    assert "are about these two policies" in " ".join(found.split())


def test_two_runs_of_one_policy_are_not_said_to_differ(tmp_path):
    again = shutil.copytree(RUNS / "bc-mlp-seed-1", tmp_path / "again")
    found = compare(RUNS / "bc-mlp-seed-1", again).output
    assert "the same policy (training seed 1): 1160 of 1160 records equal" in " ".join(found.split())
    assert "no test" in found
    assert "one episode each, however often it was played" in " ".join(found.split())


def test_a_training_made_again_is_no_better_method():
    found = compare(MANIPULATION / "diffusion-seed-0", RUNS / "diffusion")
    assert not {"A better", "B better"} & set(re.split(r"  +|\n", found.output))


def test_returns_are_tested_in_sequence_where_their_bounds_are_known():
    sides = (RUNS / "bc-mlp", RUNS / "random")
    found = compare(*sides, "--sequential", "--of", "return", "--bounds", -500, 10)
    assert found.exit_code == 0, found.output
    for arguments in (("--sequential", "--of", "return"), ("--bounds", 0, 1)):
        with pytest.raises(UsageError, match="--bounds LEAST GREATEST"):
            raise compare(*sides, *arguments).exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bc-mlp", str(MANIPULATION)], "--among FOLDER"),
        ([str(MANIPULATION), str(MANIPULATION)], "holds runs of 4 submissions"),
        (["bc", "expert", "--among", str(MANIPULATION)], "did you mean 'bc-mlp'"),
    ],
)
def test_the_command_says_how_to_name_a_policy(arguments, message):
    found = CliRunner().invoke(app, ["compare", *arguments])
    assert isinstance(found.exception, ILBenchError)
    assert message in str(found.exception)
