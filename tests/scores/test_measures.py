"""Measures: each declared once, and how another package adds one."""

import json

import pytest
from made_up import REACH, REGISTRY, install, make_run, outcomes, reach_task, record
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import DuplicateNameError
from ilbench.leaderboard import build, render
from ilbench.runs.folder import create_run, seal
from ilbench.scores import Estimate, load_measures, score_task
from ilbench.scores.measures import MEASURES

LENGTH = """
from ilbench.scores import Measure

VALUE = Measure(
    name="mean_length",
    title="length",
    unit="steps",
    range=(0, None),
    higher_is_better=None,
    of=lambda task, split: float(split.episodes.length.mean()),
    is_estimate=False,
)
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(__import__("sys").modules, "lab", raising=False)
    return folder


def scores():
    shown = [record(i, i < 30, repeat=r, mode=i % 2) for i in range(40) for r in range(2)]
    return score_task(reach_task(), [*shown, *outcomes(40, 40, split="train", mode=0)])


def test_another_package_adds_a_score_in_one_file_of_ten_lines(lab, tmp_path):
    assert install(lab, "measures", LENGTH) == 10
    board = build([make_run("x", {REACH: 5})], REGISTRY)
    assert (
        json.loads(render(board, "json"))["ranked"][0]["scores"][REACH]["splits"]["test"]["mean_length"] == 3
    )
    assert render(board, "csv").splitlines()[0].endswith(",mean_length")
    assert set(board.frame().query("score == 'mean_length'").value) == {3.0}


def test_a_score_of_another_package_stands_in_the_table_of_scores(lab, tmp_path):
    install(lab, "measures", LENGTH)
    run = make_run("x", {"minigrid/goto-local-v1": 5})
    create_run(tmp_path / "run", run.header)
    seal(type(run)(path=tmp_path / "run", header=run.header, records=run.records))
    shown = CliRunner().invoke(app, ["score", str(tmp_path / "run")]).output
    assert "length" in shown
    written = json.loads(CliRunner().invoke(app, ["score", "--json", str(tmp_path / "run")]).output)
    assert next(iter(written.values()))[0]["splits"]["train"]["mean_length"] == 3.0


def test_two_measures_of_one_name_are_refused(lab):
    install(lab, "measures", LENGTH.replace("mean_length", "success_rate"))
    with pytest.raises(DuplicateNameError, match="measure 'success_rate' is declared twice"):
        load_measures()


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_is_what_it_says_and_within_its_range(measure):
    task = scores()
    value = measure.of(task, task.splits["test"])
    assert value is None or isinstance(value, Estimate) == measure.is_estimate
    least, most = measure.range
    ends = (value.low, value.high) if isinstance(value, Estimate) else (value, value)
    assert value is None or ((least is None or ends[0] >= least) and (most is None or ends[1] <= most))


def test_a_measure_that_needs_modes_is_undefined_without():
    task = score_task(reach_task(modes=()), outcomes(3, 4))
    found = [
        one.name for one in MEASURES if one.needs_modes and one.of(task, task.splits["test"]) is not None
    ]
    assert found == []


def test_this_projects_measures_come_first_and_have_names_of_their_own():
    assert load_measures()[: len(MEASURES)] == MEASURES
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
