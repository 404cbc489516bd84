"""Which OpenGL MuJoCo is told to use where there is no display."""

from __future__ import annotations

import os

import pytest

from ilbench.contract import headless
from ilbench.contract.headless import VARIABLE, choose_backend


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """Linux without a display, where nobody has chosen and the C library can be loaded."""
    for name in (VARIABLE, "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(headless, "LIBRARIES", {"egl": "libc.so.6", "osmesa": "libc.so.6"})


def chosen():
    choose_backend()
    return os.environ[VARIABLE]


def test_the_faster_one_is_taken_where_both_are_installed():
    assert chosen() == "egl"


def test_the_other_one_is_taken_where_the_faster_one_is_missing(monkeypatch):
    monkeypatch.setattr(headless, "LIBRARIES", {"egl": "libno-such.so.1", "osmesa": "libc.so.6"})
    assert chosen() == "osmesa"


def test_nothing_is_set_where_neither_is_installed(monkeypatch):
    monkeypatch.setattr(headless, "LIBRARIES", {"egl": "libno-such.so.1"})
    assert chosen() == ""


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(VARIABLE, "glfw")
    assert chosen() == "glfw"


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_nothing_is_set_where_there_is_a_display(monkeypatch, name):
    monkeypatch.setenv(name, ":0")
    assert chosen() == ""


def test_nothing_is_set_on_another_system(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert chosen() == ""
