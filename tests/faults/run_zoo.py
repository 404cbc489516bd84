"""Plays the zoo of hostile policies in every place: a table policy × place.

For each: the run was finished, every guilty episode has the verdict that the zoo names (the same in every
place), every innocent episode has the record that the regular policy has, and no process was left behind.

Run: ``python tests/faults/run_zoo.py [--only NAME] [--forms single,batched] [--lanes 1,8] [--out zoo.csv]``
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from zoo import GUILTY_EVERY, REGULAR, ZOO, Animal, Form

REPEATS = 20
TIMEOUT_S = 2
LIMIT_S = 240
MARK = "ILBENCH_ZOO"
PLACES = ("process", "inline", "here")

PLAY = f"""
import json, sys
import ilbench
where, out, lanes = sys.argv[1:4]
how = dict(task="d3il/avoiding-v3", split="test", contexts=1, repeats={REPEATS}, nonce="zoo", out=out)
if where == "here":
    sys.path.append(".")
    from policy import Policy
    ilbench.run(Policy, lanes=int(lanes), **how)
else:
    policy = "." if where == "process" else "policy:Policy"
    ilbench.run(policy, lanes=int(lanes), workers=2, place=where, timeout={TIMEOUT_S}, **how)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one policy in one place.

    Attributes:
        policy: Its name.
        form: ``single`` or ``batched``.
        place: Where it ran.
        lanes: Environments side by side.
        expected: Verdict that its guilty episodes should have.
        found: Verdicts that they have.
        reason: Of one of them.
        innocents: ``same``, or how many differ from the regular policy's.
        finished: Whether the run has every episode, and its process ended by itself.
        left: Processes that were left behind.
        seconds: How long it took.
    """

    policy: str
    form: Form
    place: str
    lanes: int
    expected: str
    found: str
    reason: str
    innocents: str
    finished: bool
    left: int
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether all is as it should be."""
        return self.finished and self.found == self.expected and self.innocents == "same" and not self.left

    @property
    def line(self) -> str:
        """The outcome in a line of a table."""
        verdict, end = "right" if self.is_right else "WRONG", "finished" if self.finished else "LOST"
        who = f"{self.policy[:34]:35}{self.form:8}{self.place:8}{self.lanes:2}"
        what = f"{self.found:16}{self.innocents:10}{end:9}{self.left:3} {self.seconds:6}"
        return f"{verdict:6}{who} {what} {self.reason[:60]!r}"


def play(
    animal: Animal, form: Form, place: str, lanes: int
) -> tuple[list[dict[str, object]], bool, int, str]:
    """Returns the records of a policy, whether its run ended by itself, processes left, its last words."""
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        home = Path(folder) / "mine"
        home.mkdir()
        (home / "policy.py").write_text(animal.source(form), encoding="utf-8")
        (home / "submission.toml").write_text('name = "animal"\nentry = "policy:Policy"\n', encoding="utf-8")
        out, mark = Path(folder) / "run", f"{MARK}={os.getpid()}-{time.monotonic_ns()}"
        env = {**os.environ, MARK: mark.partition("=")[2]}
        command = [sys.executable, "-c", PLAY, place, str(out), str(lanes)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=home,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            code = _ended(process)
        left = _left(mark)
        journal = out / "journal.jsonl"
        lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
        tail = (Path(folder) / "log").read_bytes()[-300:].decode(errors="replace")
        return [json.loads(line) for line in lines], code == 0, left, tail


def observe(animal: Animal, form: Form, place: str, lanes: int, regular: dict[int, str]) -> Outcome:
    """Returns what came of a policy in a place, beside the records of the regular one."""
    start = time.monotonic()
    records, ended, left, tail = play(animal, form, place, lanes)
    guilty = [r for r in records if r["policy_seed"] % GUILTY_EVERY == 0]  # type: ignore[operator]
    innocent = {r["repeat"]: r["digest"] for r in records if r not in guilty}
    differing = sum(regular[repeat] != digest for repeat, digest in innocent.items())  # type: ignore[index]
    verdicts = sorted({str(r["status"]) for r in guilty})
    if animal.verdict == "ok":
        differing += sum(regular[r["repeat"]] != r["digest"] for r in guilty)  # type: ignore[index]
    return Outcome(
        policy=animal.name,
        form=form,
        place=place,
        lanes=lanes,
        expected=animal.verdict,
        found=" ".join(verdicts) or "none",
        reason=str(guilty[0]["reason"] or "") if guilty else tail.strip().rpartition("\n")[2],
        innocents=f"{differing} differ" if differing else "same",
        finished=ended and len(records) == REPEATS,
        left=left,
        seconds=round(time.monotonic() - start, 1),
    )


def observe_all(
    animals: list[Animal], forms: list[Form], lanes: list[int], places: list[str]
) -> Iterator[Outcome]:
    """Yields what came of each policy in each form, place and number of lanes in which it means something."""
    regular: dict[Form, dict[int, str]] = {}
    for form in forms:
        records, ended, _, tail = play(REGULAR, form, "process", 1)
        if not ended or len(records) != REPEATS:
            raise SystemExit(f"the regular policy could not be played: {tail}")
        regular[form] = {r["repeat"]: r["digest"] for r in records}  # type: ignore[index,misc]
    for animal, form, place, number in product(animals, forms, places, lanes):
        is_meant = (
            form in animal.forms and (place != "here" or animal.here) and (place != "inline" or animal.inline)
        )
        if is_meant:
            yield observe(animal, form, place, number, regular[form])


def main() -> int:
    """Prints the table, and returns 1 if a line of it is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="only policies whose name has this text")
    parser.add_argument("--forms", default="single,batched")
    parser.add_argument("--lanes", default="8")
    parser.add_argument("--places", default=",".join(PLACES))
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    asked = parser.parse_args()
    animals = [animal for animal in (REGULAR, *ZOO) if asked.only in animal.name]
    lanes = [int(number) for number in asked.lanes.split(",")]
    outcomes = []
    for one in observe_all(animals, asked.forms.split(","), lanes, asked.places.split(",")):
        outcomes.append(one)
        print(one.line, flush=True)
    if asked.out:
        with asked.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            names = [field.name for field in fields(Outcome) if field.name not in ("reason", "seconds")]
            writer.writerow(names)
            writer.writerows([getattr(one, name) for name in names] for one in outcomes)
    wrong = sum(not one.is_right for one in outcomes)
    print(f"{len(outcomes)} plays of {len(animals)} policies, {wrong} wrong")
    return int(wrong > 0)


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    """Returns the exit code of a process; None if it had to be killed."""
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def _left(mark: str) -> int:
    """Returns how many processes of a play are still there, once they had a moment to end; ends them."""
    time.sleep(0.5)
    pids = list(_marked(mark))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def _marked(mark: str) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)
            except OSError:
                continue


if __name__ == "__main__":
    sys.exit(main())
