"""Whether test levels were trained on, counted by layout."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ilbench.checks.held_out import contexts_digest, count_duplicates
from ilbench.cli.app import app
from ilbench.contract.registry import load_registry
from ilbench.errors import InvalidTaskError

REGISTRY = load_registry()


def test_levels_drawn_by_seed_alone_repeat_and_those_that_ship_do_not():
    found = count_duplicates(REGISTRY["minigrid/lava-crossing-s11n5-v1"])
    assert found.after == 0 < found.before <= found.num_test == 200
    assert found.distinct_train == found.num_train == 500


def test_several_starts_in_one_layout_are_one_layout():
    found = count_duplicates(REGISTRY["navigation/maze-25-v1"])
    assert (found.num_train, found.distinct_train, found.after) == (200, 50, 0)


@pytest.mark.parametrize(
    "name", ["robosuite/lift-v2", "navigation/pointmaze-medium-v1", "minigrid/goto-local-rgb-v1"]
)
def test_a_task_that_is_not_played_on_levels_of_its_own_has_no_count(name):
    assert count_duplicates(REGISTRY[name]) is None


def test_the_digest_is_of_the_levels_that_were_counted():
    digests = {contexts_digest(REGISTRY[f"procgen/{name}-v1"]) for name in ("coinrun", "coinrun-hard")}
    assert len(digests) == 2


def test_the_command_prints_the_counts_and_writes_them(tmp_path):
    out = tmp_path / "duplicates.csv"
    options = ["navigation", "--task", "navigation/maze-25-v1", "--out", str(out)]
    result = CliRunner().invoke(app, ["maintain", "duplicates", *options])
    assert result.exit_code == 0
    header, row = out.read_text().splitlines()
    assert header.startswith("task,num_test,before,after")
    assert row.startswith("navigation/maze-25-v1,200,0,0,200,50,")


def test_the_command_says_when_no_task_is_played_on_levels():
    result = CliRunner().invoke(app, ["maintain", "duplicates", "robosuite"])
    assert result.exit_code == 0
    assert "no task of these is played on levels" in result.output


def test_what_is_no_layouts_is_refused_by_name():
    odd = replace(REGISTRY["navigation/maze-25-v1"], layouts="ilbench.digest:json_digest")
    with pytest.raises(
        InvalidTaskError, match=r"'ilbench.digest:json_digest' must lead to .*Layouts, found fun"
    ):
        count_duplicates(odd)
