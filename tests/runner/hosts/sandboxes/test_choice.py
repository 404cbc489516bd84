"""Which sandbox keeps a policy: never a weaker one than was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.contract.limits import Limits
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.hosts.sandboxes import choice
from ilbench.runner.hosts.sandboxes.choice import (
    NoSandboxWarning,
    SandboxError,
    check_sandboxed,
    choose_sandbox,
    refuse_sandbox,
    warn_of_none,
    why_no_bwrap,
)

FILE = Path("submission.toml")


@pytest.fixture
def without_bwrap(monkeypatch, tmp_path):
    """Makes a machine on which no program is found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(choice, "why_no_bwrap", why_no_bwrap.__wrapped__)


def test_the_strongest_that_works_is_chosen(bwrap):
    assert choose_sandbox("auto") == choose_sandbox("bwrap") == "bwrap"


def test_none_has_to_be_asked_for():
    assert choose_sandbox("none") == "none"


def test_where_none_works_each_says_why(without_bwrap):
    told = r"bwrap: it cannot be started \(No such file.*container: there is no apptainer.*--sandbox none"
    with pytest.raises(SandboxError, match=f"no sandbox works on this machine: {told}"):
        choose_sandbox("auto")


def test_the_wanted_one_is_not_replaced_by_another(without_bwrap):
    with pytest.raises(SandboxError, match="the wanted sandbox does not work on this machine: container"):
        choose_sandbox("container")


def test_bubblewraps_own_words_are_told(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: no namespaces for you' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert why_no_bwrap.__wrapped__() == "bwrap: no namespaces for you"


def test_a_name_that_is_none_is_refused():
    with pytest.raises(SandboxError, match="no sandbox named 'docker'; known: auto, bwrap, container, none"):
        choose_sandbox("docker")


def test_what_cannot_be_kept_is_refused_by_name():
    refuse_sandbox("none", "the object", "it is here")
    with pytest.raises(SandboxError, match="sandbox 'auto' means nothing for the object: it is here"):
        refuse_sandbox("auto", "the object", "it is here")


def test_a_submission_gets_as_much_memory_as_is_allowed():
    check_sandboxed(FILE, "bwrap", "process", Limits(memory_gib=8.0), 8.0)
    with pytest.raises(InvalidSubmissionError, match=r"found 12, expected at most 8.*--memory 12"):
        check_sandboxed(FILE, "bwrap", None, Limits(memory_gib=12.0), 8.0)


def test_temporary_files_lie_in_memory_too():
    with pytest.raises(InvalidSubmissionError, match=r"limits.tmp_gib': found 9, expected at most 8"):
        check_sandboxed(FILE, "bwrap", None, Limits(tmp_gib=9.0), 8.0)


def test_a_strangers_code_without_a_sandbox_is_warned_about():
    with pytest.warns(NoSandboxWarning, match="the bundle runs without a sandbox"):
        warn_of_none("none", "the bundle")
    warn_of_none("auto", "the bundle")


def test_a_worker_is_no_sandbox():
    check_sandboxed(FILE, "none", "inline", Limits(), 8.0)
    with pytest.raises(SandboxError, match="needs a process of the policy's own, found --place inline"):
        check_sandboxed(FILE, "bwrap", "inline", Limits(), 8.0)
