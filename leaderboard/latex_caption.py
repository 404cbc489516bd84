"""What a LaTeX table says above itself: protocol, n, training seeds, how intervals are made, what is bold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.tables import Table
from ilbench.scores import Estimate

_MANY_METHODS = 3


def caption(board: Leaderboard, table: Table) -> str:
    """Returns title and subtitle of a table, then what its numbers rest on."""
    cells = [cell for column in table.columns for cell in column.cells]
    estimates = [cell.estimate for cell in cells if cell.estimate is not None]
    sentences = [f"{table.title.rstrip('.')}.", table.subtitle, f"Protocol {' and '.join(board.protocols)}."]
    if estimates:
        sentences += _on_estimates(estimates)
    if any(cell.is_best for cell in cells):
        sentences.append("Bold: not told apart from the best, where others are.")
    return " ".join(sentence for sentence in sentences if sentence)


def _on_estimates(estimates: Sequence[Estimate]) -> Iterator[str]:
    designs = sorted({str(one.design) for one in estimates if one.design is not None})
    if designs:
        each = f" = {designs[0]}" if len(designs) == 1 else ""
        yield f"n{each}: contexts × repeats × training seeds."
        yield _seeds_text({one.design.training_seeds for one in estimates if one.design is not None})
    methods = sorted({one.method for one in estimates})
    named = f" ({', '.join(methods)})" if len(methods) <= _MANY_METHODS else ""
    yield f"Intervals: 95 %{named}; {_speaks_of({one.speaks_of for one in estimates})}."


def _seeds_text(numbers: set[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"Training seeds: {least}." if least == most else f"Training seeds: {least} to {most}."


def _speaks_of(whose: set[str]) -> str:
    if whose == {"method"}:
        return "they speak of methods, trained anew"
    if whose == {"policy"}:
        return "they speak of these policies, not of new training seeds"
    return "with one training seed they speak of that policy, with several of the method"
