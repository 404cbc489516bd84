"""Plain text: what others wrote (names, reasons, messages of errors), made harmless before it is shown.

What is left can be shown on a terminal and written into any file: no control characters, no line breaks, no
marks that reorder what stands beside them, and a bounded length. Markup of the place where it is shown is
that place's business, which escapes it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count

LIMIT = 500
"""Characters of a text that is longer than anybody reads in one line."""
CUT = "…"
FILE_NAME_BYTES = 180
"""Bytes of a file's name: file systems take 255, and a suffix may follow."""
_READ = 4
"""So many characters of a text are looked at for each that may be left."""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal could obey, or no file can hold; tabs and line ends are not among them."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Names that Windows keeps for devices, whatever follows the dot."""


def printable(text: str, limit: int = LIMIT) -> str:
    """Returns a text as one printable line of at most `limit` characters; what was cut off ends in `CUT`.

    Every blank becomes a space. Control, format and unassigned characters go, a lone surrogate too: a
    terminal could obey them, and no file could hold the last.
    """
    return _bounded(_kept(text, limit), text, limit)


def one_line(text: str, limit: int = LIMIT) -> str:
    """Returns what `printable` does, with single spaces between words and none around them."""
    return _bounded(" ".join(_kept(text, limit).split()), text, limit)


def printable_lines(text: str) -> str:
    """Returns a text of many lines without what a terminal could obey or no file can hold."""
    return _OBEYED.sub("", text)


def distinct_lines(texts: Iterable[str], limit: int = LIMIT) -> Mapping[str, str]:
    """Returns each text as one printable line of at most `limit` characters, no two of them the same line.

    What is too long is cut in the middle, or where it differs from others that would be cut to the same; what
    still looks like another gets a number. The order of the texts does not matter.

    >>> distinct_lines(["policy-seed-best", "policy-seed-last", "short"], 12)
    {'policy-seed-best': 'policy…-best', 'policy-seed-last': 'policy…-last', 'short': 'short'}
    """
    whole = {text: one_line(text, max(limit, 20 * LIMIT)) for text in sorted(set(texts))}
    short = {text: _cut_in_the_middle(line, limit) for text, line in whole.items()}
    for alike in _groups(short):
        at = _first_difference([whole[text] for text in alike])
        short |= {text: _cut_around(whole[text], at, limit) for text in alike if len(whole[text]) > limit}
    taken = {_look(line) for line in short.values()}
    for alike in _groups(short):
        # Who shows as it is written keeps its looks; nobody shows as nothing.
        others = sorted(alike, key=lambda text: (short[text] != text, text))[bool(short[alike[0]]) :]
        for text in others:
            short[text] = _numbered(short[text], taken, limit)
            taken.add(_look(short[text]))
    return short


def file_name(text: str) -> str:
    """Returns a text as the name of a file or folder: letters, digits, dashes, dots and underscores.

    It has at most `FILE_NAME_BYTES` bytes; what is longer is cut, and ends in a digest of the whole. It is
    neither hidden nor a name that a system keeps for itself. Two texts may have one name.
    """
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in text)
    if name.startswith(".") or _RESERVED.match(name):
        name = f"_{name}"
    encoded = name.encode()
    if len(encoded) <= FILE_NAME_BYTES:
        return name
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:8]
    return f"{encoded[: FILE_NAME_BYTES - 9].decode(errors='ignore')}-{digest}"


def _kept(text: str, limit: int) -> str:
    # Cut before anything else: a text of a gigabyte is not walked to its end.
    characters = text[: _READ * limit + 1]
    return "".join(
        " " if c.isspace() else c
        for c in characters
        if c.isspace() or unicodedata.category(c) not in _UNPRINTABLE
    )


def _bounded(line: str, text: str, limit: int) -> str:
    is_whole = len(line) <= limit and len(text) <= _READ * limit + 1
    return line if is_whole else line[: limit - 1].rstrip() + CUT


def _cut_in_the_middle(line: str, limit: int) -> str:
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    return line[: limit - 1 - tail] + CUT + line[len(line) - tail :]


def _first_difference(lines: Sequence[str]) -> int:
    """Returns where lines begin to differ."""
    return next((at for at, places in enumerate(zip(*lines, strict=False)) if len(set(places)) > 1), 0)


def _cut_around(line: str, at: int, limit: int) -> str:
    """Returns the line's beginning, and what stands around place `at`."""
    head = limit // 3
    start = max(head, min(at - 2, len(line) - (limit - head - 1)))
    rest = limit - head - 1
    piece = line[start : start + rest]
    return line[:head] + CUT + (piece if start + rest >= len(line) else piece[:-1] + CUT)


def _look(line: str) -> str:
    """Returns a line in the form that all lines have which look the same: é is one character or two."""
    return unicodedata.normalize("NFC", line)


def _groups(lines: Mapping[str, str]) -> Iterator[list[str]]:
    """Yields the texts whose lines look the same, several each, and those whose line is empty."""
    found: dict[str, list[str]] = {}
    for text, line in lines.items():
        found.setdefault(_look(line), []).append(text)
    yield from (alike for look, alike in found.items() if len(alike) > 1 or not look)


def _numbered(line: str, taken: Collection[str], limit: int) -> str:
    for number in count(2 if line else 1):
        mark = f" ({number})" if line else f"({number})"
        found = _cut_in_the_middle(line, limit - len(mark)) + mark
        if _look(found) not in taken:
            return found
    raise AssertionError("counting ends never")
