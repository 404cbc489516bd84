from __future__ import annotations

import time

from ilbench.guest.spinning import SPIN_S, Spin


def found_after(spin, num_looks):
    """Returns what is found, and how often it was looked."""
    looks = []
    found = spin.find(
        lambda: looks.append(1) or ("here" if len(looks) > num_looks else None), time.monotonic()
    )
    return found, len(looks)


def test_who_has_not_waited_yet_goes_to_sleep_at_once():
    assert found_after(Spin(), 0) == (None, 0)


def test_after_a_short_wait_what_comes_soon_is_found_awake(monkeypatch):
    monkeypatch.setattr("os.sched_yield", lambda: None)
    spin = Spin()
    spin.note(SPIN_S / 2)
    assert found_after(spin, 3) == ("here", 4)


def test_after_a_long_wait_it_is_not_looked_again():
    spin = Spin()
    spin.note(SPIN_S / 2)
    spin.note(2 * SPIN_S)
    assert found_after(spin, 0) == (None, 0)


def test_what_does_not_come_is_not_looked_for_for_ever():
    spin = Spin()
    spin.note(SPIN_S / 2)
    assert found_after(spin, 10**9)[0] is None


def test_who_takes_the_processor_meanwhile_puts_it_to_sleep(monkeypatch):
    monkeypatch.setattr("os.sched_yield", lambda: time.sleep(0.001))
    spin = Spin()
    spin.note(SPIN_S / 2)
    assert found_after(spin, 5) == (None, 1)
