"""The package as a whole: it has to run in any interpreter that a policy brings along."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ilbench import guest

MODULES = sorted(Path(guest.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_guest_is_written_for_python_3_8(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    later = {"strict", "kw_only", "slots"}
    assert not [call.lineno for call in calls if later & {keyword.arg for keyword in call.keywords}]
