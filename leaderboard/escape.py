"""Escaping: what others wrote becomes text in every format, never markup. One function a format.

Each takes any text and first makes one printable line of it (`ilbench.plain_text.one_line`), so that nothing
else has to be remembered where a table, a heading or a note is written. That of LaTeX is in `latex_text`.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from ilbench.plain_text import one_line

CHARACTERS = 20_000
"""Bound of a text: a note may name every task of a board."""

_MARKDOWN = frozenset("\\`*_[]|~#!:$@")
_LINKED = re.compile(r"(?i)(\\:(?=//)|www(?=\.)|\\@)")
"""What GitHub makes links of, escaped or not."""
_FORMULA = ("=", "+", "-", "@", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet's formulas begin with, and the wide forms of these signs."""


def escape_html(text: str) -> str:
    """Returns `text` for HTML content and quoted attributes."""
    return html.escape(one_line(text, CHARACTERS), quote=True)


def escape_markdown(text: str) -> str:
    """Returns `text` for a heading or a cell of a Markdown table; no address in it becomes a link."""
    plain = html.escape(one_line(text, CHARACTERS), quote=False)
    escaped = "".join("\\" + c if c in _MARKDOWN else c for c in plain)
    return _LINKED.sub(r"\1<!-- -->", escaped)


def escape_paragraph(text: str) -> str:
    """Returns `text` for a paragraph of Markdown of its own, which begins no list and no heading."""
    return re.sub(r"^(\d*)(?=[-+=.)])", r"\1\\", escape_markdown(text))


def escape_csv(text: str) -> str:
    """Returns `text` for a cell that no spreadsheet takes for a formula; the CSV writer quotes it.

    A text that begins as formulas do, or with an apostrophe, gets an apostrophe before it: who reads the
    file takes one away. Numbers are no text, and stay numbers.
    """
    line = one_line(text, CHARACTERS)
    return "'" + line if line.startswith(_FORMULA) else line


def csv_text(columns: Sequence[str], lines: Iterable[Mapping[str, object]]) -> str:
    """Returns the content of a CSV file: every text escaped, a number as it is, what is missing empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writerow({name: escape_csv(name) for name in columns})
    for line in lines:
        writer.writerow({k: escape_csv(v) if isinstance(v, str) else v for k, v in line.items()})
    return text.getvalue()
