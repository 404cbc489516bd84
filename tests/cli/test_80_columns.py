"""What commands print of real results and tasks is legible on 80 columns: no line longer, nothing cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.plain_text import CUT

RESULTS = Path(__file__).parents[2] / "results"
COMMANDS = (
    ["score", "RESULTS/runs/bc-mlp"],
    ["score", "RESULTS/runs/diffusion"],
    ["score", "RESULTS/manipulation/diffusion-seed-0"],
    ["score", "RESULTS/ogbench/expert"],
    ["score", "RESULTS/adroit-door/random"],
    ["score", "RESULTS/shifts/diffusion-seed-0"],
    [
        "compare",
        "RESULTS/manipulation/bc-mlp-seed-0",
        "RESULTS/manipulation/diffusion-seed-0",
        "--sequential",
    ],
    ["list"],
    ["list", "--lists"],
    ["show", "navigation/ogbench-pointmaze-teleport-navigate-v1"],
    ["show", "d3il/stacking-3-image-v2", "--full"],
    ["check", "entropy", "--samples", "10", "--episodes", "8", "--modes", "4"],
    ["power", "--difference", "0.05", "--seed-deviation", "0.05"],
)


def printed(command, width):
    words = [word.replace("RESULTS", str(RESULTS)) for word in command]
    answer = CliRunner().invoke(app, words, env={"COLUMNS": str(width)})
    assert answer.exception is None, answer.exception
    return answer.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("width", [80, 140])
def test_no_line_is_longer_than_the_terminal_and_nothing_is_cut(command, width):
    shown = printed(command, width)
    assert max(map(cell_len, shown.splitlines())) <= width
    assert CUT not in shown


@pytest.mark.slow
def test_what_is_said_of_demonstrations_is_whole():
    command = ["demos", "inspect", "minigrid/goto-local-v1", "--count", "4"]
    test_no_line_is_longer_than_the_terminal_and_nothing_is_cut(command, 80)


def test_every_id_and_every_interval_of_a_run_with_shifts_is_whole_at_80_columns():
    wide, narrow = (printed(["score", "RESULTS/shifts/bc-mlp-seed-0"], width) for width in (400, 80))
    words = {word for word in wide.split() if "%" in word or "/" in word or word.endswith("]")}
    assert len(words) > 100
    assert words - set(narrow.split()) == set()
