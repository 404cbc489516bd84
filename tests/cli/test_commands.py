from ilbench.cli.command import load_commands
from ilbench.cli.commands import COMMANDS


def test_this_projects_commands_are_found_by_their_entry_point_in_their_order():
    ours = [command.name for command in COMMANDS]
    assert [name for name in load_commands() if name in ours] == ours


def test_every_subcommand_has_its_group():
    names = {command.name for command in COMMANDS}
    assert {name.rpartition(" ")[0] for name in names if " " in name} <= names
