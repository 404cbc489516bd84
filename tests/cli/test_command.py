"""The tree of commands: values from entry points, loaded when they are called."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from ilbench.cli.command import Command, CommandGroup, load_commands
from ilbench.errors import PluginError
from ilbench.importing import load_object


def hello(name: str) -> None:
    """Greet."""
    typer.echo(f"hello {name}")


def broken() -> None:
    """Never loaded."""


COMMANDS = (
    Command(name="greet", summary="Greet people.", function="commands_of_others:hello"),
    Command(name="greet politely", summary="With a bow.", function="commands_of_others:hello"),
    Command(name="odd", summary="[/red] of [TASK].", function="commands_of_others:broken"),
    Command(name="absent", summary="Lies nowhere.", function="no_such_module:run"),
)


@pytest.fixture
def invoke(monkeypatch):
    monkeypatch.setitem(sys.modules, "commands_of_others", sys.modules[__name__])

    class Tree(CommandGroup):
        def __init__(self, **settings):
            super().__init__(everything={c.name: c for c in COMMANDS}, **settings)

    app = typer.Typer(cls=Tree)
    app.callback()(lambda: None)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_help_shows_summaries_of_commands_that_are_not_loaded(invoke):
    shown = invoke("--help").output
    assert "Greet people." in shown
    assert "Lies nowhere." in shown
    assert "With a bow." not in shown
    assert "[/red] of [TASK]." in shown


def test_a_group_calls_its_subcommand_or_its_own_function(invoke):
    assert invoke("greet", "politely", "you").output == "hello you\n"
    assert invoke("greet", "you").output == "hello you\n"
    assert "With a bow." in invoke("greet", "--help").output


def test_a_command_is_loaded_when_it_is_called(invoke):
    assert isinstance(invoke("absent").exception, ModuleNotFoundError)


def test_a_misspelled_command_is_answered(invoke):
    answer = invoke("gret")
    assert answer.exit_code == 2
    assert "No such command 'gret'" in answer.output


@pytest.mark.parametrize("command", [c for c in load_commands().values() if c.function], ids=lambda c: c.name)
def test_every_installed_command_leads_to_a_function_that_says_what_it_does(command):
    assert load_object(command.function).__doc__
    assert command.summary.endswith((".", "'."))


def test_what_is_no_command_is_refused_with_its_entry_point(monkeypatch):
    from importlib.metadata import EntryPoint

    point = EntryPoint("mine", "ilbench.errors:UsageError", "ilbench.commands")
    monkeypatch.setattr("ilbench.plugins.entry_points", lambda group: [point])
    with pytest.raises(PluginError, match="must lead to Command values"):
        load_commands()


def test_help_loads_no_command_and_no_library():
    code = (
        "import sys; sys.argv = ['ilbench', '--help']\n"
        "from ilbench.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(answer.stderr.split())
    assert "ilbench.cli.app" in modules
    assert (
        not {"numpy", "pydantic", "gymnasium", "mujoco", "torch", "pandas", "scipy", "matplotlib"} & modules
    )
    assert not {f"ilbench.{room}" for room in ("cli.run", "front", "runner", "runs", "scores")} & modules
