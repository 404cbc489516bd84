"""Names that are a package and a function: the same in whatever order things are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDERS = [
    "import ilbench; found = ilbench.tasks(suite='pusht'); import ilbench.tasks.d3il",
    "import ilbench.tasks.d3il; found = ilbench.tasks(suite='pusht')",
    "from ilbench import tasks; import ilbench.tasks.d3il.avoiding; found = tasks(suite='pusht')",
    "import ilbench; ilbench.load_registry(); found = ilbench.tasks(suite='pusht')",
    "import ilbench.leaderboard.board, ilbench; found = [ilbench.leaderboard.render, ilbench.leaderboard]",
    "import ilbench; ilbench.leaderboard; from ilbench.leaderboard.board import build; found = [build]",
]


@pytest.mark.parametrize("order", ORDERS)
def test_a_package_that_is_a_function_is_both_in_every_order_of_imports(order):
    check = "; assert found and callable(ilbench.tasks) and callable(ilbench.leaderboard)"
    subprocess.run([sys.executable, "-c", f"{order}; import ilbench{check}"], check=True)


def test_a_leaderboard_is_made_by_calling_the_package():
    import ilbench

    board = ilbench.leaderboard(ROOT / "results" / "adroit-door")
    assert "bc-mlp" in ilbench.leaderboard.render(board, "md")


def test_editors_are_shown_the_signature_of_the_function():
    import inspect

    import ilbench

    assert list(inspect.signature(ilbench.tasks).parameters) == ["suite", "tag", "text"]
