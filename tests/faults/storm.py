"""Kill storms: runs whose processes are killed or stopped at random moments, beside the undisturbed run.

A run is begun as a user begins it. Again and again one of its processes (main, a worker, a policy's) is
killed, or stopped for a while and let go on; a run whose main process was killed is begun again by the same
command. In the end its journal must hold the very records of the run that nobody disturbed, times aside.

Run: ``python tests/faults/storm.py --runs 30 --kills 300 [--seed 0] [--out storm.csv]``
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

REPEATS = 160
LIMIT_S = 600

POLICY = """\
import numpy as np

class Policy:
    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return self.rng.normal([0.0, 0.008], 0.006)
"""
BATCHED = """\
import numpy as np

class Policy:
    def __init__(self):
        self.rng = {}

    def reset(self, lane, seed, task):
        self.rng[lane] = np.random.default_rng(seed)

    def act(self, observations):
        actions = np.zeros((8, 2))
        for lane, rng in self.rng.items():
            actions[lane] = rng.normal([0.0, 0.008], 0.006)
        return actions
"""
SOURCES = {"single": POLICY, "batched": BATCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One stormy run.

    Attributes:
        number: Which.
        form: Of the policy: ``single`` or ``batched``.
        place: Where it ran: ``process`` or ``inline``.
        workers: Worker processes.
        lanes: Environments side by side in each.
        kills: Processes killed.
        stops: Processes stopped and let go on.
        starts: Times that the command was given.
        same: Whether the journal is that of the undisturbed run.
    """

    number: int
    form: str
    place: str
    workers: int
    lanes: int
    kills: int
    stops: int
    starts: int
    same: bool


def records(folder: Path) -> list[str]:
    """Returns the digests of a run's records, in file order."""
    journal = folder / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return [str(json.loads(line)["digest"]) for line in lines]


def command(home: Path, place: str, workers: int, lanes: int, out: Path) -> list[str]:
    """Returns the command of a run."""
    policy = str(home) if place == "process" else "policy:Policy"
    how = ["--task", "d3il/avoiding-v3", "--split", "test", "--contexts", "1", "--repeats", str(REPEATS)]
    where = ["--place", place, "--workers", str(workers), "--lanes", str(lanes), "--out", str(out)]
    ilbench = str(Path(sys.executable).with_name("ilbench"))
    return [ilbench, "run", policy, *how, *where, "--nonce", "storm", "--timeout", "20"]


def family(root: int) -> list[int]:
    """Returns a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def strike(pid: int, rng: random.Random, *, may_kill: bool) -> str:
    """Kills a process, or stops it for a moment; returns what was done."""
    try:
        if may_kill and rng.random() < 0.8:
            os.kill(pid, signal.SIGKILL)
            return "kill"
        os.kill(pid, signal.SIGSTOP)
        time.sleep(rng.uniform(0.05, 0.5))
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return "missed"
    return "stop"


def storm(number: int, rng: random.Random, num_kills: int, expected: dict[str, list[str]]) -> Storm:
    """Returns what came of one run in which so many processes were killed."""
    form, place = rng.choice(("single", "batched")), rng.choice(("process", "inline"))
    workers, lanes = rng.choice((1, 2, 3)), rng.choice((1, 2, 8))
    done = {"kill": 0, "stop": 0, "missed": 0}
    starts, deadline = 0, time.monotonic() + LIMIT_S
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        home, out = Path(folder) / "mine", Path(folder) / "run"
        _write_policy(home, form)
        while time.monotonic() < deadline:
            starts += 1
            process = _begin(command(home, place, workers, lanes, out), home)
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(rng.uniform(0.0, 0.8))
                victim = rng.choice(family(process.pid))
                # A main process that is killed again and again while it starts would never get on.
                if victim != process.pid or rng.random() < 0.3:
                    done[strike(victim, rng, may_kill=done["kill"] < num_kills)] += 1
                if done["kill"] >= num_kills:
                    process.wait(LIMIT_S)
            if process.returncode == 0:
                break
        return Storm(
            number=number,
            form=form,
            place=place,
            workers=workers,
            lanes=lanes,
            kills=done["kill"],
            stops=done["stop"],
            starts=starts,
            same=records(out) == expected[form],
        )


def undisturbed(form: str) -> list[str]:
    """Returns the records of the run that nobody disturbs."""
    with tempfile.TemporaryDirectory(prefix="calm-") as folder:
        home, out = Path(folder) / "mine", Path(folder) / "run"
        _write_policy(home, form)
        code = _begin(command(home, "process", 1, 1, out), home).wait(LIMIT_S)
        found = records(out)
    if code or len(found) != REPEATS:
        raise SystemExit(f"the undisturbed run of the {form} policy failed: exit code {code}")
    return found


def main() -> int:
    """Prints a line a run, and returns 1 if a journal differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20, help="in all runs together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    asked = parser.parse_args()
    expected = {form: undisturbed(form) for form in SOURCES}
    storms = []
    for number in range(asked.runs):
        one = storm(number, random.Random(f"{asked.seed}-{number}"), -(-asked.kills // asked.runs), expected)
        storms.append(one)
        print(one, flush=True)
    if asked.out:
        with asked.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([field.name for field in fields(Storm)])
            writer.writerows(map(astuple, storms))
    kills, same = sum(one.kills for one in storms), sum(one.same for one in storms)
    print(f"{kills} kills over {len(storms)} runs: {same} of {len(storms)} journals identical")
    return int(same < len(storms))


def _write_policy(home: Path, form: str) -> None:
    home.mkdir()
    (home / "policy.py").write_text(SOURCES[form], encoding="utf-8")
    (home / "submission.toml").write_text('name = "walker"\nentry = "policy:Policy"\n', encoding="utf-8")


def _begin(words: list[str], home: Path) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, cwd=home, stdin=quiet, stdout=quiet, stderr=quiet)


if __name__ == "__main__":
    sys.exit(main())
