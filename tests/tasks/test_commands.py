from __future__ import annotations

import subprocess
import sys

from ilbench.cli.command import load_commands
from ilbench.importing import load_object
from ilbench.tasks.commands import COMMANDS


def test_the_suites_commands_are_found_by_their_entry_point():
    assert {command.name: command for command in COMMANDS}.items() <= load_commands().items()


def test_every_command_leads_to_a_function_and_every_group_to_its_members():
    members = [command for command in COMMANDS if " " in command.name]
    assert all(callable(load_object(command.function)) for command in members)
    assert {command.name.split()[0] for command in members} == {c.name for c in COMMANDS if not c.function}


def test_knowing_them_declares_no_task():
    code = "import sys, ilbench.tasks.commands; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name for name in loaded.stdout.split() if name.startswith("ilbench.tasks.d3il")}
