"""Kills a small run at every system call that writes, resumes it, and compares it with an undisturbed one.

``make faults`` runs it. It needs Linux and strace, which sends the signal when the call is entered: neither
that call nor any after it happens. Every run is played by a child of this process, by the same code that
``ilbench run`` calls, so a kill and a resumption take a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import ilbench
from ilbench.runs.nonce import PUBLISHED_NONCE

CALLS = (
    "openat", "write", "pwrite64", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "rmdir",
    "truncate", "ftruncate", "fsync", "fdatasync", "flock",
)  # fmt: skip
WRITES = re.compile(r"^(?!openat\()|O_(WRONLY|RDWR|CREAT)")
"""Of a line that strace writes: whether the call changes something."""
SCENES = ("begun", "resumed", "resumed after an error", "overwritten")
KEPT = {"run.json", "journal.jsonl", "attempts.jsonl"}
NUM_EPISODES = 4


class First:
    """A policy that moves straight on."""

    speed = 0.01

    def reset(self, seed: int, task: str) -> None:
        """Begins an episode."""

    def act(self, observation: object) -> list[float]:
        """Returns the next action."""
        return [0.0, self.speed]


class Second(First):
    """Another state of the same policy."""

    speed = 0.012


class StopError(Exception):
    """Ends a run half-way."""


class Kill(NamedTuple):
    """Where a process is killed: entering the call of that name for the so-manieth time."""

    call: str
    number: int


def play(policy: type[First], *, stop: int = 0, out: str = "run") -> None:
    """Plays into the folder `out`, and stops after so many episodes."""

    def tell(progress: ilbench.RunProgress) -> None:
        if stop and progress.done == stop:
            raise StopError

    ilbench.run(
        policy,
        task="d3il/avoiding-v3",
        split="test",
        contexts=1,
        repeats=NUM_EPISODES,
        out=out,
        name="mine",
        nonce=PUBLISHED_NONCE,
        overwrite=policy is Second,
        progress=tell,
    )


def play_in_child(folder: Path, policy: type[First], *, stop: int = 0, trace: Sequence[str] = ()) -> int:
    """Returns how a child that played in `folder` ended, as `os.waitstatus_to_exitcode` says."""
    pid = os.fork()
    if not pid:
        _play_and_exit(folder, policy, stop, is_traced=bool(trace))
    tracer = trace and subprocess.Popen(["strace", "-qq", "-y", *trace, "-p", str(pid)])
    try:
        _, status = os.waitpid(pid, 0)
    finally:
        if tracer:
            tracer.wait(30)
    return os.waitstatus_to_exitcode(status)


def _play_and_exit(folder: Path, policy: type[First], stop: int, *, is_traced: bool) -> None:
    signal.alarm(60)
    try:
        os.chdir(folder)
        while is_traced and "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
            time.sleep(0.001)
        play(policy, stop=stop)
    except StopError:
        os._exit(3)
    except BaseException:
        traceback.print_exc()
        os._exit(4)
    os._exit(0)


def prepare(folder: Path, scene: str) -> type[First]:
    """Makes what is there before the scene's process begins, and returns what it plays."""
    if scene.startswith("resumed"):
        play_in_child(folder, First, stop=NUM_EPISODES // 2)
    if scene == "resumed after an error":
        fail_first_episode(folder / "run/journal.jsonl")
    if scene == "overwritten":
        play_in_child(folder, First)
        return Second
    return First


def fail_first_episode(journal: Path) -> None:
    """Makes the first record of a journal that of an error of the environment."""
    from ilbench.runs.journal import read_journal, to_line

    first, *others = read_journal(journal)
    changes = {"status": "env_error", "reason": "made up", "success": None}
    journal.write_text("".join(map(to_line, [first.model_copy(update=changes), *others])))


def find_kills(folder: Path, policy: type[First]) -> list[Kill]:
    """Returns every call that changes something in an undisturbed run, which is then played."""
    log = folder.parent / "calls"
    code = play_in_child(folder, policy, trace=["-e", "trace=" + ",".join(CALLS), "-o", str(log)])
    if code:
        raise RuntimeError(f"the undisturbed run ended with {code}")
    seen: Counter[str] = Counter()
    kills = []
    for line in log.read_text().splitlines():
        name = line.partition("(")[0]
        seen[name] += 1
        if name in CALLS and WRITES.search(line):
            kills.append(Kill(name, seen[name]))
    return kills


def outcome(folder: Path) -> object:
    """Returns what two equal runs have in common: the journal but for its times, the names of files."""
    lines = [json.loads(line) for line in (folder / "run/journal.jsonl").read_bytes().splitlines()]
    kept = [{name: value for name, value in line.items() if name != "times"} for line in lines]
    return kept, {path.name for path in (folder / "run").iterdir()}, {path.name for path in folder.iterdir()}


def check_scene(base: Path, scene: str) -> tuple[int, list[str]]:
    """Returns the number of kills of a scene, and what went wrong after which."""
    whole = base / "whole"
    whole.mkdir()
    kills = find_kills(whole, prepare(whole, scene))
    expected, wrong = outcome(whole), []
    assert isinstance(expected, tuple)
    assert expected[1] == KEPT
    for kill in kills:
        folder = Path(tempfile.mkdtemp(dir=base))
        policy = prepare(folder, scene)
        inject = f"inject={kill.call}:signal=KILL:when={kill.number}"
        code = play_in_child(
            folder,
            policy,
            trace=["-e", "trace=" + ",".join(CALLS), "-e", inject, "-o", "/dev/null"],
        )
        again = play_in_child(folder, policy)
        if code != -signal.SIGKILL:
            wrong.append(f"{scene}: {kill} was not reached, exit code {code}")
        elif again or outcome(folder) != expected:
            wrong.append(f"{scene}: {kill}: exit code {again}, left in {folder}")
            continue
        shutil.rmtree(folder)
    shutil.rmtree(whole)
    return len(kills), wrong


def main() -> None:
    """Kills at every write of every scene, prints what was found, and exits with 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", choices=SCENES, action="append", help="Only this one; all if not given.")
    chosen = parser.parse_args().scene or SCENES
    if sys.platform != "linux" or shutil.which("strace") is None:
        sys.exit("this needs Linux and strace: apt-get install strace")
    base = Path(tempfile.mkdtemp(prefix="ilbench-kills-"))
    os.environ["ILBENCH_HOME"] = str(base / "home")
    os.chdir(base)
    play(First, out="warm")  # what is imported now is not opened by the children
    failed = []
    for scene in chosen:
        folder = base / scene.replace(" ", "-")
        folder.mkdir()
        num_kills, wrong = check_scene(folder, scene)
        failed += wrong
        print(f"{scene}: {num_kills} kills, {num_kills - len(wrong)} resumed to the same run", flush=True)
    print(*failed, sep="\n")
    if not failed:
        shutil.rmtree(base)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
