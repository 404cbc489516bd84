"""Slugs: names of others as parts of a path or an identifier that anybody's tool takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def slug(text: str, limit: int = 60) -> str:
    """Returns a text as lower-case ASCII letters, digits and single dashes, one character at least.

    What is lost on the way, or cut, is replaced by a digest of the whole, so that two texts differ still.

    >>> slug("Straight ahead"), slug("50 %")
    ('straight-ahead', '50-97945fd39c62')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = "-".join(re.findall("[a-z0-9]+", plain))
    if found.replace("-", " ") == text.lower().replace("-", " ") and 0 < len(found) <= limit:
        return found
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:12]
    head = found[: limit - 13].strip("-")
    return f"{head}-{digest}" if head else digest
