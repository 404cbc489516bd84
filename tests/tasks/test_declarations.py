"""Where tasks are declared, and how long a declaration is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "tasks"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
LONGEST = 30


def declarations(module):
    """Returns the calls that declare a task: ``<suite>.task("name-v1", …)``, or `Task` itself."""
    calls = [n for n in ast.walk(ast.parse((ROOT / module).read_text())) if isinstance(n, ast.Call)]
    return [
        call
        for call in calls
        if (isinstance(call.func, ast.Attribute) and call.func.attr == "task" and call.args)
        or (isinstance(call.func, ast.Name) and call.func.id == "Task")
    ]


@pytest.mark.parametrize("module", [module for module in MODULES if declarations(module)])
def test_tasks_are_declared_where_one_looks_for_them_and_briefly(module):
    assert Path(module).name == "tasks.py" or module.endswith("_tasks.py")
    for call in declarations(module):
        assert call.end_lineno - call.lineno < LONGEST, ast.unparse(call.args[0])
