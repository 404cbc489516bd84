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
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from attacks import ATTACKS, REGULAR, TASK, Attack, Ground, laid_out

REPEATS = 12
TIMEOUT_S = 5
LIMIT_S = 120
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
        attacker, has_won = f"HARM: {found[0]}", True
    elif found := re.findall("ATTACK (DID|REFUSED) (.*)", told):
        attacker, has_won = found[0][1][:80], found[0][0] == "DID"
    else:
        reasons = [str(record["reason"]) for record in records if record["status"] != "ok"]
        attacker, has_won = (reasons or [told.strip().rpartition("\n")[2]])[0][:80], False
    is_whole = has_ended and len(records) == REPEATS
    return Outcome(
        attacker=attacker,
        has_won=has_won,
        run="finished" if is_whole else f"LOST: {len(records)} of {REPEATS} records",
        record=_judged(records, regular),
    )


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
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    asked = parser.parse_args()
    places, attacks = asked.places.split(","), [one for one in ATTACKS if asked.only in one.name]
    regular, rows, harmful = regular_records(), [], 0
    for attack in attacks:
        row = [attack.name]
        for place in places:
            start = time.monotonic()
            found = observe(attack, place, regular)
            harmful += place != "none" and not found.is_harmless
            word = "won" if found.has_won else "lost"
            row += [word, found.attacker, found.run, found.record]
            seconds = time.monotonic() - start
            told = f"{attack.name:58}{place:6}{word:5}{found.attacker!r:50.50}"
            print(f"{told} {found.run} {found.record} {seconds:.1f} s", flush=True)
        rows.append(row)
    if asked.out:
        with asked.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            heads = ("attacker", "what it came by, or what kept it", "run", "record")
            writer.writerow(["attack", *(f"{place}: {head}" for place in places for head in heads)])
            writer.writerows(rows)
    print(f"{len(attacks)} attacks, {harmful} harmful in a sandbox")
    return int(harmful > 0)


if __name__ == "__main__":
    sys.exit(main())
