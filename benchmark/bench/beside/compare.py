"""``python compare.py GUEST REQUEST ANSWER``: plays an adapter and the library's own call on one set of data.

``GUEST`` is the folder of the guest package's start script, ``REQUEST`` a JSON file: adapter, entry, path,
arguments, task, search_path, observations (an NPZ file, arrays of calls × lanes). What was measured goes into
``ANSWER``: the greatest difference of an action, and the processor time a lane and step of both, in µs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 5
"""Both are measured so often, in turns; the least time of each counts."""


def main() -> None:
    """Measures, as the arguments say."""
    guest, request, answer = map(Path, sys.argv[1:4])
    sys.path.insert(0, str(guest))
    importlib.import_module("start").load_package()
    told = json.loads(request.read_text(encoding="utf-8"))
    sys.path += told["search_path"]
    answer.write_text(json.dumps(measure(told)), encoding="utf-8")


def measure(told: Mapping[str, Any]) -> dict[str, float]:
    """Returns the greatest difference and both times; see the module."""
    calls = importlib.import_module("calls" if __name__ == "__main__" else f"{__package__}.calls")
    with np.load(told["observations"]) as arrays:
        names = list(arrays)
        seen = [dict(zip(names, rows)) for rows in zip(*(arrays[name] for name in names))]  # noqa: B905
    module, _, name = told["entry"].partition(":")
    policy = getattr(importlib.import_module(module), name)(**told["arguments"])
    num_lanes = len(next(iter(seen[0].values())))
    for lane in range(num_lanes):
        policy.reset(lane, lane, told["task"])
    bare = calls.CALLS[told["adapter"]](told["arguments"]["path"])
    differences = [_difference(policy.act(dict(one)), bare(one)) for one in seen]
    times = [(_time_us(policy.act, seen), _time_us(bare, seen)) for _ in range(ROUNDS)]
    ours, theirs = (min(column) / num_lanes for column in zip(*times))  # noqa: B905
    return {"difference": max(differences), "adapter_us": ours, "library_us": theirs}


def _difference(ours: Any, theirs: Any) -> float:
    one, other = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    return float(np.abs(one - other.reshape(one.shape)).max())


def _time_us(call: Callable[[Any], Any], seen: Sequence[Mapping[str, Any]]) -> float:
    """Returns the processor time of one call, in µs."""
    start = time.process_time()
    for one in seen:
        call(dict(one))
    return 1e6 * (time.process_time() - start) / len(seen)


if __name__ == "__main__":
    main()
