import json

import pytest
from bundles import made_bundle
from typer.testing import CliRunner

from ilbench.cli.app import app


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return made_bundle(tmp_path_factory.mktemp("bundle"))


def check(*arguments):
    return CliRunner().invoke(app, ["leaderboard", "check", *map(str, arguments)])


def test_problems_come_a_line_each_with_exit_code_1(bundle):
    said = check(bundle)
    assert said.exit_code == 1
    assert "field 'preset': found smoke, expected full" in said.output


def test_as_json_every_problem_has_its_parts(bundle):
    (one,) = json.loads(check(bundle, "--format", "json").output)
    assert one["is_sound"] is False
    assert one["problems"][0].keys() == {"file", "field", "found", "expected", "remedy"}


def test_as_markdown_it_is_a_comment_in_a_file(bundle, tmp_path):
    assert check(bundle, "--format", "markdown", "--out", tmp_path / "comment.md").exit_code == 1
    assert "### Problems" in (tmp_path / "comment.md").read_text()


def test_the_bare_command_makes_the_board_still(bundle):
    said = CliRunner().invoke(app, ["leaderboard", str(bundle), "--preset", "smoke"])
    assert said.exit_code == 0
    assert "straight ahead" in said.output
