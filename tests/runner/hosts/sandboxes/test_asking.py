"""Questions to an interpreter that may be a stranger's."""

from __future__ import annotations

import sys

import pytest

from ilbench.runner.hosts.sandboxes.asking import ask_interpreter


def test_an_interpreter_answers():
    assert ask_interpreter(sys.executable, "print(6 * 7)", 20.0, "none").stdout == "42\n"


def test_an_interpreter_answers_inside_of_a_sandbox(bwrap, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    code = "import os, numpy; print(os.environ.get('TOKEN'), os.getcwd())"
    assert ask_interpreter(sys.executable, code, 20.0, "bwrap").stdout == "None /tmp\n"


def test_a_strangers_interpreter_does_what_it_does_inside(bwrap, tmp_path):
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/pyvenv.cfg").write_text("home = /usr/bin\n")
    python = tmp_path / "venv/bin/python"
    python.write_text(f"#!/bin/sh\necho attacked > {tmp_path}/attacked\necho 42\n")
    python.chmod(0o755)
    tmp_path.chmod(0o755)
    assert ask_interpreter(str(python), "", 20.0, "bwrap").stdout == "42\n"
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("sandbox", ["none", "bwrap"])
def test_an_interpreter_that_is_not_there_cannot_be_asked(sandbox):
    with pytest.raises(FileNotFoundError):
        ask_interpreter("/no/python", "", 20.0, sandbox)
