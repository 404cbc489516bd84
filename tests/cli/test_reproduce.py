"""``ilbench reproduce`` with a real training: made twice from nothing, and once with a deliberate change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ilbench.cli.ledger import ledger
from ilbench.cli.reproduce import reproduce
from ilbench.errors import UsageError
from ilbench.ledger.boards import Cell, load_boards
from ilbench.ledger.making import play_cell

RESULTS = Path(__file__).parents[2] / "results"
HEAD = "method,baseline,task,demonstrations,protocol,value,spread,n,unit,source,comparable,reason\n"
ROW = "1-NN,knn,d3il/avoiding-v3,,late,0.94,0.5,,success,A paper,yes,the same data\n"
LEDGER = """
baselines = ["knn"]

[[board]]
name = "quick"
task = "d3il/avoiding-v3"
preset = "smoke"
minutes = 1
"""


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    Path("results/ledger.toml").write_text(LEDGER)
    Path("results/published.csv").write_text(HEAD + ROW)
    return Path("results")


def exit_code(*words, **options):
    with pytest.raises(SystemExit) as ended:
        reproduce(
            *words,
            **{
                "demonstrations": None,
                "seeds": 1,
                "results": Path("results"),
                "steps": None,
                "preset": None,
                "against": None,
                **options,
            },
        )
    return ended.value.code


def test_a_number_is_made_again_to_the_last_bit_and_stands_beside_the_paper(results, capsys):
    ledger(results, missing=False, published=False, limit_minutes=None)
    assert exit_code("knn", "d3il/avoiding-v3", out=Path("first")) == 0
    said = capsys.readouterr().out
    assert "the same records; weights: the same" in said
    assert "1-NN, late: success 0.94 ± 0.5, ours 1.000" in said
    assert "A paper; the same data" in said


def test_a_number_that_does_not_come_out_again_is_outside_and_ends_with_code_1(results, capsys):
    (board,) = load_boards(results / "ledger.toml")
    published = Cell(board=board, baseline="knn", seed=0).folder(results / "ledger")
    play_cell(Cell(board=board, baseline="random", seed=0), published)
    assert exit_code("knn", "d3il/avoiding-v3", out=Path("first")) == 1
    assert "published 0.000 [0.000, 0.324]: outside; weights: unknown" in capsys.readouterr().out


def test_where_nothing_is_published_it_says_so(results, capsys):
    assert exit_code("knn", "d3il/avoiding-v3", out=Path("first")) == 0
    assert "nothing is published of this cell" in capsys.readouterr().out


def test_a_cell_that_is_not_in_the_ledger_is_answered_with_those_that_are(results):
    with pytest.raises(UsageError, match=r"is not there; .* has knn on d3il/avoiding-v3 from its standard"):
        exit_code("knn", "d3il/pushing-v2", out=Path("first"))


def test_two_boards_of_a_task_are_told_apart_by_their_demonstrations(results):
    again = LEDGER.replace('"quick"', '"people"').replace("preset", 'demonstrations = "p-v1"\npreset')
    (results / "ledger.toml").write_text(LEDGER + again.partition("\n\n")[2])
    with pytest.raises(UsageError, match="names several boards: say which --demonstrations"):
        exit_code("knn", "d3il/avoiding-v3", out=Path("first"))


def test_a_changed_number_of_steps_is_another_configuration(results, capsys):
    published = RESULTS / "ledger/avoiding-human/bc-mlp"
    exit_code("bc-mlp", "d3il/avoiding-v3", out=Path("made"), against=published, steps=20, preset="smoke")
    said = capsys.readouterr().out
    assert "weights: other" in said
    assert "not made in the same way: the configuration, the demonstrations, the episodes differed" in said
    assert Path("made/d3il-avoiding-v3-20-steps/smoke/bc-mlp/seed-0/run.json").is_file()


def test_one_run_of_several_has_to_be_named(results):
    exit_code("knn", "d3il/avoiding-v3", out=Path("made"))
    for copy in ("a/first", "a/second"):
        shutil.copytree("made/quick/smoke/knn/seed-0", copy)
    assert exit_code("knn", "d3il/avoiding-v3", out=Path("made"), against=Path("a/first")) == 0
    with pytest.raises(UsageError, match=r"has several runs of seed 0: .*; name one"):
        exit_code("knn", "d3il/avoiding-v3", out=Path("made"), against=Path("a"))
