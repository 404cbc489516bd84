"""A container as a sandbox, by Apptainer: for clusters that have it and no user namespaces for everybody.

The image holds the policy's Python and its libraries, see ``docs/sandbox.md``; the submission and the
policy's side of the wire are bound into it, read-only. Pipes and memory file are inherited, which a program
that asks a service to start containers (Docker) cannot do: there, a policy is served over TCP.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ilbench.contract.limits import Limits
from ilbench.runner.hosts.sandboxes.view import GUEST, GUEST_SOURCE, TEMPORARY, limited

ENGINES = ("apptainer", "singularity")
IMAGE_VARIABLE = "ILBENCH_IMAGE"
"""The environment variable that names the image file (``.sif``) of policies in containers."""
MIB_A_GIB = 1024


def why_no_container() -> str:
    """Returns why no container can be started here; empty where that is not known."""
    if find_engine() is None:
        return f"there is no {' and no '.join(ENGINES)} on the PATH"
    image = os.environ.get(IMAGE_VARIABLE, "")
    if not image:
        return f"the environment variable {IMAGE_VARIABLE} names no image"
    return "" if Path(image).exists() else f"there is no image {image}, which {IMAGE_VARIABLE} names"


def find_engine() -> str | None:
    """Returns the program that starts containers here."""
    return next((found for name in ENGINES if (found := shutil.which(name))), None)


def container_command(
    engine: str,
    image: str,
    program: Sequence[str],
    folders: Sequence[Path],
    environment: Mapping[str, str],
    limits: Limits,
) -> list[str]:
    """Returns the command that starts a program inside a container of its own.

    Nothing of the host is seen but the folders: neither home nor working folder, no network, no variable of
    the environment. Memory and processes are held by the engine's control group, the rest by the kernel's
    limits of a process, which the image's ``prlimit`` sets.

    Args:
        engine: Path of Apptainer or Singularity.
        image: The image.
        program: The program with its arguments, as the image has it.
        folders: What it may read.
        environment: Its environment beside what the image says.
        limits: What it may use.
    """
    told = [engine, "exec", "--containall", "--cleanenv", "--no-home", "--no-privs", "--writable-tmpfs"]
    told += ["--net", "--network", "none", "--pwd", str(TEMPORARY)]
    told += ["--memory", f"{int(limits.memory_gib * MIB_A_GIB)}M", "--pids-limit", str(limits.processes)]
    for source, place in {**{path: path for path in folders}, GUEST_SOURCE: GUEST}.items():
        told += ["--bind", f"{source}:{place}:ro"]
    for name, value in environment.items():
        told += ["--env", f"{name}={value}"]
    return [*told, image, *limited(program, limits, None)]
