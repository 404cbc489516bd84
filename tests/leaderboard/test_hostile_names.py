"""Every output shows any names as text, keeps them apart, and stays what it is: a table, a page, a paper."""

import csv
import io
import json
import shutil
import subprocess
from dataclasses import replace

import pytest
from hostile import NAMES
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import REGISTRY, A, B, make_run
from markdown_it import MarkdownIt
from page import Page

from ilbench.leaderboard import build, render
from ilbench.leaderboard.drawing import figure_bytes
from ilbench.leaderboard.figures import load_figures
from ilbench.leaderboard.making import LABEL_CHARACTERS
from ilbench.leaderboard.outputs import load_outputs
from ilbench.plain_text import one_line, printable_lines

TEXTS = [name for name, output in load_outputs().items() if output.is_text]
ENGINES = [name for name in ("pdflatex", "xelatex", "lualatex") if shutil.which(name)]
PAPER = (
    "\\documentclass{article}\\usepackage{booktabs}\\usepackage[T1]{fontenc}"
    "\\begin{document}\\input{t.tex}\\end{document}"
)


def board_of(names, tasks=(A,), preset="smoke"):
    """Returns a board of these submissions; of another preset than the ranked one it takes no time."""
    runs = [make_run(name, dict.fromkeys(tasks, i % 5), preset=preset) for i, name in enumerate(names)]
    return build(runs, REGISTRY)


@pytest.fixture(scope="module")
def zoo():
    """Returns a board on which every name of the zoo is a submission."""
    return board_of(NAMES)


@pytest.fixture(scope="module")
def tame(zoo):
    """Returns the same board with names that harm nobody."""
    rows = (replace(row, name=f"policy {i}", label=f"policy {i}") for i, row in enumerate(zoo.rows))
    return replace(zoo, unranked=tuple(rows))


@pytest.fixture(scope="module")
def shown(zoo):
    """Returns what every output makes of the zoo."""
    return {output: render(zoo, output) for output in TEXTS}


def test_labels_are_bounded_printable_and_as_many_as_names(zoo):
    labels = [row.label for row in zoo.rows]
    assert len(set(labels)) == len(NAMES)
    assert all(label.isprintable() and 0 < len(label) <= LABEL_CHARACTERS for label in labels)


@pytest.mark.parametrize("output", TEXTS)
def test_nothing_of_a_name_reaches_a_terminal_as_a_command(shown, output):
    assert printable_lines(shown[output]) == shown[output]
    assert len(shown[output]) < 3_000_000
    shown[output].encode()


@pytest.mark.parametrize("output", TEXTS)
@settings(max_examples=3)
@given(names=st.sets(st.text(max_size=60), min_size=2, max_size=4))
def test_no_name_breaks_an_output(output, names):
    text = render(board_of(names), output)
    assert printable_lines(text) == text


def elements(page):
    return sorted(page.tags), sorted((tag, name) for tag, name, _ in page.attributes)


def test_the_page_has_the_elements_and_attributes_of_one_with_tame_names(shown, tame):
    assert elements(Page(shown["html"])) == elements(Page(render(tame, "html")))


def test_the_page_shows_every_label_and_leads_nowhere(zoo, shown):
    page = Page(shown["html"])
    assert [row.label for row in zoo.rows if row.label not in page.text] == []
    assert "href" not in {name for _, name, _ in page.attributes}


def read_markdown(text):
    """Returns the texts, and how many there are of every kind of anything else."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [token.children for token in tokens if token.type == "inline"]
    texts = ["".join(c.content for c in children if c.type == "text") for children in inner]
    others = [c for children in inner for c in children if not c.type.startswith("text")]
    kinds = [c.type for c in others if c.content != "<!-- -->"] + [token.type for token in tokens]
    return texts, sorted(kinds)


def test_markdown_reads_as_text_in_the_cells_that_tame_names_have(zoo, shown, tame):
    texts, kinds = read_markdown(shown["md"])
    assert kinds == read_markdown(render(tame, "md"))[1]
    assert [row.label for row in zoo.rows if row.label not in texts] == []


def test_the_whole_name_comes_back_from_csv_and_no_cell_is_a_formula(shown):
    cells = {line["submission"] for line in csv.DictReader(io.StringIO(shown["csv"]))}
    names = {name for name in NAMES if name and one_line(name, 20_000) == name} - {"caf\u00e9"}
    assert names <= {cell.removeprefix("'") for cell in cells}
    assert len(cells) == len(NAMES)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_json_holds_every_name_as_it_was_given(shown):
    assert {row["name"] for row in json.loads(shown["json"])["unranked"]} == set(NAMES)


@pytest.mark.skipif(not ENGINES, reason="no LaTeX is installed")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_paper_with_all_names_compiles_and_lacks_no_character(shown, engine, tmp_path):
    (tmp_path / "t.tex").write_text(shown["latex"], encoding="utf-8")
    (tmp_path / "d.tex").write_text(PAPER, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "d.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert "Missing character" not in (tmp_path / "d.log").read_text(errors="replace")


@pytest.mark.parametrize("name", load_figures())
def test_every_figure_draws_all_names_apart(name):
    names = [*NAMES[::4], "$x_$, 10 levels", "$x_$, 20 levels"]
    drawn = load_figures()[name].of(board_of(names, (A, B)))
    if drawn is not None:
        figure_bytes(drawn, "png")
        labels = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
        assert len(set(labels)) == len(labels) > 1
