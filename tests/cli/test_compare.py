from pathlib import Path

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import ILBenchError

D3IL = Path(__file__).parents[2] / "results" / "d3il"


def test_the_command_compares_submissions_by_name():
    found = CliRunner().invoke(app, ["compare", "bc-mlp", "diffusion", "--among", str(D3IL), "--sequential"])
    assert found.exit_code == 0, found.output
    assert "A: bc-mlp   B: diffusion" in found.output
    assert "common episodes" in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bc-mlp", str(D3IL)], "--among FOLDER"),
        ([str(D3IL), str(D3IL)], "holds runs of 4 submissions"),
        (["bc", "expert", "--among", str(D3IL)], "did you mean 'bc-mlp'"),
    ],
)
def test_the_command_says_how_to_name_a_policy(arguments, message):
    found = CliRunner().invoke(app, ["compare", *arguments])
    assert isinstance(found.exception, ILBenchError)
    assert message in str(found.exception)
