"""The records of a bundle: every planned episode once, each of them one that can have happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError
from ilbench.leaderboard.checking.problem import Problem, problem, shown
from ilbench.runs.bundle import MAX_JOURNAL_BYTES, REMEDY
from ilbench.runs.folder import RunHeader
from ilbench.runs.identity import EpisodeId, policy_seed
from ilbench.runs.journal import to_line
from ilbench.runs.journal_file import journal_lines, journal_of
from ilbench.runs.plan import expand, num_planned
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.run_like import RunLike
from ilbench.scores.possible import why_impossible

PLAYED = "it was not played so: leave the run out"
AGAIN = "resume the run, and pack it again"


@dataclass(frozen=True, slots=True)
class _Found:
    """What is wrong with a journal, as it is read.

    Attributes:
        name: The journal's file name.
        records: Those that could be read, with their lines.
        problems: What is wrong.
    """

    name: str
    records: list[tuple[int, EpisodeRecord]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, where: str, found: object, expected: object, remedy: str = PLAYED) -> None:
        """Adds a problem of a line."""
        self.problems.append(problem(f"{self.name}:{line}", where, found, expected, remedy))


def check_records(
    folder: Path, header: RunHeader, tasks: Mapping[str, Task], others: Iterable[RunLike] = ()
) -> list[Problem]:
    """Returns all that is wrong with the records of a bundle.

    Args:
        folder: The bundle.
        header: Its header.
        tasks: The tasks that are known here, by id.
        others: Runs of the board: who plays the same episodes begins them alike.
    """
    journal = journal_of(folder)
    found = _Found(journal.name)
    try:
        _read(journal, num_planned(header.plan), found)
    except CorruptFileError as error:
        found.problems.append(problem(journal.name, "", str(error), "a packed journal", REMEDY))
    _check_plan(header, found)
    starts = _starts(header, others)
    for line, record in found.records:
        for where, got, expected in _wrong(record, header, tasks, starts):
            found.add(line, where, got, expected)
        if record.status == "env_error":
            found.add(line, "status", "env_error", "an episode that was played", AGAIN)
    return found.problems


def _read(journal: Path, num_episodes: int, found: _Found) -> None:
    for number, line in enumerate(journal_lines(journal, MAX_JOURNAL_BYTES), start=1):
        if number > num_episodes:
            found.add(number, "", "a line", f"{num_episodes} lines, one an episode", REMEDY)
            return
        record = _record(number, line, found)
        if record is not None:
            found.records.append((number, record))


def _record(number: int, line: bytes, found: _Found) -> EpisodeRecord | None:
    """Returns the record of a line; what is wrong with it goes to `found`."""
    try:
        content = json.loads(line)
        digest = content.pop("digest")
        record = EpisodeRecord.model_validate(content)
    except ValidationError as error:
        for one in error.errors():
            expected = one.get("ctx", {}).get("problem", one["msg"])
            found.add(number, ".".join(map(str, one["loc"])), _input(one["input"]), expected)
        return None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        found.add(number, "", shown(line[:60].decode(errors="replace")), "a record with its digest", REMEDY)
        return None
    if digest != record.digest():
        found.add(number, "digest", shown(digest), f"{record.digest()}, that of the record", REMEDY)
    elif to_line(record).encode() != line:
        found.add(number, "", "a line in another form", "the canonical form", REMEDY)
    return record


def _input(value: Any) -> str:
    return "a record" if isinstance(value, dict | EpisodeRecord) else shown(value)


def _check_plan(header: RunHeader, found: _Found) -> None:
    """Adds what is not of the plan, what is there twice, what lacks, and whether the order is the plan's."""
    planned = expand(header.plan)
    places = {episode: place for place, episode in enumerate(planned)}
    lines: dict[EpisodeId, int] = {}
    for line, record in found.records:
        if record.id not in places:
            found.add(line, "", f"the episode {record.id}", "an episode of the plan")
        elif record.id in lines:
            expected = f"each episode once, and it is in line {lines[record.id]}"
            found.add(line, "", f"the episode {record.id} again", expected)
        else:
            lines[record.id] = line
    for episode in planned:
        if episode not in lines:
            found.problems.append(
                problem(
                    found.name, "episode", f"no record of {episode}", "one of each planned episode", AGAIN
                )
            )
    order = [places[episode] for episode in lines]
    if order != sorted(order):
        found.problems.append(problem(found.name, "", "another order", "that of the plan", REMEDY))


def _wrong(
    record: EpisodeRecord,
    header: RunHeader,
    tasks: Mapping[str, Task],
    starts: Mapping[EpisodeId, str],
) -> Iterator[tuple[str, object, object]]:
    """Yields each field of a record that cannot be so: its name, what was found, what was expected."""
    identity = record.id
    seeds = {
        "env_seed": identity.seed("environment"),
        "policy_seed": policy_seed(identity, header.protocol, header.nonce),
    }
    for name, seed in seeds.items():
        if getattr(record, name) != seed:
            yield name, getattr(record, name), f"{seed}, which follows from the episode and the nonce"
    start = starts.get(identity)
    if record.length and start is not None and record.initial_digest != start:
        yield "initial_digest", record.initial_digest, f"{start}, as in other runs on the board"
    if record.task in tasks:
        yield from why_impossible(record, tasks[record.task])


def _starts(header: RunHeader, others: Iterable[RunLike]) -> dict[EpisodeId, str]:
    """Returns how episodes begin in runs of the same tasks under the same specs."""
    found: dict[EpisodeId, str] = {}
    for run in others:
        same = {task for task, spec in header.tasks.items() if run.header.tasks.get(task) == spec}
        for record in run.records if same else ():
            if record.task in same and record.initial_digest is not None:
                found.setdefault(record.id, record.initial_digest)
    return found
