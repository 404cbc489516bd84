"""Plays attacks of a stranger's policy, in a bare process and in the sandbox: a table attack × place.

For each: what the attacker came by, whether the run has every episode, and whether its records are true:
those of innocent episodes are those of the regular policy, those of the guilty ones too, or say a fault of
the policy's. In the sandbox no attack may come by anything, change anything outside, or stop the run.

Run: ``python tests/faults/run_attacks.py [--only NAME] [--places none,bwrap] [--out attacks.csv]``
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from attacks import ATTACKS, REGULAR, TASK, Attack, Ground, laid_out

REPEATS = 12
TIMEOUT_S = 12
LIMIT_S = 240
CHARACTERS = 48
"""Of what an attacker tells, or is told."""
GUILTY_EVERY = 5
NONCE = "secret-00112233445566ab"
"""Of the run: who reads it in the header can tell every episode by its seed."""

PLAY = f"""
import sys, ilbench
sandbox, out = sys.argv[1:3]
ilbench.run("./mine", task="{TASK}", split="test", contexts=1, repeats={REPEATS}, nonce="{NONCE}", out=out,
            lanes=4, workers=1, timeout={TIMEOUT_S}, place="process", sandbox=sandbox)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one attack in one place.

    Attributes:
        attacker: What it came by, or what kept it from it.
        has_won: Whether it came by anything that is not its own.
        run: ``finished``, or what became of it.
        record: ``true``, or how many records are not.
    """

    attacker: str
    has_won: bool
    run: str
    record: str

    @property
    def line(self) -> str:
        """The outcome in a line of a table."""
        word = "won" if self.has_won else "lost"
        return f"{word:5}{self.attacker:{CHARACTERS + 2}}{self.run:10}{self.record}"

    @property
    def is_harmless(self) -> bool:
        """Whether nothing leaked, nothing was lost, and nothing is false."""
        return not self.has_won and self.run == "finished" and self.record == "true"


def play(attack: Attack, sandbox: str, folder: Path) -> tuple[Ground, list[dict[str, object]], bool, str]:
    """Returns what was laid out, the records of a run of the attacker, whether it ended, what was told."""
    with laid_out(folder) as ground:
        attack.write(folder / "mine", ground.targets)
        home = str(folder / "home")
        env = {**os.environ, "HOME": home, "ILBENCH_HOME": str(folder / "cache"), "SECRET": ground.secret}
        log = folder / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", PLAY, sandbox, str(folder / "run")],
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
            has_ended = _ended(process) == 0
        told = log.read_text(encoding="utf-8", errors="replace")
        return ground, _records(folder / "run" / "journal.jsonl"), has_ended, told + _traces(ground)


def observe(attack: Attack, sandbox: str, regular: dict[int, str]) -> Outcome:
    """Returns what came of an attack in a place, beside the records of the regular policy."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        ground, records, has_ended, told = play(attack, sandbox, Path(folder))
    if ground.secret in told or NONCE in told:
        attacker, has_won = "LEAK: it has told the secret", True
    elif found := re.findall("TRACE (.*)", told):
        attacker, has_won = f"HARM: {found[0]}"[:CHARACTERS], True
    elif found := re.findall("ATTACK (DID|REFUSED) (.*)", told):
        attacker = found[0][1][:CHARACTERS]
        has_won = found[0][0] == "DID" and not attacker.startswith("TRIED")  # of which a trace would tell
    else:
        reasons = [str(record["reason"]) for record in records if record["status"] != "ok"]
        attacker, has_won = (reasons or [told.strip().rpartition("\n")[2]])[0][:CHARACTERS], False
    is_whole = has_ended and len(records) == REPEATS
    return Outcome(
        attacker=attacker,
        has_won=has_won,
        run="finished" if is_whole else _lost(len(records)),
        record=_judged(records, regular),
    )


def _lost(num_records: int) -> str:
    """Returns what became of a run that is not whole."""
    what = f"{num_records} of {REPEATS} records" if num_records < REPEATS else "it ended in an error"
    return f"LOST: {what}"


def _judged(records: list[dict[str, object]], regular: dict[int, str]) -> str:
    """Returns ``true`` if every record is the regular one, or a guilty episode's fault."""
    wrong = 0
    for record in records:
        is_guilty = record["policy_seed"] % GUILTY_EVERY == 0  # type: ignore[operator]
        is_fault = record["status"] in ("policy_error", "invalid_action", "timeout")
        is_regular = record["digest"] == regular[record["repeat"]]  # type: ignore[index]
        wrong += not (is_regular or (is_guilty and is_fault))
    return f"FALSE: {wrong} records" if wrong else "true"


def _records(journal: Path) -> list[dict[str, object]]:
    """Returns the records in a journal, lines of others left out."""
    if not journal.exists():
        return []
    lines = journal.read_text(encoding="utf-8", errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def _traces(ground: Ground) -> str:
    """Returns what an attack has left, a line each; what it left running is ended."""
    left = [pid for pid in _processes(str(ground.targets["offspring"])) if pid != os.getpid()]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    traces = ground.traces() + (["a process outlived the run"] if left else [])
    return "".join(f"\nTRACE {trace}" for trace in traces)


def _processes(word: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if word.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    """Returns the exit code of a process; None if it had to be killed."""
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def regular_records() -> dict[int, str]:
    """Returns the digest of each record of a policy that attacks nothing, by repeat."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        _, records, has_ended, told = play(REGULAR, "none", Path(folder))
    if not has_ended or len(records) != REPEATS:
        raise SystemExit(f"the regular policy could not be played: {told[-500:]}")
    return {record["repeat"]: str(record["digest"]) for record in records}  # type: ignore[misc]


def main() -> int:
    """Prints the table, and returns 1 if an attack did harm in the sandbox."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="only attacks whose name has this text")
    parser.add_argument("--places", default="none,bwrap")
    parser.add_argument("--out", type=Path, help="CSV file for the table; what is in it is not played again")
    asked = parser.parse_args()
    places, attacks = asked.places.split(","), [one for one in ATTACKS if asked.only in one.name]
    done = _read(asked.out)
    missing = [pair for pair in product(attacks, places) if (pair[0].name, pair[1]) not in done]
    regular = regular_records() if missing else {}
    for attack, place in missing:
        done[attack.name, place] = observe(attack, place, regular)
        print(f"{attack.name:58}{place:6}{done[attack.name, place].line}", flush=True)
        _write(asked.out, done)
    asked_for = [done[attack.name, place] for attack, place in product(attacks, places) if place != "none"]
    harmful = sum(not one.is_harmless for one in asked_for)
    print(f"{len(attacks)} attacks, {harmful} harmful in a sandbox")
    return int(harmful > 0)


def _read(file: Path | None) -> dict[tuple[str, str], Outcome]:
    """Returns what a table says, by attack and place."""
    if file is None or not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as rows:
        return {
            (row["attack"], row["place"]): Outcome(
                has_won=row["won"] == "yes", attacker=row["attacker"], run=row["run"], record=row["record"]
            )
            for row in csv.DictReader(rows)
        }


def _write(file: Path | None, done: dict[tuple[str, str], Outcome]) -> None:
    """Writes the table, in the order of the attacks."""
    if file is None:
        return
    order = {attack.name: number for number, attack in enumerate(ATTACKS)}
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["attack", "place", "won", "attacker", "run", "record"])
        for name, place in sorted(done, key=lambda key: (order[key[0]], key[1] != "none")):
            found = done[name, place]
            won = "yes" if found.has_won else "no"
            writer.writerow([name, place, won, found.attacker, found.run, found.record])


if __name__ == "__main__":
    sys.exit(main())
