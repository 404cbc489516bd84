"""The global state of a process that policies and simulators may touch, left as it was found."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np


@contextmanager
def kept_global_state() -> Iterator[None]:
    """Inside, things are as in a worker; afterwards random generators and threads are as before.

    Torch, where the process has loaded it, computes with one thread: its results round by their number,
    and a worker has one.
    """
    with ExitStack() as afterwards:
        afterwards.callback(random.setstate, random.getstate())
        afterwards.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002 - the caller's, kept
        torch = sys.modules.get("torch")  # never loaded from here: who has a network has loaded it
        if torch is not None:
            afterwards.callback(torch.set_rng_state, torch.get_rng_state())
            if torch.cuda.is_initialized():
                afterwards.callback(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
            afterwards.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(1)
        yield
