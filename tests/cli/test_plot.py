"""``ilbench plot``: figures from data sets and runs that are there, and words where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.contract.registry import find_task
from ilbench.demonstrations import ensure_demonstrations

pytest.importorskip("mujoco")

RESULTS = Path(__file__).parents[2] / "results"


def test_returns_of_demonstrations_that_are_not_there_are_not_drawn(tmp_path):
    out = tmp_path / "returns.png"
    drawn = CliRunner().invoke(
        app, ["plot", "returns", "d3il/avoiding-v3", "nobody", str(out), str(tmp_path)]
    )
    assert drawn.exit_code == 1
    assert not out.exists()


def test_the_modes_of_runs_are_drawn_beside_those_of_demonstrations(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    out = tmp_path / "modes.svg"
    name = ensure_demonstrations(find_task("d3il/avoiding-v3"), count=24).name
    runs = [str(RESULTS / "runs" / name) for name in ("diffusion", "expert")]
    drawn = CliRunner().invoke(app, ["plot", "modes", "d3il/avoiding-v3", name, str(out), *runs])
    assert drawn.exit_code == 0, drawn.output
    assert out.stat().st_size > 10_000


def test_a_run_without_episodes_of_the_task_is_refused_by_name(tmp_path):
    out = tmp_path / "paths.png"
    door = RESULTS / "adroit-door" / "random"
    drawn = CliRunner().invoke(app, ["plot", "paths", "d3il/avoiding-v3", str(out), "--run", str(door)])
    assert drawn.exit_code == 1
    assert "no episode of d3il/avoiding-v3's test split" in str(drawn.exception)
    assert not out.exists()
