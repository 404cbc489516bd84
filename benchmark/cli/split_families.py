"""Families of splits: graded shifts of one kind said once, whatever their severities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ilbench.contract.task import Split

_SENTENCE = re.compile(r"(?<=[.!?])(?<!et al\.)\s+(?=[^a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFamily:
    """Splits that differ in their severity alone, or one that has none.

    Attributes:
        name: The split's name; of several, with their severities: ``shift/wind-1 to 5``.
        num_contexts: Contexts of each; where these differ, of each in turn.
        description: What is drawn; where the severities differ in a word, all of these words in turn.
    """

    name: str
    num_contexts: str
    description: str


def split_families(splits: Iterable[Split]) -> tuple[SplitFamily, ...]:
    """Returns the splits in their order, graded ones of a family together."""
    found: dict[tuple[str, bool], list[Split]] = {}
    for split in splits:
        family = split.name.removesuffix(f"-{split.severity}") if split.severity else split.name
        found.setdefault((family, split.severity is not None), []).append(split)
    return tuple(_family(name, members) for (name, _), members in found.items())


def first_sentence(text: str) -> str:
    """Returns a text up to the end of its first sentence.

    >>> first_sentence("After Jia et al. 2024. The rest.")
    'After Jia et al. 2024.'
    """
    return _SENTENCE.split(text, maxsplit=1)[0]


def merged(texts: Sequence[str]) -> str:
    """Returns texts that differ in single words as one, with those words in turn; others one after the other.

    >>> merged(["A wind of 1 N.", "A wind of 2 N."])
    'A wind of 1, 2 N.'
    """
    different = list(dict.fromkeys(texts))
    words = [text.split() for text in different]
    if len({len(line) for line in words}) > 1:
        return " ".join(different)
    return " ".join(_in_turn(places) for places in zip(*words, strict=True))


def _in_turn(words: Sequence[str]) -> str:
    different = list(dict.fromkeys(words))
    if len(different) == 1:
        return words[0]
    # A mark after each of them stands once, after the last.
    mark = different[0][-1] if different[0][-1] in ",.;:" and len({w[-1] for w in different}) == 1 else ""
    return ", ".join(word.removesuffix(mark) for word in different) + mark


def _family(name: str, members: Sequence[Split]) -> SplitFamily:
    return SplitFamily(
        name=members[0].name
        if len(members) == 1
        else f"{name}-{members[0].severity} to {members[-1].severity}",
        num_contexts=merged([str(split.num_contexts) for split in members]),
        description=merged([split.description for split in members]),
    )
