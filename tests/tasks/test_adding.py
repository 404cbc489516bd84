"""What it takes to add a task from outside: files and lines, and that it is found, played and scored."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ilbench.contract.registry import find_task
from ilbench.importing import load_object

ROOT = Path(__file__).parents[2]
POND = ROOT / "tests" / "toys" / "ilbench_pond"
ROW = """
ADDED = Row(
    name="multiroom-n5-s5",
    original="MultiRoom-N5-S5",
    summary="Pass four doors to the goal in the last of five rooms.",
    level=f"{ENVS}.multiroom:MultiRoomEnv",
    options={"minNumRooms": 5, "maxNumRooms": 5, "maxRoomSize": 5},
    horizon=100,
    mission_length=8,
    experts=("planner",),
    train="Five rooms of 2 or 3 free cells a side",
)
MINIGRID = (*MINIGRID, ADDED)
"""


def install(folder, package, tasks):
    """Declares an entry point as an installed distribution does: one line."""
    metadata = folder / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[ilbench.tasks]\n{package} = {tasks}\n")


def write_contexts(task, folder):
    """Does what the author's command does, into a package that lies in `folder`."""
    package, _, data = task.data.partition(":")
    path = folder / package / data / "contexts.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(load_object(task.make_contexts)()))


def ilbench(folder, *arguments):
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "160"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_is_played_and_scored(task, folder):
    run = folder / "run"
    ilbench(folder, "run", "random", "--task", task.id, "--split", "test", "--contexts", 2, "--out", run)
    assert task.id in ilbench(folder, "score", run, "--json")


def lines_of_declaration(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    (call,) = (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "task")
    return call.end_lineno - call.lineno + 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Returns a folder on the path of modules; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("ilbench_pond", "more_minigrid")]:
        del sys.modules[name]


def test_a_hand_written_task_takes_two_files_and_a_declaration_of_fourteen_lines(folder):
    shutil.copytree(POND, folder / "ilbench_pond", ignore=shutil.ignore_patterns("__pycache__"))
    install(folder, "ilbench_pond", "ilbench_pond.tasks:TASKS")
    task = find_task("pond/crossing-v1")
    write_contexts(task, folder)
    check_is_played_and_scored(task, folder)
    written = {path.name for path in POND.glob("*.py")} - {"__init__.py"}
    assert (written, lines_of_declaration(POND / "tasks.py")) == ({"tasks.py", "env.py"}, 14)


def test_a_task_of_a_table_takes_one_row_of_eleven_lines(folder):
    pytest.importorskip("minigrid")
    copy_of_minigrid(folder / "more_minigrid")
    install(folder, "more_minigrid", "more_minigrid:ADDED")
    task = find_task("minigrid/multiroom-n5-s5-v1")
    write_contexts(task, folder)
    check_is_played_and_scored(task, folder)
    (row,) = (node for node in ast.walk(ast.parse(ROW)) if isinstance(node, ast.Call))
    assert row.end_lineno - row.lineno + 1 == 11


def copy_of_minigrid(folder):
    """Copies the suite with one row more; what is declared to the registry is that row's task."""
    folder.mkdir()
    for path in (ROOT / "tasks" / "minigrid").glob("*.py"):
        text = path.read_text().replace("ilbench.tasks.minigrid", "more_minigrid")
        (folder / path.name).write_text(text + (ROW if path.name == "table.py" else ""))
    with (folder / "__init__.py").open("a") as file:
        file.write("ADDED = next(task for task in TASKS if task.id == 'minigrid/multiroom-n5-s5-v1')\n")
