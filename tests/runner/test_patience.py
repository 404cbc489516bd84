from __future__ import annotations

import pytest

from ilbench.runner import patience as module
from ilbench.runner.faults import ConnectionLostError, ServerUnreachableError
from ilbench.runner.patience import Patience


@pytest.fixture
def clock(monkeypatch):
    """Returns the pauses that were made, on a clock of their own."""
    pauses = []
    monkeypatch.setattr(module.time, "monotonic", lambda: sum(pauses))
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    return pauses


def waited(patience, lost):
    while True:
        patience.wait(lost)


def test_pauses_grow_and_end_with_the_limit(clock):
    lost = ConnectionLostError("host:1: refused", 20.0)
    with pytest.raises(ServerUnreachableError, match="no policy server for 20 s: host:1: refused"):
        waited(Patience(), lost)
    assert clock[:7] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0])
    assert sum(clock) == pytest.approx(20.0)


def test_no_patience_means_one_try(clock):
    with pytest.raises(ServerUnreachableError):
        Patience().wait(ConnectionLostError("gone", 0.0))
