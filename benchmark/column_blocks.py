"""Which columns of a table stand side by side where not all of them have room; lengths are in any unit."""

from __future__ import annotations

from collections.abc import Sequence


def blocks(
    widths: Sequence[float], room: float, *, kept: int = 1, gutter: float = 2
) -> tuple[tuple[int, ...], ...]:
    """Returns the columns of each block, by index, in their order: as few blocks as that order allows.

    Every block begins with the columns that say what a line is about. A column that has no room beside them
    has a block of its own, which is wider than `room`.

    >>> blocks([10, 20, 20, 20], 54)
    ((0, 1, 2), (0, 3))

    Args:
        widths: Of each column.
        room: What a block may take.
        kept: How many leading columns every block begins with.
        gutter: Between two columns.
    """
    names = tuple(range(min(kept, len(widths))))
    found: list[tuple[int, ...]] = []
    block = names
    for index in range(len(names), len(widths)):
        if len(block) > len(names) and width_of([widths[i] for i in (*block, index)], gutter) > room:
            found.append(block)
            block = names
        block = (*block, index)
    return (*found, block)


def width_of(widths: Sequence[float], gutter: float = 2) -> float:
    """Returns what columns take together, with the gutters between them."""
    return sum(widths) + gutter * max(0, len(widths) - 1)


def shared_room(least: Sequence[int], whole: Sequence[int], room: int) -> tuple[int, ...]:
    """Returns the widths of columns that may be narrower than their text, so that together they fill `room`.

    None is narrower than its least width, be there room or not, and none wider than its whole.

    >>> shared_room([10, 10], [12, 90], 60)
    (12, 48)

    Args:
        least: Widths below which a column is not legible, none above its whole.
        whole: Widths at which every text has one line.
        room: What they may take together, without gutters.
    """
    widths = list(least)
    left = room - sum(widths)
    while left > 0 and (open_ones := [i for i, width in enumerate(widths) if width < whole[i]]):
        share = max(1, left // len(open_ones))
        for i in open_ones:
            taken = min(share, whole[i] - widths[i], left)
            widths[i] += taken
            left -= taken
    return tuple(widths)
