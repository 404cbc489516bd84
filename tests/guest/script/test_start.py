"""The script that starts a policy process, run by an interpreter as the harness runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ilbench.guest.script import start

SHADOWS = ("random", "json", "numpy", "guest", "arrays", "start")
LOOKS = (
    "import runpy, sys; sys.argv[0] = {script!r}; sys.path.insert(0, {folder!r}); "
    "space = runpy.run_path({script!r}); space['leave_the_path'](); space['load_package'](); "
    "import json, numpy, random; from ilbench_guest import serve; "
    "print([m.__file__ for m in (json, random, numpy, serve)], {folder!r} in sys.path, '' in sys.path)"
)


@pytest.fixture
def shadowed(tmp_path, monkeypatch):
    """Returns a working folder in which half the standard library has a namesake that must not be run."""
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_neither_its_own_nor_the_working_folder_is_looked_into(shadowed):
    folder = os.path.dirname(start.__file__)  # noqa: PTH120 - as an interpreter says it
    code = LOOKS.format(script=start.__file__, folder=folder)
    told = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert str(shadowed) not in told.stdout
    assert told.stdout.endswith("False False\n")


def test_who_starts_it_without_descriptors_is_told_so(shadowed):
    told = subprocess.run([sys.executable, start.__file__], capture_output=True, text=True, check=False)
    assert "ValueError: not enough values to unpack" in told.stderr
    assert "shadowed" not in told.stderr
