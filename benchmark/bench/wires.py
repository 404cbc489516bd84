"""What each place of a policy costs, on an environment and with a policy that do nothing.

Beside them the loops of openpi and vla-eval with as little to do (`ilbench.bench.peers`), each run by an
interpreter that has the project. All of it is measured in turns, so that a busy moment hits all alike.
"""

from __future__ import annotations

import inspect
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.bench import peers
from ilbench.bench.overhead import IDLE, IdleEnv, Pace, runner_pace
from ilbench.contract.fields import Field
from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.contract.task import Task
from ilbench.errors import UsageError
from ilbench.runner.submissions.access import ServerAccess
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.runner.submissions.remote import load_remote
from ilbench.scratch import scratch_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(peers.__file__).parent
POLICY = "ilbench.bench.wires:Still"
PEERS = {"openpi's own loop": "openpi_loop.py", "vla-eval's own loop": "vla_eval_loop.py"}
HORIZON = 500
PEER_STEPS = 8
"""A loop of others is given a step where ours is given so many: it takes as long."""
PEER_LIMIT_S = 300.0


class NumbersEnv(IdleEnv):
    """An environment whose step does nothing, and shows 20 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._observation = {"state": np.ones(20, np.float32)}


class ImagesEnv(IdleEnv):
    """An environment whose step does nothing, and shows two images."""

    def __init__(self) -> None:
        super().__init__()
        self._observation = {name: np.ones((96, 96, 3), np.uint8) for name in ("front", "wrist")}


def _image(name: str) -> Field:
    return Field(name=name, shape=(96, 96, 3), dtype="uint8", description="Ones.")


NUMBERS = replace(
    IDLE,
    id="overhead/numbers-v1",
    env="ilbench.bench.wires:NumbersEnv",
    horizon=HORIZON,
    observation=(Field(name="state", shape=(20,), description="Ones."),),
)
IMAGES = replace(
    IDLE,
    id="overhead/images-v1",
    env="ilbench.bench.wires:ImagesEnv",
    horizon=HORIZON,
    observation=(_image("front"), _image("wrist")),
)
WORKLOADS: Mapping[str, Task] = {"numbers": NUMBERS, "images": IMAGES}
"""20 numbers, and two images of 96 × 96 × 3: what a lane sees in a step."""


class Still:
    """A policy for all lanes that answers zeros."""

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Does nothing."""

    def act(self, observations: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Returns zeros for every lane."""
        return np.zeros((len(next(iter(observations.values()))), 4), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a place costs.

    Attributes:
        workload: Of `WORKLOADS`.
        place: Which place, or whose loop.
        steps_per_s: Control steps in a second of wall clock, of all lanes together; median over rounds.
        cpu_us: Microseconds of processor time a control step, all processes together; median over rounds.
        rounds: How often it was measured.
    """

    workload: str
    place: str
    steps_per_s: float
    cpu_us: float
    rounds: int


def measure_places(
    workload: str,
    *,
    num_lanes: int,
    num_steps: int,
    rounds: int,
    sandboxes: Sequence[str] = (),
    pythons: Mapping[str, Path] | None = None,
    tell: Callable[[str], object] = lambda text: None,
) -> list[Cost]:
    """Returns what each place costs for a workload, one worker playing, and the loops of others beside it.

    Args:
        workload: Of `WORKLOADS`.
        num_lanes: Environments side by side.
        num_steps: About how many steps are timed in a round.
        rounds: How often everything is measured, in turns.
        sandboxes: Sandboxes to be measured, too.
        pythons: Interpreters that have a project of others: ``openpi``, ``vla-eval``.
        tell: Told what is measured.

    Raises:
        UsageError: This system does not tell the processor time of other processes, or a loop of others
            fails.
    """
    task = WORKLOADS[workload]
    found: dict[str, list[Pace]] = {}
    with ExitStack() as stack:
        specs = {name: stack.enter_context(place) for name, place in _places(task, sandboxes).items()}
        for number in range(rounds):
            for name, spec in specs.items():
                tell(f"{workload}, {name}: round {number + 1} of {rounds}")
                pace = runner_pace(task, spec, num_workers=1, num_lanes=num_lanes, num_steps=num_steps)
                found.setdefault(name, []).append(pace)
            for project, python in (pythons or {}).items():
                name = f"{project}'s own loop"
                tell(f"{workload}, {name}: round {number + 1} of {rounds}")
                steps = max(50, num_steps // num_lanes // PEER_STEPS)
                found.setdefault(name, []).append(peer_pace(name, python, workload, num_lanes, steps))
    return [_cost(workload, name, paces) for name, paces in found.items()]


def peer_pace(name: str, python: Path, workload: str, num_lanes: int, num_steps: int) -> Pace:
    """Returns the pace of a loop of others.

    Raises:
        UsageError: There is no such loop, or it fails.
    """
    if name not in PEERS:
        raise UsageError(f"there is no {name}; known: {', '.join(PEERS)}")
    command = [str(python), str(HERE / PEERS[name]), workload, str(num_lanes), str(num_steps)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_LIMIT_S, check=True)
        said = json.loads(done.stdout.strip().rpartition("\n")[2])
        steps_per_s, cpu_us = float(said["steps_per_s"]), float(said["cpu_us"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        last = (getattr(error, "stderr", "") or str(error)).strip().rpartition("\n")[2]
        raise UsageError(f"{name} fails under {python}: {last}") from error
    return Pace(steps_per_s=steps_per_s, cpu_us=cpu_us, num_steps=num_lanes * num_steps)


def _places(task: Task, sandboxes: Sequence[str]) -> Mapping[str, Any]:
    """Returns each place by its name, as a context that gives the policy there."""
    spec = PolicySpec(load=POLICY)
    process = spec.model_copy(update={"place": "process"})
    kept = {f"process in {name}": _kept(process.model_copy(update={"sandbox": name})) for name in sandboxes}
    return {
        "inline": _there(spec),
        "process": _there(process),
        **kept,
        "TCP on loopback": _served(task),
        "openpi's wire": _served_to_openpi(task),
    }


@contextmanager
def _there(spec: PolicySpec) -> Iterator[PolicySpec]:
    yield spec


@contextmanager
def _kept(spec: PolicySpec) -> Iterator[PolicySpec]:
    """Yields the policy as a file of its own: in a sandbox nobody sees this package."""
    source = f"from __future__ import annotations\n\nimport numpy as np\n\n\n{inspect.getsource(Still)}"
    with scratch_folder() as folder:
        (folder / "still.py").write_text(source, encoding="utf-8")
        yield spec.model_copy(update={"load": f"still:{Still.__name__}", "search_path": (str(folder),)})


@contextmanager
def _served(task: Task) -> Iterator[PolicySpec]:
    with _serving(task, "ilbench") as address:
        yield load_remote(address, [task], ServerAccess()).policies[task.id]


@contextmanager
def _served_to_openpi(task: Task) -> Iterator[PolicySpec]:
    """Yields the policy behind our server of openpi's wire, played by our client of it."""
    arguments = {"mapping": MappingTable().told(task), "constants": {}}
    with _serving(task, "openpi") as address:
        server = RemoteServer(address=address, wire="openpi")
        yield PolicySpec(place="remote", remote=server, arguments=arguments)


@contextmanager
def _serving(task: Task, wire: str) -> Iterator[str]:
    """Yields the address of a server of a process of its own."""
    name = next(name for name, one in {"NUMBERS": NUMBERS, "IMAGES": IMAGES}.items() if one is task)
    arguments = ["serve", POLICY, "--wire", wire, "--task", f"ilbench.bench.wires:{name}"]
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline() if server.stdout else ""
        yield line.rpartition(" at ")[2].strip()
    finally:
        server.terminate()
        server.wait()


def _cost(workload: str, place: str, paces: Sequence[Pace]) -> Cost:
    return Cost(
        workload=workload,
        place=place,
        steps_per_s=statistics.median(pace.steps_per_s for pace in paces),
        cpu_us=statistics.median(pace.cpu_us for pace in paces),
        rounds=len(paces),
    )
