"""What a bundle says that follows from its records: scores, card and manifest, made again and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ilbench.contract.task import Task
from ilbench.errors import ILBenchError
from ilbench.leaderboard.card import make_card, scores_text
from ilbench.leaderboard.checking.problem import Problem, problem
from ilbench.runs.bundle import CARD, MANIFEST, REMEDY, SCORES, Manifest
from ilbench.runs.digested_json import DIGEST, read_json_object
from ilbench.runs.folder import HEADER, Run
from ilbench.runs.records_digest import records_digest

TOLERANCE = 1e-5
"""Of a number in ``scores.json``, which has six digits: machines differ in the last bits."""


def check_made(run: Run, manifest: Manifest, tasks: Mapping[str, Task]) -> Iterator[Problem]:
    """Yields what does not follow from a bundle's records, which are sound by themselves.

    Args:
        run: The bundle's run.
        manifest: Its manifest.
        tasks: The tasks, by id.
    """
    records = records_digest(run)
    header = read_json_object(run.path / HEADER)[DIGEST]
    said = {"records": manifest.records, "num_records": manifest.num_records, "header": manifest.header}
    true = {"records": records.digest, "num_records": records.num_records, "header": header}
    for name, value in true.items():
        if said[name] != value:
            yield problem(MANIFEST, name, said[name], value, REMEDY)
    try:
        made = json.loads(scores_text(run, tasks))
    except ILBenchError as error:
        yield problem(SCORES, "", str(error), "records that can be scored", REMEDY)
        return
    try:
        written = read_json_object(run.path / SCORES)
    except ILBenchError as error:
        yield problem(SCORES, "", str(error), "the scores as JSON", REMEDY)
    else:
        yield from _differences(written, made, "")
    card = (run.path / CARD).read_bytes().decode(errors="replace")
    if card != make_card(run, tasks, manifest):
        yield problem(CARD, "", "another text", "the card that follows from the run", REMEDY)


def _differences(found: Any, expected: Any, where: str) -> Iterator[Problem]:
    """Yields each value that is not as it was recomputed, with its place."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in expected.keys() | found.keys():
            inner = f"{where}.{name}" if where else name
            yield from _differences(found.get(name), expected.get(name), inner)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from _differences(one, other, f"{where}.{number}")
    elif not _is_same(found, expected):
        yield problem(SCORES, where, found, f"{expected!r}, recomputed from the records", REMEDY)


def _is_same(found: Any, expected: Any) -> bool:
    numbers = [one for one in (found, expected) if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) == 2:
        return bool(abs(found - expected) <= TOLERANCE * max(1.0, abs(expected)))
    return type(found) is type(expected) and found == expected
