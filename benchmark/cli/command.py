"""Commands as values, and the tree made of them: nothing of a command is imported before it is called.

A package adds its own through the entry-point group ``ilbench.commands``, whose value is an import string of
one `Command` or of a sequence of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from ilbench.cli.console import help_text
from ilbench.importing import load_object
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of ``ilbench``.

    Attributes:
        name: What it is called. A name with a space, ``demos import``, is a command inside a group; the group
            is declared by a command of its own, ``demos``.
        summary: What it does, in one line.
        function: Import string of the function that it calls, whose parameters and docstring are its options
            and its help. Of a group: what ``demos TASK`` calls, or empty where a subcommand has to be named.
        hidden: Whether ``--help`` leaves it out.
    """

    name: str
    summary: str
    function: str = ""
    hidden: bool = False


def load_commands() -> Mapping[str, Command]:
    """Returns the commands of all installed packages, by name.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: A package's entry point leads to something else.
    """
    return by_name(load_plugins(ENTRY_POINTS, Command), "command")


class CommandGroup(TyperGroup):
    """A group whose commands are loaded when they are called; for ``--help`` their summaries are enough.

    Args:
        everything: All commands, by name.
        prefix: Name of the group; empty for the root.
        default: What is called where the first argument names no member.
        **settings: Of `TyperGroup`.
    """

    def __init__(
        self,
        *,
        everything: Mapping[str, Command],
        prefix: str = "",
        default: Command | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.members = _members(everything, prefix)
        self._everything = everything
        self._default = default

    def list_commands(self, ctx: Any) -> list[str]:
        """Returns the names of the members, in their declared order."""
        return list(self.members)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Returns a member, not loaded yet; None if there is none of that name."""
        command = self.members.get(cmd_name)
        return None if command is None else _Unloaded(command, self._everything)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the default's name before arguments that name no member."""
        if self._default and args and args[0] not in {*self.members, *ctx.help_option_names}:
            args = [self._default.name, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Returns name, command and remaining arguments of what is called."""
        if self._default and args[0] == self._default.name:
            return args[0], _Unloaded(self._default, {}), args[1:]
        return super().resolve_command(ctx, args)


class _Unloaded(TyperCommand):
    """A command of which the name and the summary are known. It becomes itself when it is called."""

    def __init__(self, command: Command, everything: Mapping[str, Command]) -> None:
        super().__init__(
            name=command.name.rpartition(" ")[2], help=help_text(command.summary), hidden=command.hidden
        )
        self._command, self._everything = command, everything

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        inside = _members(self._everything, self._command.name)
        loaded = (
            _loaded(self._command)
            if not inside
            else CommandGroup(
                name=self.name,
                help=help_text(self._command.summary),
                everything=self._everything,
                prefix=self._command.name,
                default=self._command if self._command.function else None,
                no_args_is_help=True,
            )
        )
        return loaded.make_context(info_name, args, parent=parent, **extra)


def _members(commands: Mapping[str, Command], group: str) -> Mapping[str, Command]:
    """Returns the commands of a group, by the last word of their names."""
    prefix = f"{group} " if group else ""
    return {
        name.removeprefix(prefix): command
        for name, command in commands.items()
        if name.startswith(prefix) and " " not in name.removeprefix(prefix)
    }


def _loaded(command: Command) -> Any:
    """Returns the command with its options, as its function declares them."""
    app = typer.Typer(add_completion=False)
    app.command(command.name.rpartition(" ")[2])(load_object(command.function))
    return typer.main.get_command(app)
