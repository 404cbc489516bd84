"""The quick ones of the attacks, inside of the sandbox; ``make faults`` plays them all."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import ilbench
from ilbench.runner.hosts.sandboxes.asking import ask_interpreter

DEEDS = Path(__file__).parent / "deeds"
QUICK = (
    *("looking:passwords", "looking:contexts", "looking:this_package", "looking:runners_memory"),
    *("looking:taken_descriptors", "looking:raw_packets", "changing:write_package", "changing:write_device"),
    *("changing:write_kernel", "taking:take_uncounted_memory", "taking:ask_for_memory", "taking:open_files"),
    *("breaking:mount", "breaking:own_namespace", "breaking:become_administrator", "breaking:rare_calls"),
)


def attacked(deed):
    """Returns what a deed came by, or what kept it from it."""
    module, _, name = deed.partition(":")
    texts = [(DEEDS / f"{file}.py").read_text() for file in ("tools", module)]
    body = re.sub(r"^from tools import (\([^)]*\)|.*)$", "", "\n".join(texts), flags=re.MULTILINE)
    targets = {"package": str(Path(ilbench.__file__).parent), "task": "d3il/avoiding-v3"}
    code = (
        f"{body}\ntry:\n    print('DID', {name}({targets!r}))\nexcept Exception as error:\n"
        "    print('REFUSED', repr(error))\n"
    )
    return ask_interpreter(sys.executable, code, 20.0, "bwrap").stdout


@pytest.mark.parametrize("deed", QUICK)
def test_an_attack_comes_by_nothing(bwrap, deed):
    assert attacked(deed).startswith("REFUSED")


def test_what_every_program_may_do_is_done(bwrap):
    assert attacked("looking:nothing") == "DID nothing\n"
