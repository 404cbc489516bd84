"""Policies that hang on to the machine, or break what they run in. They import nothing of the project."""

import json
import os
import random
import signal
import subprocess
import sys
import time

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


class EndsItsParent(Calm):
    def misbehave(self):
        os.kill(os.getppid(), signal.SIGKILL)


class ClosesAll(Calm):
    def misbehave(self):
        os.closerange(3, 256)
        time.sleep(60)


class Shrinks(Calm):
    """Cuts off whatever memory it can find."""

    def misbehave(self):
        for fd in range(3, 64):
            try:
                os.ftruncate(fd, 0)
            except OSError:
                pass


class LeavesAChild(Calm):
    """Dies, and leaves a child that holds all that it had open."""

    def misbehave(self):
        if os.fork():
            os._exit(5)
        time.sleep(60)


class Family(Calm):
    """Starts processes that leave their group, their parent and their environment; says which they are."""

    def __init__(self, file):
        clean = {"PATH": os.environ["PATH"]}
        told = open(file, "a")
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                print(os.getpid(), file=told, flush=True)
                time.sleep(600)
            os._exit(0)
        child = subprocess.Popen(["sleep", "600"], start_new_session=True, env=clean)
        shell = "sleep 600 & echo $!"
        orphan = subprocess.run(["sh", "-c", shell], stdout=told, env=clean, start_new_session=True)
        print(child.pid, file=told, flush=True)


class FirstDies(Calm):
    """Is killed from outside, as it seems, the first time that it misbehaves at all."""

    def __init__(self, file):
        self._file = file

    def misbehave(self):
        if not os.path.exists(self._file):
            open(self._file, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)


class Remembers(Calm):
    """Fails, remembers that it did wherever it can, and does better the second time."""

    def misbehave(self):
        file = os.path.join(os.environ["TMPDIR"], "failed")
        if not (os.path.exists(file) or hasattr(sys, "failed")):
            sys.failed = True
            open(file, "w").close()
            raise ValueError("not yet")


class Places(Calm):
    """Says where it found modules that a folder of its own shadows."""

    def reset(self, seed, task):
        super().reset(seed, task)
        print(json.dumps([random.__file__, json.__file__, np.__file__]))
