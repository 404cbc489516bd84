"""What the tests of the sandboxes have in common: programs that run inside of one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ilbench.contract.limits import Limits
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.hosts.sandboxes.enclosure import enclose
from ilbench.runner.hosts.sandboxes.view import view_of
from ilbench.runner.hosts.sandboxes.watcher import Watcher


@pytest.fixture
def told_inside(bwrap):
    """Returns a function from the text of a program to what it prints in a sandbox, and its verdict."""

    def run(code, *folders, options=("-I", "-S"), **limits):
        view = view_of(PolicySpec(search_path=folders, limits=Limits(**limits)))
        inside = enclose([sys.executable, *options, "-c", code], view, {}, "mark")
        process = subprocess.Popen(
            inside.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=inside.environment,
            pass_fds=inside.descriptors,
            text=True,
        )
        inside.forget()
        watcher = Watcher(os.dup(inside.told_fd), view.limits)
        os.close(inside.told_fd)
        told, _ = process.communicate(timeout=20)
        watcher.finish()
        return told.strip(), watcher.verdict

    return run
