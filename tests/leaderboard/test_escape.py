import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page import Page

from ilbench.leaderboard.escape import csv_text, escape_csv, escape_html, escape_markdown, escape_paragraph
from ilbench.plain_text import one_line


@pytest.mark.parametrize(
    ("escape", "text", "escaped"),
    [
        (escape_html, "<a href='x'>&", "&lt;a href=&#x27;x&#x27;&gt;&amp;"),
        (escape_markdown, "[a](b)|<i>_*`", "\\[a\\](b)\\|&lt;i&gt;\\_\\*\\`"),
        (escape_markdown, "http://a www.b c@d", "http\\:<!-- -->//a www<!-- -->.b c\\@<!-- -->d"),
        (escape_markdown, "-0.10 [1, 2]", "-0.10 \\[1, 2\\]"),
        (escape_paragraph, "- no list", "\\- no list"),
        (escape_paragraph, "12. no list", "12\\. no list"),
        (escape_paragraph, "a - b. c", "a - b. c"),
        (escape_csv, "=1+1", "'=1+1"),
        (escape_csv, "\t\r=1+1", "'=1+1"),
        (escape_csv, "'quoted'", "''quoted'"),
        (escape_csv, "safe", "safe"),
    ],
)
def test_escapes(escape, text, escaped):
    assert escape(text) == escaped


@pytest.mark.parametrize("escape", [escape_html, escape_markdown, escape_paragraph, escape_csv])
def test_every_escape_makes_one_printable_line_first(escape):
    assert escape("a\n\x1b\u202e\ud800b") == "a b"


@given(text=st.text())
def test_html_reads_back_as_the_text_in_content_and_in_attributes(text):
    page = Page(f'<b title="{escape_html(text)}">{escape_html(text)}</b>')
    assert page.tags == ["b"]
    assert page.attributes == [("b", "title", one_line(text))]
    assert page.text == one_line(text)


@given(text=st.text())
def test_csv_reads_back_as_the_text_and_no_number_becomes_one(text):
    (line,) = csv.DictReader(io.StringIO(csv_text(["name", "gap", "none"], [{"name": text, "gap": -0.5}])))
    assert line["name"].removeprefix("'" if line["name"] != one_line(text) else "") == one_line(text)
    assert not line["name"].startswith(("=", "+", "-", "@"))
    assert (line["gap"], line["none"]) == ("-0.5", "")
