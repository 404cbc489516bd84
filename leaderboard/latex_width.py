"""How wide text is in a LaTeX table: a bound from above, so that what has room here has room in print.

Widths are those of Computer Modern in encoding T1 at 8 points (ecrm0800), in its em, rounded up; the common
text fonts (Times, Latin Modern, Palatino) are no wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ilbench.leaderboard.latex_text import CODE_POINT, escape_latex

TEXT_POINTS = 8.0
"""Size of a table's text."""
SMALL_POINTS = 7.0
"""Size of intervals and of what stands below a heading."""

_EM = {
    0.30: "!',.:;[]`il|",
    0.36: "fj-",
    0.42: "I()rts ",
    0.50: "cez?",
    0.56: '"$*/0123456789\\ago{}Jkqvxy',
    0.60: "Sbdhnpu",
    0.66: "Z^~L",
    0.76: "FEPB",
    0.84: "CTwRAHNUVXYD&+<=>@GKOQ_",
    0.98: "#%mM",
    1.10: "W",
}
_WIDTHS = {character: em for em, characters in _EM.items() for character in characters}
_OTHER = 1.2
"""Of a character beyond ASCII that is typeset."""
_DIGIT = 0.6
_SMALL = 1.1
"""Smaller sizes of Computer Modern are wider for their height."""
_BOLD = 1.25


def text_points(text: str, *, is_small: bool = False, is_bold: bool = False) -> float:
    """Returns a width, in points, that the text in a table does not exceed."""
    factor = SMALL_POINTS * _SMALL if is_small else TEXT_POINTS
    return sum(map(_em, text)) * factor * (_BOLD if is_bold else 1.0)


def broken(text: str, points: float) -> tuple[str, ...]:
    """Returns the lines of a text, none wider than `points`: broken at blanks, after hyphens, then anywhere.

    A character that has no room at all has a line of its own. No text has one empty line.
    """
    lines = [""]
    for piece in _pieces(text, points):
        if lines[-1] and text_points((lines[-1] + piece).rstrip()) > points:
            lines.append("")
        lines[-1] += piece
    return tuple(line.strip() for line in lines)


def _pieces(text: str, points: float) -> Iterator[str]:
    """Yields parts between which a line may end, each with the blank or the hyphen after it."""
    word = ""
    for character in text:
        if word and text_points(word + character.strip()) > points:
            yield word
            word = ""
        word += character
        if character in " -/_":
            yield word
            word = ""
    yield word


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if escape_latex(character).startswith(CODE_POINT):
        return len(f"U+{ord(character):04X}") * _DIGIT
    return _OTHER
