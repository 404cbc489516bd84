"""The executors that can be named: where workers live, by the entry points ``ilbench.executors``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ilbench.errors import UnknownNameError
from ilbench.importing import load_object
from ilbench.plugins import by_name, load_plugins
from ilbench.runner.fleets.fleet import Fleet

ENTRY_POINTS = "ilbench.executors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """A place for workers, by name.

    Attributes:
        name: What it is called.
        summary: One line.
        fleet: Import string of a class without arguments whose objects are fleets.
    """

    name: str
    summary: str
    fleet: str


LOCAL = Executor(
    name="local",
    summary="Processes of this machine.",
    fleet="ilbench.runner.fleets.local:LocalFleet",
)


def load_executors() -> Mapping[str, Executor]:
    """Returns the executors of all installed packages, by name."""
    return by_name(load_plugins(ENTRY_POINTS, Executor), "executor")


def make_fleet(name: str) -> Fleet[Any]:
    """Returns a fleet of the executor of that name.

    Raises:
        UnknownNameError: There is none.
    """
    executors = load_executors()
    if name not in executors:
        raise UnknownNameError("executor", name, executors)
    fleet: Fleet[Any] = load_object(executors[name].fleet)()
    return fleet
