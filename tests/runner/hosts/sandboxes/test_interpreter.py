"""What of the machine an interpreter needs, found without running it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.hosts.sandboxes.interpreter import interpreter_at, own_interpreter


@pytest.fixture
def python(tmp_path):
    """Returns a folder with an installation of Python, and an environment made of it."""
    for folder in ("python/bin", "python/lib/python3.11", "venv/bin", "venv/lib/python3.11/site-packages"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "python/bin/python3").touch()
    (tmp_path / "python/lib/python3.11/os.py").touch()
    (tmp_path / "venv/bin/python").symlink_to(tmp_path / "python/bin/python3")
    (tmp_path / "venv/pyvenv.cfg").write_text(f"home = {tmp_path}/python/bin\n")
    return tmp_path


def test_our_own_shows_no_part_of_this_package():
    import ilbench

    package = Path(ilbench.__file__).parent
    found = own_interpreter()
    assert found.python == sys.executable
    assert not any(package.is_relative_to(shown) for shown in found.shown) or package in found.hidden


def test_an_environment_shows_itself_and_what_it_was_made_of(python):
    shown = interpreter_at(str(python / "venv/bin/python")).shown
    names = {str(path.relative_to(python)) for path in shown}
    assert names == {"venv/bin", "venv/lib", "venv/pyvenv.cfg", "python/bin", "python/lib"}


def test_this_package_is_hidden_wherever_it_is_installed(python):
    site = python / "venv/lib/python3.11/site-packages"
    for name in ("ilbench", "ilbench-0.1.0.dist-info"):
        (site / name).mkdir()
    (site / "__editable__.ilbench-0.1.0.pth").touch()
    assert {path.name for path in interpreter_at(str(python / "venv/bin/python")).hidden} >= {
        "ilbench",
        "ilbench-0.1.0.dist-info",
        "__editable__.ilbench-0.1.0.pth",
    }


def test_what_a_part_leads_to_elsewhere_is_not_shown(python):
    (python / "secrets").mkdir()
    (python / "venv/share").symlink_to(python / "secrets")
    assert python / "venv/share" not in interpreter_at(str(python / "venv/bin/python")).shown


@pytest.mark.parametrize("home", ["/root/bin", "/etc/bin"])
def test_an_environment_cannot_name_any_folder_as_its_python(python, home):
    (python / "venv/pyvenv.cfg").write_text(f"home = {home}\n")
    with pytest.raises(InvalidSubmissionError, match="holds neither an environment"):
        interpreter_at(str(python / "venv/bin/python"))


def test_a_program_anywhere_is_no_interpreter(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    with pytest.raises(InvalidSubmissionError, match="cannot be shown to a sandbox"):
        interpreter_at(str(tmp_path / "bin/python"))


def test_the_systems_python_needs_nothing_beside_the_system():
    assert interpreter_at("/usr/bin/python3").shown == ()
