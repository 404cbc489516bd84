"""Options that several commands have: what they refuse, and what they are if not given."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ilbench.cli import options


@pytest.fixture
def given():
    """Returns a function from arguments to what a command with these options is given."""
    seen = {}
    app = typer.Typer()

    @app.command()
    def command(
        run: options.RunFolder,
        task: options.Tasks = None,
        place: options.PolicyPlace = None,
        timeout: options.Timeout = 60.0,
        workers: options.Workers = None,
        checkpoints: options.Checkpoints = options.CHECKPOINTS,
    ) -> None:
        seen.update(
            run=run, task=task, place=place, timeout=timeout, workers=workers, checkpoints=checkpoints
        )

    def call(*arguments):
        seen.clear()
        answer = CliRunner().invoke(app, ["runs/one", *arguments])
        return answer.output if answer.exit_code else dict(seen)

    return call


def test_what_is_not_given_is_left_to_the_function(given):
    assert given() == {
        "run": Path("runs/one"),
        "task": None,
        "place": None,
        "timeout": 60.0,
        "workers": None,
        "checkpoints": Path("checkpoints"),
    }


def test_an_option_that_may_be_repeated_is_a_list(given):
    assert given("--task", "a/b-v1", "--task", "a/c-v1")["task"] == ["a/b-v1", "a/c-v1"]


@pytest.mark.parametrize(
    ("option", "wrong"), [("--timeout", "0"), ("--workers", "0"), ("--place", "moon"), ("--workers", "two")]
)
def test_what_is_out_of_range_is_refused_by_the_name_of_its_option(given, option, wrong):
    assert f"Invalid value for '{option}'" in given(option, wrong)


@pytest.mark.parametrize("name", [name for name in options.__all__ if not name.isupper()])
def test_every_option_says_what_it_is_for(name):
    (option,) = getattr(options, name).__metadata__
    assert option.help
