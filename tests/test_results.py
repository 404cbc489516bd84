"""The published runs: sound, and saying what README and results/README.md say of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import ilbench
from ilbench.baselines import BASELINES
from ilbench.baselines.trainer import train
from ilbench.checks.held_out import contexts_digest
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import load_registry
from ilbench.contract.task_list import load_lists
from ilbench.demonstrations import ensure_demonstrations
from ilbench.leaderboard import build, render
from ilbench.ledger.boards import BOARDS, FOLDER, cells_in_order, load_boards
from ilbench.ledger.making import finished_run
from ilbench.ledger.published import PUBLISHED, load_published_numbers
from ilbench.processor import processor_name
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.folder import load_run, load_runs
from ilbench.runs.plan import Block
from ilbench.runs.submission_info import SubmissionInfo

RESULTS = Path(__file__).parents[1] / "results"
RUNS = RESULTS / "runs"
MANIPULATION_RUNS = RESULTS / "manipulation"
SHIFT_RUNS = RESULTS / "shifts"
DOOR_RUNS = RESULTS / "adroit-door"
ALL_RUNS = sorted(path.parent for path in RESULTS.rglob("run.json"))
REGISTRY = load_registry()
AVOIDING = "d3il/avoiding-v3"


@pytest.fixture(scope="module")
def board():
    return build([load_run(path) for path in sorted(RUNS.iterdir())], REGISTRY)


def scores(board, policy, task, split="test"):
    (row,) = [row for row in board.rows if row.name == policy]
    return row.split(task, split)


def board_of(folder, preset="standard"):
    return build([load_run(path) for path in sorted(folder.iterdir())], REGISTRY, preset=preset)


@pytest.fixture(scope="module")
def manipulation_board():
    return board_of(MANIPULATION_RUNS)


@pytest.fixture(scope="module")
def shift_board():
    return board_of(SHIFT_RUNS)


@pytest.mark.parametrize("path", ALL_RUNS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_published_run_is_whole_and_of_the_present_tasks(path):
    run = load_run(path)
    assert run.complete
    assert run.missing == ()
    assert run.header.tasks == {task: REGISTRY[task].spec_digest() for task in run.header.tasks}


def test_every_published_run_is_ranked_or_a_reference(board):
    assert not board.unranked
    assert {row.name for row in board.rows} == {"random", "expert", "bc-mlp", "diffusion"}


def test_the_leaderboard_of_the_published_runs_is_the_same_twice(board):
    again = build([load_run(path) for path in sorted(RUNS.iterdir())], REGISTRY)
    assert render(board, "html") == render(again, "html")


def test_diffusion_beats_bc_mlp_on_avoiding_in_diversity(board):
    diffusion, cloning = scores(board, "diffusion", AVOIDING), scores(board, "bc-mlp", AVOIDING)
    assert diffusion.success.value > cloning.success.value
    assert diffusion.diversity.num_modes_found >= 12
    assert cloning.diversity.num_modes_found <= 1


def test_on_manipulation_both_baselines_come_near_their_experts(manipulation_board):
    assert not manipulation_board.unranked
    rows = {row.name: row for row in manipulation_board.rows}
    assert {task.id for task in manipulation_board.tasks} == {
        "robosuite/lift-v2",
        "robosuite/can-v2",
        "robosuite/square-v2",
        *load_lists()["metaworld/mt10"].tasks,
    }
    for name in ("bc-mlp", "diffusion"):
        assert rows[name].mean_success.low > 0.9 * rows["expert"].mean_success.value
        assert rows["random"].mean_success.high < rows[name].mean_success.low


@pytest.mark.parametrize("policy", ["bc-mlp", "diffusion"])
@pytest.mark.parametrize("task", ["robosuite/lift-v2", "metaworld/pick-place-v2", "metaworld/push-v1"])
@pytest.mark.parametrize("family", ["sensor-noise", "action-noise", "action-delay"])
def test_success_falls_over_the_severity_of_a_disturbance(shift_board, policy, task, family):
    shifted = [scores(shift_board, policy, task, f"shift/{family}-{level}") for level in (1, 3, 5)]
    rates = [split.success.value for split in shifted]
    assert rates[2] < min(rates[:2])
    assert rates[2] < 0.5 * scores(shift_board, policy, task).success.value


def test_human_demonstrations_open_adroits_door_sometimes():
    door = board_of(DOOR_RUNS, preset="full")
    cloning, chance = scores(door, "bc-mlp", "adroit/door-v1"), scores(door, "random", "adroit/door-v1")
    assert cloning.success.n == 150
    assert cloning.success.low > 0.05 > chance.success.value
    assert cloning.mean_return.value > chance.mean_return.value  # the expert's, 3006, keeps intervals wide


def test_what_papers_report_names_a_task_or_list_and_a_baseline_that_there_are():
    names = {spec.name for spec in BASELINES}
    for number in load_published_numbers(RESULTS / PUBLISHED):
        assert number.task in {*REGISTRY, *load_lists()}
        assert number.baseline in {"", *names}


def test_the_ledger_lists_tasks_and_baselines_that_there_are_and_its_runs_are_whole():
    cells = cells_in_order(load_boards(RESULTS / BOARDS))
    assert {cell.board.task for cell in cells} <= set(REGISTRY)
    assert {cell.baseline for cell in cells} <= {spec.name for spec in BASELINES}
    listed = {cell.folder(RESULTS / FOLDER): cell for cell in cells}
    for run in load_runs(RESULTS / FOLDER):
        assert finished_run(listed[run.path], RESULTS / FOLDER) is not None


@pytest.mark.parametrize("table", sorted((RESULTS / FOLDER).glob("*.md")), ids=lambda path: path.stem)
def test_the_tables_of_the_ledger_are_those_of_its_runs(table):
    assert render(ilbench.leaderboard(table.with_suffix("")), "md") == table.read_text()


def test_the_table_of_environments_has_every_task():
    with (RESULTS / "environments.csv").open(newline="") as file:
        assert {row["task"] for row in csv.DictReader(file)} == set(REGISTRY)


def rates(folder, task, policy, amounts, split="test"):
    """Success of `policy` by the amount of data in its name."""
    board = board_of(RESULTS / folder)
    return [scores(board, f"{policy}, {amount}", task, split).success for amount in amounts]


@pytest.mark.parametrize("task", ["procgen/maze-v2", "procgen/coinrun-v1"])
def test_more_training_levels_at_equal_data_close_the_gap(task):
    amounts = ["10 levels", "50 levels", "200 levels"]
    held_out = rates("procgen-levels", task, "bc-mlp", amounts)
    on_train = rates("procgen-levels", task, "bc-mlp", amounts, "train")
    gaps = [train.value - test.value for train, test in zip(on_train, held_out, strict=True)]
    assert all(gap > 0.2 for gap in gaps)
    assert gaps[2] < gaps[0]


def test_procedure_cloning_solves_mazes_that_behavior_cloning_does_not():
    amounts = ["5 layouts", "20 layouts", "200 layouts"]
    task = "navigation/maze-16-v1"
    search, cloning = (rates("mazes", task, name, amounts) for name in ("procedure-cloning", "bc-mlp"))
    assert all(ours.value > theirs.value + 0.4 for ours, theirs in zip(search, cloning, strict=True))
    assert cloning[0].value < cloning[1].value < cloning[2].value


def test_more_levels_help_whoever_demonstrates_and_noise_helps_where_they_are_few():
    task = "minigrid/door-key-8x8-v1"
    expert, noisy = (
        rates("minigrid-quality", task, f"bc-mlp on {quality} data", ["10 levels", "500 levels"])
        for quality in ("expert", "noisy")
    )
    assert expert[1].value > expert[0].value
    assert noisy[1].value > noisy[0].value
    assert noisy[0].value > expert[0].value
    assert expert[1].value > noisy[1].value


def test_goals_in_hindsight_lead_through_ogbenchs_maze_sometimes():
    board = board_of(RESULTS / "ogbench", preset="full")
    rows = {row.name: row.mean_success for row in board.rows}
    assert rows["random"].high < rows["gcbc"].low <= rows["gcbc"].high < rows["expert"].low


def test_no_test_level_is_in_train_or_validation_by_the_published_count():
    with (RESULTS / "duplicates.csv").open(newline="") as file:
        rows = {row["task"]: row for row in csv.DictReader(file)}
    assert {REGISTRY[name].suite for name in rows} == {"minigrid", "navigation", "procgen"}
    assert {row["after"] for row in rows.values()} == {"0"}
    assert {name: row["contexts"] for name, row in rows.items()} == {
        name: contexts_digest(REGISTRY[name]) for name in rows
    }


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["bc-mlp", "diffusion"])
def test_training_anew_gives_the_published_episodes(tmp_path, policy):
    task = REGISTRY[AVOIDING]
    train(policy, ensure_demonstrations(task), folder=tmp_path / "checkpoint")
    spec = PolicySpec(
        load="ilbench.baselines:load_policy", arguments={"folder": str(tmp_path / "checkpoint")}
    )
    info = SubmissionInfo(name=policy, kind="baseline", entry=policy, digest="retrained")
    plan = [Block(task=task.id, split="test", num_contexts=1, num_repeats=96)]
    header = make_header(Submission(info=info, policies={task.id: spec}), [task], plan, "custom")
    lineup = Lineup(tasks={task.id: task}, policies={task.id: spec})
    run = evaluate(open_run(tmp_path / "run", header), lineup, Resources(num_workers=2))
    published = load_run(RUNS / policy)
    digests = {record.id: record.digest() for record in published.records}
    assert [record.digest() for record in run.records] == [digests[record.id] for record in run.records], (
        f"played here on {processor_name()} in {run.header.arithmetic} arithmetic, published on "
        f"{published.header.machine['processor']} in {published.header.arithmetic} arithmetic"
    )


def test_every_forged_run_was_found_out_and_no_honest_one():
    with (RESULTS / "verification.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert not [row for row in rows if row["caught"] == "no"]
    fresh = [row for row in rows if row["by"] == "100 fresh contexts"]
    assert {row["rung"] for row in fresh if "by heart" in row["fault"]} == {"refuted"}
    assert not [row for row in rows if row["fault"] == "none" and row["caught"]]
