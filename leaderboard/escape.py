"""Escaping: what submissions write about themselves becomes text in every format, never markup."""

from __future__ import annotations

import html
import unicodedata

MAX_CHARACTERS = 48

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after a row break a bare bracket would be read as a length
    "]": "{]}",
    "\N{REPLACEMENT CHARACTER}": "?",
}
_GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "mu", "pi", "rho", "sigma", "tau", "phi")
_LATEX |= {unicodedata.lookup(f"GREEK SMALL LETTER {n}"): f"\\ensuremath{{\\{n}}}" for n in _GREEK}
_MARKDOWN = frozenset("\\`*_[]|~#!:$@")


def plain(text: str) -> str:
    """Returns `text` as one line of at most `MAX_CHARACTERS` printable characters.

    Control and format characters (line breaks, terminal escapes, bidirectional overrides) become ``�``.
    """
    visible = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] in "CZ" and c != " " else c for c in text
    )
    return visible if len(visible) <= MAX_CHARACTERS else visible[: MAX_CHARACTERS - 1] + "…"


def escape_html(text: str) -> str:
    """Returns `text` for HTML content and quoted attributes."""
    return html.escape(text, quote=True)


def escape_latex(text: str) -> str:
    """Returns `text` for LaTeX text mode."""
    return "".join(_LATEX.get(c, c) for c in text)


def escape_markdown(text: str) -> str:
    """Returns `text` for a cell of a Markdown table."""
    return "".join("\\" + c if c in _MARKDOWN else c for c in html.escape(text, quote=False))


def escape_csv(text: str) -> str:
    """Returns `text` so that a spreadsheet does not take it for a formula; the CSV writer quotes it."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text
