"""Containers: the command alone, for no engine runs where these tests do."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from ilbench.contract.limits import Limits
from ilbench.runner.hosts.sandboxes.container import container_command, why_no_container
from ilbench.runner.hosts.sandboxes.view import GUEST, GUEST_SOURCE

COMMAND = container_command(
    "/usr/bin/apptainer",
    "policy.sif",
    ["python3", "start.py", "3", "4", "5"],
    [Path("/a/snapshot")],
    {"LANG": "C"},
    Limits(memory_gib=2.0, processes=20),
)


def test_a_container_shows_the_submission_read_only_and_no_home():
    pairs = list(pairwise(COMMAND))
    assert ("--bind", "/a/snapshot:/a/snapshot:ro") in pairs
    assert ("--bind", f"{GUEST_SOURCE}:{GUEST}:ro") in pairs
    assert {"--containall", "--cleanenv", "--no-home", "--no-privs"} <= set(COMMAND)


def test_a_container_has_no_network_and_limits():
    pairs = list(pairwise(COMMAND))
    assert {("--network", "none"), ("--memory", "2048M"), ("--pids-limit", "20")} <= set(pairs)


def test_the_program_comes_behind_the_image_and_the_kernels_limits():
    behind = COMMAND[COMMAND.index("policy.sif") + 1 :]
    assert behind[0] == "/usr/bin/prlimit"
    assert behind[-5:] == ["python3", "start.py", "3", "4", "5"]


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_no_container() == "there is no apptainer and no singularity on the PATH"
    (tmp_path / "apptainer").touch(mode=0o755)
    assert why_no_container() == "the environment variable ILBENCH_IMAGE names no image"
    monkeypatch.setenv("ILBENCH_IMAGE", "/no/image.sif")
    assert why_no_container() == "there is no image /no/image.sif, which ILBENCH_IMAGE names"
