"""Commands inside of bubblewrap, with what they take along."""

from __future__ import annotations

import os

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.offspring import MARK
from ilbench.runner.hosts.sandboxes.enclosure import _known_users, _unused_user, enclose
from ilbench.runner.hosts.sandboxes.view import view_of


@pytest.fixture
def inside(monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    found = enclose(["python", "x.py"], view_of(PolicySpec()), {"A": "b"}, "mark")
    yield found
    os.close(found.told_fd)


def test_the_command_line_says_nothing_of_the_machine(inside):
    assert inside.command[:2] == ("bwrap", "--args")
    assert not [word for word in inside.command if "guest" in word]
    assert inside.command[-2:] == ("python", "x.py")
    inside.forget()


def test_the_command_inherits_its_mark_and_no_secret(inside):
    assert inside.environment[MARK] == "mark"
    assert inside.environment.keys() == {MARK, "PATH"}
    inside.forget()


def test_what_bubblewrap_is_told_can_be_read_once(inside):
    *_, told_fd = inside.descriptors
    assert os.read(told_fd, 1 << 16).split(b"\0")[-2:] != [b""]
    assert os.read(told_fd, 1) == b""
    inside.forget()


def test_the_administrator_becomes_a_user_that_nobody_is():
    assert _known_users(["0 0 4294967295"]) == [range(4294967295)]
    assert _unused_user() not in (0, os.getuid())


def test_a_policy_ends_with_who_started_it(told_inside):
    code = "import os\nif os.fork(): os._exit(0)\nos.setsid(); import time; time.sleep(600)"
    assert told_inside(code) == ("", "")  # which would wait for all that hold its output
