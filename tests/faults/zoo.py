"""A zoo of hostile policies: each is regular, but for one thing that it does in its guilty episodes.

A policy of the zoo walks at random. In an episode whose seed is a multiple of `GUILTY_EVERY` it does its own
thing at the third step (or in `reset`), and what it did must be that episode's fault alone: every other
episode has the record that the regular walker has.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import Literal, TypeAlias

GUILTY_EVERY = 5
GUILTY_STEP = 3

Form: TypeAlias = Literal["single", "batched"]
Verdict: TypeAlias = Literal["ok", "policy_error", "invalid_action", "timeout"]

SINGLE = """\
import numpy as np

{prelude}

class Policy:
    def reset(self, seed, task):
        self.rng, self.guilty, self.step = np.random.default_rng(seed), seed % {every} == 0, 0
        if self.guilty and {in_reset}:
            evil(self, None)

    def act(self, observation):
        self.step += 1
        action = self.rng.normal([0.0, 0.008], 0.006)
        if self.guilty and self.step == {step} and not {in_reset}:
            return evil(self, action)
        return action


def evil(self, action):
{deed}
    return action
"""

BATCHED = """\
import numpy as np

{prelude}

class Policy:
    def __init__(self):
        self.rng, self.guilty, self.step = {{}}, {{}}, {{}}

    def reset(self, lane, seed, task):
        self.rng[lane], self.guilty[lane] = np.random.default_rng(seed), seed % {every} == 0
        self.step[lane] = 0
        if self.guilty[lane] and {in_reset}:
            evil(self, None)

    def act(self, observations):
        actions = np.zeros((8, 2))
        for lane in self.rng:
            self.step[lane] += 1
            actions[lane] = self.rng[lane].normal([0.0, 0.008], 0.006)
        for lane, guilty in self.guilty.items():
            if guilty and self.step[lane] == {step} and not {in_reset}:
                return evil(self, actions)
        return actions


def evil(self, action):
{deed}
    return action
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """A hostile policy.

    Attributes:
        name: What it is called.
        deed: What it does, as the body of a function of the policy and the action that it would return.
        verdict: What its guilty episodes are recorded as, wherever it runs.
        prelude: Lines at the top of its module.
        in_reset: It does its deed in `reset`.
        here: It can be played in the calling process: it ends, stops or hangs nothing.
        inline: It means something in a worker too, not only in a process of its own.
        forms: The forms in which the deed makes sense.
    """

    name: str
    deed: str
    verdict: Verdict
    prelude: str = ""
    in_reset: bool = False
    here: bool = True
    inline: bool = True
    forms: tuple[Form, ...] = ("single", "batched")

    def source(self, form: Form) -> str:
        """Returns the text of its module ``policy.py``."""
        template = {"single": SINGLE, "batched": BATCHED}[form]
        return template.format(
            prelude=self.prelude,
            deed=indent(self.deed, "    "),
            every=GUILTY_EVERY,
            step=GUILTY_STEP,
            in_reset=self.in_reset,
        )


REGULAR = Animal(name="regular", deed="pass", verdict="ok")
"""The walker that all others are compared with."""


def _raises(name: str, deed: str, prelude: str = "", *, in_reset: bool = False, here: bool = True) -> Animal:
    return Animal(name=name, deed=deed, verdict="policy_error", prelude=prelude, in_reset=in_reset, here=here)


def _returns(name: str, value: str, verdict: Verdict = "invalid_action", prelude: str = "") -> Animal:
    return Animal(name=name, deed=f"return {value}", verdict=verdict, prelude=prelude)


def _ends(name: str, deed: str, prelude: str = "import os", *, in_reset: bool = False) -> Animal:
    return _raises(name, deed, prelude, in_reset=in_reset, here=False)


def _hangs(name: str, deed: str, prelude: str = "import time", *, in_reset: bool = False) -> Animal:
    return Animal(name=name, deed=deed, verdict="timeout", prelude=prelude, in_reset=in_reset, here=False)


def _disturbs(name: str, deed: str, prelude: str = "", *, here: bool = True) -> Animal:
    return Animal(name=name, deed=deed, verdict="ok", prelude=prelude, here=here)


RAISING = (
    _raises("raises", "raise ValueError('cannot')"),
    _raises("raises a name alone", "raise RuntimeError"),
    _raises("raises a long story", "raise ValueError('x' * 10**7)"),
    _raises("raises escape codes", r"raise ValueError('\x1b[2J\x1b]0;owned\x07 [red]')"),
    _raises("raises a lone surrogate", r"raise ValueError('\ud800')"),
    _raises(
        "raises what cannot be told",
        "raise Mute()",
        "class Mute(Exception):\n    def __str__(self):\n        raise OSError",
    ),
    _raises(
        "raises what is no text",
        "raise Odd()",
        "class Odd(Exception):\n    def __str__(self):\n        return 7",
    ),
    _raises("raises a group", "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])"),
    _raises("leaves", "import sys; sys.exit(0)"),
    _raises("leaves with a word", "raise SystemExit('bye')"),
    _raises("acts as if interrupted", "raise KeyboardInterrupt", here=False),
    _raises("raises the end of a generator", "raise GeneratorExit"),
    _raises("raises the base of all", "raise BaseException('base')"),
    _raises("stops an iteration", "raise StopIteration"),
    _raises("recurses", "return evil(self, action)"),
    _raises("has no memory", "raise MemoryError"),
    _raises("asks for an exabyte", "np.empty(2**60)"),
    _raises("fails an assertion", "assert False"),
    _raises("raises in reset", "raise ValueError('not ready')", in_reset=True),
    _raises("leaves in reset", "raise SystemExit", in_reset=True),
    _raises("is cancelled", "import asyncio; raise asyncio.CancelledError"),
)

RETURNING = (
    _returns("returns nothing", "None"),
    _returns("returns text", "'left'"),
    _returns("returns bytes", "b'left'"),
    _returns("returns an object", "object()"),
    _returns("returns a dictionary", "{'action': action}"),
    _returns("returns a generator", "(a for a in action)"),
    _returns("returns a truth value", "np.bool_(True)"),
    _returns("returns truth values", "action > 0"),
    _returns("returns complex numbers", "action + 0j"),
    _returns("returns no number", "action * np.nan"),
    _returns("returns infinity", "action + np.inf"),
    _returns("returns more than a float holds", "action + 1e300"),
    _returns("returns objects", "action.astype(object)"),
    _returns("returns times", "action.astype('datetime64[s]')"),
    _returns("returns too many numbers", "np.zeros((*action.shape[:-1], 3))"),
    _returns("returns too few numbers", "action[..., :1]"),
    _returns("returns one number", "0.5"),
    _returns("returns an empty array", "np.zeros(0)"),
    _returns("returns an empty list", "[]"),
    _returns("returns axes without end", "action.reshape((1,) * 20 + action.shape)"),
    _returns(
        "returns an endless chunk", "np.broadcast_to(action[..., None, :], (*action.shape[:-1], 10**7, 2))"
    ),
    _returns("returns a ragged list", "[[0.0], [0.0, 1.0]]"),
    _returns("returns a mean and a deviation", "(action, action)"),
    _returns("returns itself in a list", "(lambda a: a.append(a) or a)([])"),
    _returns("returns a masked array", "np.ma.masked_array(action, mask=np.ones_like(action, bool))"),
    _returns(
        "returns what fails when read",
        "Trap()",
        "policy_error",
        "class Trap:\n    def __array__(self, *how, **more):\n        raise ValueError('caught')",
    ),
    _returns(
        "returns what leaves when read",
        "Trap()",
        "policy_error",
        "class Trap:\n    def __array__(self, *how, **more):\n        raise SystemExit",
    ),
)

ENDING = (
    _ends("exits at once", "os._exit(0)"),
    _ends("exits with a code", "os._exit(3)"),
    _ends("exits in reset", "os._exit(3)", in_reset=True),
    _ends("kills itself", "os.kill(os.getpid(), 9)"),
    _ends(
        "asks itself to end",
        "import signal, time; signal.signal(15, signal.SIG_DFL); os.kill(os.getpid(), 15); time.sleep(9)",
    ),
    _ends("aborts", "os.abort()"),
    _ends("reads address zero", "import ctypes; ctypes.string_at(0)"),
    _ends("becomes another program", "os.execv('/bin/true', ['true'])"),
)

HANGING = (
    _hangs("sleeps", "time.sleep(10**6)"),
    _hangs("spins", "while True:\n    pass"),
    _hangs("sleeps in reset", "time.sleep(10**6)", in_reset=True),
    _hangs("stops itself", "import os; os.kill(os.getpid(), 19); time.sleep(10**6)"),
    _hangs("waits for a lock", "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"),
    _hangs("will not be ended", "import signal; signal.signal(15, signal.SIG_IGN); time.sleep(10**6)"),
    _hangs(
        "swallows whatever is thrown",
        "while True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass",
    ),
)

DISTURBING = (
    _disturbs("prints without end", "print('spam ' * 10**6)"),
    _disturbs(
        "prints escape codes", r"import sys; print('\x1b[2J\x1b]0;owned\x07', file=sys.stderr, flush=True)"
    ),
    _disturbs(
        "writes to its streams by number",
        "import os; os.write(1, b'1' * 10**5); os.write(2, b'2' * 10**5)",
        here=False,
    ),
    _disturbs("closes its streams", "import os; os.close(1); os.close(2)", here=False),
    _disturbs("reads its input", "import sys; sys.stdin.read()", here=False),
    _disturbs(
        "starts processes",
        "import subprocess\nfor _ in range(20):\n    subprocess.Popen(['sleep', '600'])",
        here=False,
    ),
    _disturbs(
        "starts a session of its own",
        "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)",
        here=False,
    ),
    _disturbs(
        "forks a daemon",
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.execv('/bin/sleep', ['sleep', '600'])\n    os._exit(0)\nos.wait()",
        here=False,
    ),
    _disturbs(
        "starts threads",
        "import threading, time\nfor _ in range(50):\n"
        "    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
        here=False,
    ),
    _disturbs("opens files", "import os; self.files = [os.dup(0) for _ in range(200)]", here=False),
    _disturbs("goes elsewhere", "import os; os.chdir('/')", here=False),
    _disturbs("changes the environment", "import os; os.environ.clear()", here=False),
    _disturbs("ignores signals", "import signal; signal.signal(15, signal.SIG_IGN)", here=False),
    _disturbs(
        "draws from the global generators",
        "import random; np.random.rand(5); random.random(); np.random.seed(0); random.seed(0)",
    ),
    _disturbs("lets numbers raise", "np.seterr(all='raise')", here=False),
    _disturbs("stops the collector", "import gc; gc.disable()", here=False),
    _disturbs(
        "fills its temporary folder",
        "import tempfile, os\nfor _ in range(50):\n    os.write(tempfile.mkstemp()[0], b'0' * 10**5)",
        here=False,
    ),
    _disturbs(
        "keeps what it saw and writes into what it returned",
        "self.kept = action.copy(); out = self.kept.copy(); self.kept[...] = 9; return out",
    ),
    _disturbs("warns", "import warnings; warnings.warn('x' * 10**6)"),
    _disturbs(
        "registers a slow farewell", "import atexit, time; atexit.register(time.sleep, 600)", here=False
    ),
)

EACH_PIPE = """\
import os
def pipes():
    for name in os.listdir('/proc/self/fd'):
        try:
            if os.readlink(f'/proc/self/fd/{name}').startswith(('pipe', 'socket')) and int(name) > 2:
                yield int(name)
        except OSError:
            pass
"""
MEMORY = """\
import os
def memories():
    for name in os.listdir('/proc/self/fd'):
        try:
            if 'memfd' in os.readlink(f'/proc/self/fd/{name}'):
                yield int(name)
        except OSError:
            pass
"""


def _meddles(name: str, deed: str, prelude: str = EACH_PIPE, verdict: Verdict = "policy_error") -> Animal:
    return Animal(name=name, deed=deed, verdict=verdict, prelude=prelude, here=False, inline=False)


def _writes(name: str, data: str) -> Animal:
    deed = f"for fd in pipes():\n    try:\n        os.write(fd, {data})\n    except OSError:\n        pass"
    return _meddles(name, deed)


MEDDLING = (
    _writes("talks garbage", "b'garbage!' * 50"),
    _writes("answers twice", r"b'd\x00\x00\x00\x00'"),
    _writes("answers before it is asked", r"b'd\x02\x00\x00\x00[]'"),
    _writes("announces a message without end", r"b'd\xff\xff\xff\xff'"),
    _writes("answers with another layout", r"b'd\x12\x00\x00\x00[[8,1000000],\"<f8\"]'"),
    _writes("answers in another code", r"b'd\x04\x00\x00\x00\xff\xfe\xfd\xfc'"),
    Animal(
        name="says half a word",
        deed="import time\nfor fd in pipes():\n    try:\n        os.write(fd, b'd')\n    except OSError:\n"
        "        pass\ntime.sleep(10**6)",
        verdict="timeout",
        prelude=EACH_PIPE,
        here=False,
        inline=False,
    ),
    _meddles("hangs up", "for fd in list(pipes()):\n    os.close(fd)\nimport time; time.sleep(1)"),
    _meddles(
        "shrinks what is shared",
        "for fd in memories():\n    try:\n        os.ftruncate(fd, 0)\n    except OSError:\n        pass",
        MEMORY,
        "ok",
    ),
    _meddles("kills who started it", "import time; os.kill(os.getppid(), 9); time.sleep(5)"),
)
"""Policies that turn against the harness; only from a process of their own can they not reach all of it."""

ZOO: tuple[Animal, ...] = (*RAISING, *RETURNING, *ENDING, *HANGING, *DISTURBING, *MEDDLING)
