"""The rules of the house: who may import whom, no circles, nothing too long, a test file for every module."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

import house
import pytest
from hypothesis import given
from hypothesis import strategies as st

MODULES = house.find_modules(*house.FOLDERS)
ARROWS = house.find_arrows(MODULES)
HARNESS = house.find_modules(*house.HARNESS)
SIMULATORS = {"mujoco", "robosuite", "metaworld", "minigrid", "procgen", "gymnasium_robotics", "torch"}


class Room(NamedTuple):
    """Whose modules a room may import, beside its own and the ground, and why."""

    imports: str
    why: str


ROOMS: Mapping[str, Room] = {
    "ground": Room(
        "guest", "Errors, digests, import strings, plug-ins, files, processes: no noun of the domain."
    ),
    "guest": Room("", "Runs in anybody's environment, so NumPy and the standard library are all it needs."),
    "contract": Room("", "What is agreed before anything is played; all else is written against it."),
    "runs": Room("contract", "Data at rest: who wrote it, and what is made of it, is not its business."),
    "scores": Room("contract runs", "Pure functions of records: a score plays nothing."),
    "demonstrations": Room("contract runs scores", "Seeded as episodes, as various as scores say."),
    "runner": Room("contract guest runs", "From plans to records: it neither scores nor demonstrates."),
    "checks": Room("contract runs scores demonstrations", "Examines what ships with a task and a score."),
    "bench": Room("contract runs runner", "Measures the runner, and so runs it."),
    "vetting": Room(
        "contract guest runs runner",
        "Looks at a submission before a run, and so loads it and plays a moment.",
    ),
    "trust": Room(
        "contract runs scores runner",
        "Examines a run of somebody's: plays it again and compares what it scores.",
    ),
    "testing": Room(
        "contract guest runs runner scores demonstrations checks", "The contracts as tests of others' work."
    ),
    "front": Room(
        "contract guest runs scores demonstrations runner checks bench vetting trust leaderboard",
        "The front door composes all rooms; tasks and methods come to it by registries.",
    ),
    "ledger": Room(
        "contract runs scores demonstrations runner front",
        "Which numbers are published and how they are made again: by the front door, as a user would.",
    ),
    "cli": Room(
        "contract guest runs scores demonstrations runner checks bench vetting trust testing front "
        "leaderboard ledger",
        "A thin layer on the front door and its tables, which knows no suite and no baseline.",
    ),
    "leaderboard": Room("contract runs scores", "From run folders to tables, without a simulator."),
    "baselines": Room("contract demonstrations front", "A method sees demonstrations, not the protocol."),
    "tasks": Room("contract demonstrations", "A suite sees the contract and the format of demonstrations."),
}
LAZY = {("front", "leaderboard"): "`import ilbench` loads no table and no figure"}
"""Arrows that may only be followed when something is called."""

CIRCLES_OF_TYPES: Mapping[tuple[str, ...], str] = {
    ("ilbench.runs.folder", "ilbench.runs.frame"): "a run has a method that makes a frame of it",
    ("ilbench.leaderboard.board", "ilbench.leaderboard.frame"): "so has a leaderboard",
}
"""Modules of which one needs the other when called, and is needed back for types alone."""

TOOLS = {"ilbench.cli.command", "ilbench.cli.console", "ilbench.cli.progress"}
"""What the commands of suites and baselines, ``…/commands.py``, are made of."""

WITHOUT_TEST: Mapping[str, str] = {}
"""Harness modules without a test file of their own, and why."""


def name_of(arrow):
    return f"{arrow.source} -> {arrow.target} ({arrow.when})"


def is_allowed(source, target):
    allowed = {source.room, "ground", *ROOMS[source.room].imports.split()}
    return target.room in allowed or (
        source.room in ("tasks", "baselines") and source.path.name == "commands.py" and target.name in TOOLS
    )


def is_adapter(module):
    """Whether it plays the files of another library, which it may import when it is called, and only then.

    So whoever reads an adapter's source, or digests it, needs no such library. What the adapters are measured
    beside is the library's own call.
    """
    return module.name.startswith(("ilbench.guest.adapters.", "ilbench.bench.beside."))


def test_every_room_has_its_row():
    assert {module.room for module in MODULES.values()} <= ROOMS.keys()


def test_rooms_stand_on_those_before_them():
    above = {name: set(room.imports.split()) for name, room in ROOMS.items()}
    assert house.find_circles(above) == ()


def test_arrows_point_one_way():
    wrong = [name_of(a) for a in ARROWS if not is_allowed(MODULES[a.source], MODULES[a.target])]
    assert not wrong


def test_some_arrows_are_followed_only_when_something_is_called():
    found = [a for a in ARROWS if (MODULES[a.source].room, MODULES[a.target].room) in LAZY]
    assert not [name_of(a) for a in found if a.when == "at once"]


@pytest.mark.parametrize("kinds", [house.KINDS[:1], house.KINDS[:2]], ids=" and ".join)
def test_no_modules_import_each_other_in_a_circle(kinds):
    assert house.find_cycles(ARROWS, *kinds) == ()


def test_types_alone_make_no_circles_but_those_with_a_reason():
    assert set(house.find_cycles(ARROWS, *house.KINDS)) <= CIRCLES_OF_TYPES.keys()


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), max_size=6))
def test_a_circle_is_what_reaches_itself_through_others(graph):
    reached = {node: set(graph.get(node, ())) for node in "abcdef"}
    for _ in reached:
        reached = {node: found.union(*(reached[n] for n in found)) for node, found in reached.items()}
    together = {tuple(sorted(b for b in "abcdef" if b in reached[a] and a in reached[b])) for a in "abcdef"}
    assert set(house.find_circles(graph)) == {circle for circle in together if len(circle) > 1}


def test_the_harness_knows_no_simulator_and_no_torch():
    others = [m for m in HARNESS.values() if not is_adapter(m)]
    found = {(m.name, name) for m in others for name, _ in house.find_imports(m)}
    assert not {pair for pair in found if pair[1].partition(".")[0] in SIMULATORS}


def test_what_reads_records_needs_no_environment():
    rooms = {"runs", "scores", "leaderboard"}
    found = {(m.name, n) for m in HARNESS.values() if m.room in rooms for n, _ in house.find_imports(m)}
    assert not {pair for pair in found if pair[1].partition(".")[0] in {"gymnasium", "minari", "h5py"}}


def test_the_guest_package_needs_only_numpy():
    guest = [module for module in HARNESS.values() if module.room == "guest"]
    found = [(m, n, when) for m in guest for n, when in house.find_imports(m)]
    needed = {n.partition(".")[0] for m, n, when in found if not (is_adapter(m) and when == "when called")}
    assert needed <= {*sys.stdlib_module_names, "numpy", "ilbench"}
    assert {a.target for a in ARROWS if MODULES[a.source].room == "guest"} <= {m.name for m in guest}


def test_importing_loads_neither_torch_nor_a_simulator():
    code = "import sys, ilbench; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not SIMULATORS & set(loaded.stdout.split())


def test_listing_tasks_loads_neither_torch_nor_a_simulator():
    code = "import sys; from ilbench.contract import registry; registry.load_registry(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not SIMULATORS & set(loaded.stdout.split())


@pytest.mark.parametrize("name", ["tasks", "baselines", "leaderboard"])
def test_a_folder_refuses_its_bare_name(name):
    code = f"import sys; sys.path.insert(0, {str(house.ROOT)!r}); import {name}"
    refused = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"import this package as ilbench.{name}" in refused.stderr


def test_no_body_is_longer_than_fifty_lines_and_no_file_than_four_hundred():
    bodies = [body for module in MODULES.values() for body in house.find_bodies(module)]
    assert not [body for body in bodies if body.num_lines > 50]
    assert not [name for name, module in MODULES.items() if house.count_lines(module) > 400]


def test_every_harness_module_has_a_test_file_of_its_own_or_a_reason():
    assert house.find_untested(HARNESS) == tuple(sorted(WITHOUT_TEST))


def test_importing_is_quick():
    code = "import time; start = time.process_time(); import ilbench; print(time.process_time() - start)"
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 0.2
