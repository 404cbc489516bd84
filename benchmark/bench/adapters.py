"""What it takes to score a file of another library, and what that costs beside the library's own call."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.bench import beside
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import find_task
from ilbench.contract.task import Task, installed_version
from ilbench.errors import InvalidSubmissionError
from ilbench.plain_text import one_line
from ilbench.processes import child_environment
from ilbench.runner.hosts.guest_process import SCRIPT
from ilbench.runner.hosts.places import make_host
from ilbench.runner.hosts.sandboxes.view import GUEST_SOURCE
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runner.submissions.adapters import find_adapter, load_adapters
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runner.submissions.placement import Placement
from ilbench.runner.submissions.submission_file import FILE, read_submission_file
from ilbench.runs.identity import Episode, EpisodeId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.runner.submissions.submission import Submission

NUM_OBSERVATIONS = 1000
NUM_LANES = 8
SEED = 15
COMPARE = Path(beside.__file__).parent / "compare.py"
LIMIT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A file of another library, or a submission's folder that holds one.

    Attributes:
        adapter: Name of its adapter.
        text: What ``ilbench run`` would be told.
        task: What it plays.
        python: The interpreter that has its library; None for this one, or that of its folder.
    """

    adapter: str
    text: str
    task: Task
    python: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCost:
    """What was measured of one.

    Attributes:
        adapter: Its name.
        library: Its distribution and version.
        task: Id of the task.
        code_lines: Lines of Python that a user writes, blank ones aside.
        mapping_lines: Lines of TOML that say which field feeds which input.
        start_s: From the checkpoint to the first step of an episode, in s.
        difference: Of an action from the library's own, at most, over `NUM_OBSERVATIONS` observations.
        adapter_us: Processor time a lane and step of the adapter, in µs, `NUM_LANES` lanes a call.
        library_us: The same of the library's own call.
    """

    adapter: str
    library: str
    task: str
    code_lines: int
    mapping_lines: int
    start_s: float
    difference: float
    adapter_us: float
    library_us: float


def find_checkpoints(folder: Path, task: Task, pythons: Mapping[str, str]) -> Iterator[Checkpoint]:
    """Yields what lies in a folder: files and folders called as their adapter, ``sb3.zip`` or ``robomimic/``.

    Args:
        folder: The folder; a subfolder with ``submission.toml`` is a submission, which may name its task.
        task: What is played where nothing is said.
        pythons: Interpreters, by the name of the adapter.
    """
    adapters = load_adapters()
    for path in sorted(folder.iterdir()):
        if (path / FILE).is_file():
            content, _ = read_submission_file(path)
            if content.adapter is not None:
                played = find_task(content.tasks[0]) if content.tasks else task
                yield Checkpoint(adapter=content.adapter, text=str(path.absolute()), task=played)
        elif path.stem in adapters:
            name = path.stem
            yield Checkpoint(adapter=name, text=f"{name}:{path}", task=task, python=pythons.get(name))


def measure(checkpoint: Checkpoint) -> AdapterCost:
    """Returns what one checkpoint takes and costs.

    Raises:
        InvalidSubmissionError: It cannot be loaded, or its library's own call failed.
    """
    task = checkpoint.task
    begun = time.perf_counter()
    with submission_of(checkpoint.text, (task,), placement=Placement(python=checkpoint.python)) as submission:
        spec = submission.policies[task.id]
        _play_a_step(spec, task)
        start_s = time.perf_counter() - begun
        measured = _beside(checkpoint.adapter, spec, task)
    lines = _lines_of(Path(checkpoint.text))
    return AdapterCost(
        adapter=checkpoint.adapter,
        library=_version(checkpoint.adapter, submission),
        task=task.id,
        code_lines=lines[0],
        mapping_lines=lines[1],
        start_s=start_s,
        difference=measured["difference"],
        adapter_us=measured["adapter_us"],
        library_us=measured["library_us"],
    )


def observe(task: Task, count: int = NUM_OBSERVATIONS, width: int = NUM_LANES) -> dict[str, NDArray[Any]]:
    """Returns observations of episodes with random actions, by field: ``(count / width, width, *shape)``."""
    rng = np.random.default_rng(SEED)
    env, contexts = task.make_env(), task.contexts("test")
    seen: list[Mapping[str, NDArray[Any]]] = []
    try:
        while len(seen) < count:
            start = EpisodeId(task.id, "test", len(seen) % len(contexts), 0)
            options = {"context": contexts[start.context]}
            seen.append(env.reset(seed=start.seed("environment"), options=options)[0])
            for _ in range(min(task.horizon - 1, count - len(seen))):
                seen.append(env.step(task.action.sample(rng))[0])
    finally:
        env.close()
    whole = count // width * width
    return {
        field.name: np.stack([np.asarray(one[field.name], field.dtype) for one in seen[:whole]]).reshape(
            -1, width, *field.shape
        )
        for field in task.observation
    }


def count_mapping_lines(text: str) -> int:
    r"""Returns how many lines of a ``submission.toml`` say something of the mapping, headers included.

    >>> count_mapping_lines('name = "a"\n[mapping]\nchunk = 8\n\n[limits]\nmemory_gib = 2')
    2
    """
    count, inside = 0, False
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            inside = line.startswith(("[mapping]", "[mapping."))
        if line and not line.startswith("#") and (inside or line.startswith("mapping")):
            count += 1
    return count


def _play_a_step(spec: PolicySpec, task: Task) -> None:
    player = LanePlayer(task, lambda lanes: make_host(spec, task, lanes, 60.0, LIMIT_S), NUM_LANES, Watch())
    try:
        player.probe(Episode(EpisodeId(task.id, "test", 0, 0), 0))
    finally:
        player.close()


def _beside(adapter: str, spec: PolicySpec, task: Task) -> dict[str, float]:
    """Returns what the policy's own interpreter measured of the adapter beside its library."""
    with tempfile.TemporaryDirectory() as folder:
        request, answer, data = (Path(folder, name) for name in ("request.json", "answer.json", "seen.npz"))
        np.savez(data, **observe(task))
        told = {
            "adapter": adapter,
            "entry": spec.load,
            "arguments": spec.arguments,
            "search_path": list(spec.search_path),
            "task": task.description(),
            "observations": str(data),
        }
        request.write_text(json.dumps(told), encoding="utf-8")
        done = subprocess.run(
            [
                spec.python or sys.executable,
                str(COMPARE),
                str((GUEST_SOURCE / SCRIPT).parent),
                str(request),
                str(answer),
            ],
            env=child_environment("native", "", folder),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2]
            raise InvalidSubmissionError(f"{adapter}: its library's own call failed: {one_line(said)}")
        measured: dict[str, float] = json.loads(answer.read_text(encoding="utf-8"))
    return measured


def _lines_of(folder: Path) -> tuple[int, int]:
    """Returns the lines of Python and of the mapping in a submission's folder; none of a file."""
    if not (folder / FILE).is_file():
        return 0, 0
    code = [line for file in folder.glob("*.py") for line in file.read_text("utf-8").splitlines()]
    return sum(bool(line.strip()) for line in code), count_mapping_lines((folder / FILE).read_text("utf-8"))


def _version(adapter: str, submission: Submission) -> str:
    library = find_adapter(adapter).library
    named = {name.replace("_", "-").lower(): version for name, version in submission.packages.items()}
    version = named.get(library) if submission.packages else installed_version(library)
    return f"{library} {(version or '').partition('+')[0]}".strip()
