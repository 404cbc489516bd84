from __future__ import annotations

import csv

import pytest
from point import POINT

from ilbench.baselines.commands import bench
from ilbench.baselines.costs import measure_costs
from ilbench.errors import UsageError


def test_evaluations_are_those_of_a_call_over_the_actions_it_plays():
    found = {one.baseline: one.evaluations for one in measure_costs(["bc-mlp", "diffusion", "mip"], POINT, 1)}
    assert found == {"bc-mlp": 1, "diffusion": 10 / 4, "mip": 2 / 4}


def test_ten_denoising_steps_take_longer_than_one_evaluation():
    regression, diffusion = measure_costs(["bc-chunk", "diffusion"], POINT, 5)
    assert diffusion.action_ms > 2 * regression.action_ms
    # the same network but for the marks of the noise level
    assert 1 < diffusion.parameters / regression.parameters < 1.1


@pytest.mark.parametrize("task", ["minigrid/goto-local-rgb-v1", "d3il/avoiding-v3"])
def test_the_table_has_a_line_for_each_and_is_written(tmp_path, capsys, monkeypatch, task):
    monkeypatch.setenv("COLUMNS", "80")
    bench(["bc-gmm"], task, rounds=1, out=tmp_path / "costs.csv")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    with (tmp_path / "costs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["baseline"] for row in rows] == ["bc-mlp", "bc-gmm"]
    assert rows[0]["action_time_of_bc_mlp"] == "1.0"


@pytest.mark.parametrize("name", ["knn", "gcbc", "nobody"])
def test_what_cannot_be_measured_is_answered_with_what_can(name):
    with pytest.raises(UsageError, match=rf"^{name} cannot be measured here; expected some of bc-mlp, "):
        bench(["bc-gmm", name], rounds=1)
