"""LaTeX tables: text that fits by the model of widths, and in print where LaTeX is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from made_up import REGISTRY, A, B, make_run

import ilbench
from ilbench.errors import UnknownNameError, UsageError
from ilbench.leaderboard import build, render
from ilbench.leaderboard.latex_width import text_points
from ilbench.leaderboard.outputs import find_output
from ilbench.leaderboard.to_latex import GUTTER, ROOM, to_latex

RESULTS = Path(__file__).parents[2] / "results"
PAPER = (
    "\\documentclass[twocolumn]{article}\\usepackage{booktabs}\\usepackage[T1]{fontenc}"
    "\\begin{document}\\input{t.tex}\\end{document}"
)


def tabulars(text):
    """Returns the lines of every tabular, each with its cells as text: no markup, no padding."""
    bodies = re.findall(r"\\begin\{tabular\}\{.*?\}\n(.*?)\\end\{tabular\}", text, re.DOTALL)
    rows = [
        [line.removesuffix(" \\\\").split(" & ") for line in body.split("\n") if "\\\\" in line]
        for body in bodies
    ]
    sign, plain = (
        re.compile(r"\\ensuremath\{\\\w+\}|\\text\w+\{\}"),
        re.compile(r"\\ilbenchsmall|\\textbf|[{}$\\]"),
    )
    return [[[plain.sub("", sign.sub("-", cell)) for cell in row] for row in lines] for lines in rows]


def least_points(lines):
    """Returns a width that a tabular has at least: were all its text small."""
    widths = [max(text_points(cell, is_small=True) for cell in column) for column in zip(*lines, strict=True)]
    return sum(widths) + GUTTER * (len(widths) - 1)


@pytest.fixture(scope="module")
def manipulation():
    return ilbench.leaderboard(RESULTS / "manipulation")


def test_latex_braces_and_table_cells_stay_balanced(board):
    text = render(board, "latex")
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert "\\textless{}script\\textgreater{}" in text
    assert text.count("\\begin{tabular}") == text.count("\\toprule") == text.count("\\bottomrule")
    assert text.count("\\begin{table") >= 3 + len(board.tasks)


@pytest.mark.parametrize("width", ["column", "page"])
def test_every_table_has_room_where_it_is_meant_for(manipulation, width):
    text = to_latex(manipulation, width=width)
    assert max(map(least_points, tabulars(text))) <= ROOM[width]
    assert ("\\begin{table}" in text, "\\begin{table*}" in text) == (width == "column", width == "page")


def test_a_table_is_as_wide_as_a_column_where_it_has_room_there(manipulation):
    text = to_latex(manipulation, columns=["mean success"])
    assert "\\begin{table}" in text
    assert "\\begin{table*}" in to_latex(manipulation)


def test_every_task_is_a_heading_by_its_short_name(manipulation):
    heads = {
        cell for lines in tabulars(to_latex(manipulation, width="page")) for row in lines for cell in row
    }
    assert {"lift", "can", "square", "reach"} <= heads


def test_every_float_has_a_label_of_its_own(manipulation):
    text = to_latex(manipulation, width="column")
    labels = re.findall(r"\\label\{(.*?)\}", text)
    assert len(labels) == len(set(labels)) == len(re.findall(r"\\begin\{table", text))
    assert "tab:ilbench-robosuite-lift-v2" in labels


def test_columns_and_decimals_are_the_readers_choice(manipulation):
    text = to_latex(manipulation, columns=["lift"], decimals=3)
    (lines,) = tabulars(text)
    assert lines[0] == ["", "lift"]
    assert re.search(r"\b1\.000\b", text)


def test_an_unknown_column_is_an_error(manipulation):
    with pytest.raises(UnknownNameError, match="lfit"):
        to_latex(manipulation, columns=["lfit"])


def test_a_format_without_an_option_says_which_has_it(manipulation):
    with pytest.raises(UsageError, match="formats that have it: latex"):
        find_output("csv").of(manipulation, decimals=3)


def test_bold_stands_only_where_a_difference_is_shown():
    best, same, worse = (
        make_run(name, {A: wins, B: wins}) for name, wins in (("x", 20), ("y", 20), ("z", 0))
    )
    apart = to_latex(build([best, same, worse], REGISTRY))
    alike = to_latex(build([best, same], REGISTRY))
    assert set(re.findall(r"\\textbf\{(.*?)\}", apart)) == {"1.00"}
    assert "\\textbf" not in alike


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdfLaTeX, which sets the tables, is not installed")
@pytest.mark.parametrize("width", [None, "column", "page"])
@pytest.mark.parametrize("results", ["runs", "human", "shifts", "manipulation", "mazes", "procgen-levels"])
def test_a_two_column_paper_has_no_overfull_box(results, width, tmp_path):
    (tmp_path / "t.tex").write_text(to_latex(ilbench.leaderboard(RESULTS / results), width=width))
    (tmp_path / "d.tex").write_text(PAPER)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "d.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=100, check=True)
    log = (tmp_path / "d.log").read_text(errors="replace")
    assert re.findall(r"Overfull.*|Float too large.*", log) == []
