"""Where a policy is asked to run: what is said, and what is usual."""

from __future__ import annotations

from pathlib import Path

from ilbench.runner.submissions.access import ServerAccess
from ilbench.runner.submissions.placement import ANYWHERE, Placement, placement_of


def test_what_is_not_said_or_none_is_as_usual():
    assert placement_of() == ANYWHERE
    assert placement_of(place=None, python=None, sandbox=None, memory_gib=None, token_file=None) == ANYWHERE


def test_what_is_said_is_taken_over():
    said = placement_of(place="process", python=Path("/usr/bin/python3"), sandbox="auto", memory_gib=2.0)
    assert said == Placement(place="process", python="/usr/bin/python3", sandbox="auto", memory_gib=2.0)


def test_a_server_is_reached_as_was_said():
    access = placement_of(token_file="token", insecure=True, reconnect=5.0).access
    assert access == ServerAccess(token_file=Path("token"), is_token_open=True, reconnect_s=5.0)
