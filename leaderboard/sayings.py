"""Sayings: what a submission says of itself, as text of strangers that every format shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from ilbench.plain_text import one_line

SAYINGS: Mapping[str, str] = {
    "authors": "authors",
    "license": "license",
    "observation": "observation",
    "training_data": "training data",
    "code": "code",
}
"""The keys of ``submission.toml`` that a board shows, and what each is called there."""

CHARACTERS = 500
SCHEMES = ("http", "https")


def sayings_of(details: Mapping[str, str]) -> dict[str, str]:
    """Returns what a submission says of itself, a line each, in the order of `SAYINGS`; no empty ones."""
    lines = {name: one_line(details.get(name, ""), CHARACTERS) for name in SAYINGS}
    return {name: line for name, line in lines.items() if line}


def pooled(all_details: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Returns what several runs of one submission say: each different thing once."""
    found: dict[str, list[str]] = {}
    for details in all_details:
        for name, line in sayings_of(details).items():
            if line not in found.setdefault(name, []):
                found[name].append(line)
    return {name: one_line("; ".join(found[name]), CHARACTERS) for name in SAYINGS if name in found}


def web_address(text: str) -> str | None:
    """Returns a text that is an address of the web, as it may stand in a link; None for any other.

    >>> web_address("https://example.org/policy"), web_address("javascript:alert(1)")
    ('https://example.org/policy', None)
    """
    if any(
        character.isspace() or not character.isprintable() or character in "<>\"'`\\" for character in text
    ):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in SCHEMES and parts.hostname else None
