"""Text in LaTeX; that a paper with any names compiles is tried in `test_hostile_names`."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.leaderboard.latex_text import CODE_POINT, escape_latex
from ilbench.plain_text import one_line


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\\input{x}_%π", r"\textbackslash{}input\{x\}\_\%\ensuremath{\pi}"),
        ("π₀", r"\ensuremath{\pi}\textsubscript{0}"),
        ("x¹²", r"x\textsuperscript{1}\textsuperscript{2}"),
        ("Müller", r"M\"{u}ller"),
        ("Mu\u0308ller", r"M\"{u}ller"),
        ("ế", r"\'{\^{e}}"),
        ("[a]*", "{[}a{]}{*}"),
        ("a---b", "a-{}-{}-b"),
        ("你🙂", f"{CODE_POINT}{{4F60}}{CODE_POINT}{{1F642}}"),
        ("A Α", f"A {CODE_POINT}{{0391}}"),  # noqa: RUF001 - the second is Greek
        ("\x1b[0m\na", "{[}0m a"),
    ],
)
def test_a_character_is_typeset_or_stands_as_its_number(text, escaped):
    assert escape_latex(text) == escaped


@given(text=st.text())
def test_escaped_text_is_ascii_with_balanced_braces(text):
    bare = re.sub(r"\\[\\{}&%$#_]", "", escape_latex(text))
    assert bare.isascii()
    assert bare.count("{") == bare.count("}")


@given(first=st.text(), second=st.text())
def test_texts_that_are_typeset_alike_are_alike(first, second):
    same = unicodedata.normalize("NFC", one_line(first)) == unicodedata.normalize("NFC", one_line(second))
    assert (escape_latex(first) == escape_latex(second)) == same
