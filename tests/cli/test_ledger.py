"""``ilbench ledger``: lists, makes, leaves out what cannot be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.cli.ledger import ledger

LEDGER = """
baselines = ["random"]

[[board]]
name = "nobody"
task = "d3il/avoiding-v3"
demonstrations = "nobodys-v1"
minutes = 1
seeds = 1
baselines = ["knn"]

[[board]]
name = "quick"
task = "d3il/avoiding-v3"
preset = "smoke"
minutes = 90
seeds = 2
"""


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "results").mkdir()
    Path("results/ledger.toml").write_text(LEDGER)
    return Path("results")


def test_what_is_missing_is_listed_with_its_hours_in_80_columns(results, capsys):
    ledger(results, missing=True, published=False, limit_minutes=None)
    said = capsys.readouterr().out
    assert "0 of 3 cells made; about 3.0 hours of one core left" in said
    assert max(map(len, said.splitlines())) <= 80
    assert not Path("results/ledger").exists()


def test_it_makes_what_it_can_and_names_what_it_cannot(results, capsys):
    ledger(results, missing=False, published=False, limit_minutes=None)
    said = capsys.readouterr()
    assert "left out: knn on nobody" in said.err
    assert "quick random seed 1: success 0.000" in said.out
    assert said.out.splitlines()[-1].startswith("2 of 3 cells made")
    ledger(results, missing=True, published=False, limit_minutes=None)
    assert "2 of 3 cells made" in capsys.readouterr().out


def test_after_its_time_it_begins_no_further_cell(results, capsys):
    ledger(results, missing=False, published=False, limit_minutes=-1.0)
    assert "the same command goes on" in capsys.readouterr().err
    assert not Path("results/ledger").exists()


def test_what_papers_report_stands_beside_the_runs_that_are_made(results, capsys):
    head = "method,baseline,task,demonstrations,protocol,value,spread,n,unit,source,comparable,reason\n"
    row = "Chance,random,d3il/avoiding-v3,,,0.9,,,success,A paper,yes,none\n"
    (results / "published.csv").write_text(head + row)
    ledger(results, missing=False, published=True, limit_minutes=None)
    assert "0.9 success" not in capsys.readouterr().out
    ledger(results, missing=False, published=False, limit_minutes=None)
    ledger(results, missing=False, published=True, limit_minutes=None)
    assert "0.00 │ below" in capsys.readouterr().out
