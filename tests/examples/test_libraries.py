"""Policies trained by other libraries, in their own environments, on demonstrations that we exported to them.

``ILBENCH_LIBRARY_ENVS`` names the folder of these environments, ``FOLDER/d3rlpy/bin/python`` and so on; see
``examples/libraries/README.md``. By hand: ``ILBENCH_LIBRARY_ENVS=FOLDER pytest -m slow`` and this file.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ilbench import guest
from ilbench.contract.registry import find_task
from ilbench.demonstrations import ensure_demonstrations, export_set, load_formats

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENVS = Path(os.environ.get("ILBENCH_LIBRARY_ENVS", "/nowhere"))
TASK = find_task("robosuite/lift-v2")
OBJECT = {"object": {"field": "state", "components": ["cube_pos", "cube_quat", "gripper_to_cube_pos"]}}
DATA = {"imitation": "npz", "d3rlpy": "d3rlpy", "robomimic": "robomimic", "lerobot": "lerobot"}
CASES = [
    ("imitation", ["--batches", "20"], {}),
    ("d3rlpy", ["--steps", "20"], {}),
    ("d3rlpy", ["--steps", "3", "--method", "dt"], {"target_return": 1.0}),
    ("robomimic", ["--steps", "20"], {}),
    ("robomimic", ["--steps", "3", "--method", "rnn-gmm"], {}),
    ("robomimic", ["--steps", "3", "--method", "transformer"], {}),
    ("lerobot", ["--steps", "3"], {}),
    ("lerobot", ["--steps", "3", "--method", "diffusion"], {}),
]


def python_of(library):
    """Returns the interpreter of a library's environment."""
    found = ENVS / library / "bin" / "python"
    if not found.exists():
        pytest.skip(f"no environment of {library} in the folder that ILBENCH_LIBRARY_ENVS names")
    return str(found)


def asked(library, *words):
    """Returns what a script prints last in a library's environment."""
    done = subprocess.run(
        [python_of(library), *map(str, words)], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().rpartition("\n")[2]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Returns a function to the path of demonstrations in a format."""
    folder = tmp_path_factory.mktemp("exported")
    demonstrations = ensure_demonstrations(TASK, count=4, noise=0.0, cache=folder, workers=1)

    def path(name):
        out = folder / f"{name}.data"
        return out if out.exists() else export_set(demonstrations, load_formats()[name], out)

    return path


@pytest.mark.parametrize(
    ("library", "words", "options"), CASES, ids=lambda value: "-".join(value)[-20:] or "plain"
)
def test_actions_are_those_of_the_library_on_a_thousand_observations(
    library, words, options, exported, tmp_path
):
    script = ROOT / "examples" / "libraries" / f"train_{library}.py"
    weights = tmp_path / ("policy.d3" if library == "d3rlpy" else "policy")
    asked(library, script, exported(DATA[library]), weights, *words)
    mapping = {"task": TASK.description(), "inputs": OBJECT if library == "robomimic" else {}}
    told = {"library": library, "path": str(weights), "mapping": mapping, "options": options}
    told["observations"] = str(exported("npz"))
    played = ROOT / "tests" / "guests" / "own_predict.py"
    found = json.loads(asked(library, played, Path(guest.__file__).parent, json.dumps(told)))
    assert found["largest_difference"] <= 1e-6


def test_lerobot_opens_what_was_exported_to_it(exported):
    code = (
        "import sys, json; from lerobot.datasets.lerobot_dataset import LeRobotDataset; "
        "data = LeRobotDataset('any/name', root=sys.argv[1]); "
        "print(json.dumps([len(data), data[3]['observation.state'].tolist(), data[3]['action'].tolist()]))"
    )
    length, state, action = json.loads(asked("lerobot", "-c", code, exported("lerobot")))
    demonstrations = ensure_demonstrations(TASK, count=4, noise=0.0, cache=exported("npz").parent)
    assert length == demonstrations.num_steps
    assert state == demonstrations.trajectories[0].observations["state"][3].tolist()
    assert action == demonstrations.trajectories[0].actions[3].tolist()


def test_d3rlpy_opens_what_was_exported_to_it(exported):
    code = (
        "import sys, json, d3rlpy; "
        "data = d3rlpy.dataset.ReplayBuffer.load(open(sys.argv[1], 'rb'), d3rlpy.dataset.InfiniteBuffer()); "
        "print(json.dumps([e.observations.tolist() for e in data.episodes]))"
    )
    episodes = json.loads(asked("d3rlpy", "-c", code, exported("d3rlpy")))
    demonstrations = ensure_demonstrations(TASK, count=4, noise=0.0, cache=exported("npz").parent)
    assert episodes == [t.observations["state"][:-1].tolist() for t in demonstrations.trajectories]
