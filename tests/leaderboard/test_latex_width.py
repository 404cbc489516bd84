"""The bound of a text's width; that LaTeX keeps it is tried where LaTeX is installed."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.leaderboard.latex_text import DEFINITION, escape_latex
from ilbench.leaderboard.latex_width import broken, text_points

TEXTS = (
    "0.53",
    "[0.44, 0.62]",
    "n = 60×18×3",
    "interquartile mean",
    "WWW@#%m",
    "d3il/avoiding-v3",
    "héé π₀ 你",
)
FONTS = {(False, False): "ecrm0800", (True, False): "ecrm0700", (False, True): "ecbx0800"}
WORDS = st.text(alphabet="ab -/W你", max_size=40)


def test_a_digit_is_a_little_wider_than_in_print():
    assert 4.25 < text_points("0") < 4.6


def test_small_text_is_narrower_and_bold_wider():
    assert text_points("0.5", is_small=True) < text_points("0.5") < text_points("0.5", is_bold=True)


def test_a_character_that_stands_as_its_number_is_as_wide_as_that():
    assert text_points("你") > text_points("U4F60") > text_points("é")


def test_a_text_is_broken_at_blanks_and_after_hyphens():
    assert broken("one two-three", text_points("one two-")) == ("one two-", "three")
    assert broken("whole", 1000) == ("whole",)
    assert broken("", 10) == ("",)


@given(text=WORDS, points=st.floats(12, 200))
def test_no_line_is_wider_than_its_room_unless_it_is_one_character(text, points):
    lines = broken(text, points)
    assert all(text_points(line) <= points or len(line) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("pdflatex"), reason="pdfLaTeX, which measures the text, is not installed"
)
@pytest.mark.parametrize(("is_small", "is_bold"), FONTS)
@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_wider_in_print_and_few_are_much_narrower(text, is_small, is_bold, tmp_path):
    series, size = ("bx" if is_bold else "m"), (7 if is_small else 8)
    (tmp_path / "d.tex").write_text(
        f"\\documentclass{{article}}\\usepackage[T1]{{fontenc}}{DEFINITION}\\begin{{document}}\\fontseries{{{series}}}"
        f"\\fontsize{{{size}}}{{9}}\\selectfont\\setbox0\\hbox{{{escape_latex(text)}}}\\typeout{{is=\\the\\wd0}}"
        "\\end{document}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "d.tex"]
    shown = subprocess.run(
        command, cwd=tmp_path, capture_output=True, timeout=60, check=False
    ).stdout.decode()
    measured = float(shown.partition("is=")[2].partition("pt")[0])
    assert measured <= text_points(text, is_small=is_small, is_bold=is_bold) <= 1.5 * measured
