"""Plain text: what others wrote (names, reasons, messages of errors), made harmless before it is shown.

What is left can be shown on a terminal and written into any file: no control characters, no line breaks, no
marks that reorder what stands beside them, and a bounded length. Markup of the place where it is shown is
that place's business, which escapes it.
"""

from __future__ import annotations

import unicodedata

LIMIT = 500
"""Characters of a text that is longer than anybody reads in one line."""
CUT = "…"
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(text: str, limit: int = LIMIT) -> str:
    """Returns a text as one printable line of at most `limit` characters; what was cut off ends in `CUT`.

    Blanks of any kind become single spaces. Control, format and unassigned characters go, a lone surrogate
    too: a terminal could obey them, and no file could hold the last.
    """
    # Cut before anything else: a text of a gigabyte is not walked to its end.
    longer = text[: 4 * limit + 1]
    kept = (c if c.isspace() or unicodedata.category(c) not in _UNPRINTABLE else "" for c in longer)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit and len(longer) == len(text) else line[: limit - 1].rstrip() + CUT
