from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import ilbench.cli.list as command
from ilbench.contract.registry import Registry, find_task

TASK = "d3il/avoiding-v3"


def test_what_a_task_lacks_is_shown_with_the_whole_command_that_installs_it(monkeypatch, capsys):
    lacking = replace(find_task(TASK), packages=("no-such-simulator",), extra="d3il")
    monkeypatch.setattr("ilbench.contract.registry.load_registry", lambda extra: Registry([lacking]))
    command.list_tasks()
    shown = " ".join(capsys.readouterr().out.split())
    assert "needs no-such-simulator: pip install -c constraints.txt -e '.[d3il]'" in shown


def test_the_boards_are_listed_with_what_they_rank(capsys):
    command.list_tasks(boards=True)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["d3il"]]
    assert line.split()[1:4] == ["10", "standard", "test"]
    command.list_tasks(boards=True, as_json=True)
    assert {one["name"] for one in json.loads(capsys.readouterr().out)} >= {
        "headline",
        "d3il",
        "manipulation",
    }


def test_a_shape_is_written_with_crosses():
    assert [command.shape_text(shape) for shape in ((), (3,), (64, 64, 3))] == ["scalar", "3", "64×64×3"]


def test_a_list_loads_no_array_library_so_that_it_is_quick():
    code = (
        "import sys; sys.argv = ['ilbench', 'list']\n"
        "from ilbench.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split()
    assert not {"numpy", "gymnasium", "torch", "mujoco", "pandas"} & set(loaded)
