"""Policies that hang on to the machine, or break what they run in. They import nothing of the project."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np


class Calm:
    """Seeded random steps, forward on average; one of three does something at its third step."""

    def reset(self, seed, task):
        self._rng = np.random.default_rng(seed)
        self._bad, self._steps = seed % 3 == 0, 0

    def act(self, observation):
        self._steps += 1
        if self._bad and self._steps == 3:
            self.misbehave()
        return self._rng.normal([0.0, 0.008], 0.006)

    def misbehave(self):
        pass


class Lost(Calm):
    """Is gone before it is there."""

    def __init__(self):
        os.kill(os.getpid(), signal.SIGKILL)


class Slow(Calm):
    def __init__(self):
        time.sleep(60)


class Leaves(Calm):
    def misbehave(self):
        os._exit(3)


class KillsItself(Calm):
    def misbehave(self):
        os.kill(os.getpid(), signal.SIGKILL)


class EndsItsParent(Calm):
    def misbehave(self):
        os.kill(os.getppid(), signal.SIGKILL)


class ClosesAll(Calm):
    def misbehave(self):
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        time.sleep(60)


class Shrinks(Calm):
    """Cuts off whatever memory it can find."""

    def misbehave(self):
        for fd in (int(path.name) for path in Path("/dev/fd").iterdir()):
            if fd > 2:
                with suppress(OSError):
                    os.ftruncate(fd, 0)


class LeavesAChild(Calm):
    """Dies, and leaves a child that holds all that it had open."""

    def misbehave(self):
        if os.fork():
            os._exit(5)
        time.sleep(60)


class Family(Calm):
    """Starts processes that leave their group, their parent and their environment; says which they are."""

    def __init__(self, file, orphan=False):
        clean = {"PATH": os.environ["PATH"]}
        with Path(file).open("a") as told:
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    print(os.getpid(), file=told, flush=True)
                    time.sleep(600)
                os._exit(0)
            child = subprocess.Popen(["sleep", "600"], start_new_session=True, env=clean)
            print(child.pid, file=told, flush=True)
            if orphan:
                shell = ["sh", "-c", "sleep 600 & echo $!"]
                subprocess.run(shell, stdout=told, env=clean, start_new_session=True)


class FirstDies(Calm):
    """Is killed from outside, as it seems, the first time that it misbehaves at all."""

    def __init__(self, file):
        self._file = Path(file)

    def misbehave(self):
        if not self._file.exists():
            self._file.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Remembers(Calm):
    """Fails, remembers that it did wherever it can, and does better the second time."""

    def misbehave(self):
        file = Path(os.environ["TMPDIR"], "failed")
        if not (file.exists() or hasattr(sys, "failed")):
            sys.failed = True
            file.touch()
            raise ValueError("not yet")


class Greedy(Calm):
    def misbehave(self):
        taken = b"x" * (300 << 20)
        time.sleep(2)
        return taken
