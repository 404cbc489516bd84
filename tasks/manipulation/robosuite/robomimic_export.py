"""Demonstrations of our robosuite tasks, written in robomimic's HDF5 layout.

Our data sets hold no simulator states, which robomimic wants: each demonstration is played again from its
context, and must show the recorded observations and rewards bit for bit.

``actions`` are the executed ones, so that states and actions belong together. Where noise was injected, what
the expert wanted is in ``expert_actions`` beside them. ``obs`` holds the parts of ``state`` by name, what
stock robosuite observes of each robot, and its ``object-state`` as ``object``: the names of robomimic's
configurations. ``object`` is what a policy meets in robomimic's own rollouts, so it is as late as stock
robosuite in what relates some objects to the hand, see `robomimic_objects`; the parts by name are not.

A state is time, positions and velocities; what a controller remembers is in no robomimic file. Actions that
are played from ``states[0]`` in stock robosuite therefore drift off: in Lift by 8 mm within 40 steps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import h5py
import numpy as np

from ilbench.contract.environment import silenced
from ilbench.contract.task import installed_version
from ilbench.demonstrations import Demonstrations, ExportError, Progress
from ilbench.tasks.manipulation.robosuite.declaring import CONTROL_HZ, ENV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task
    from ilbench.demonstrations.trajectory import Trajectory

ROBOSUITE_TYPE = 1
"""robomimic's number for environments of robosuite."""

SPLIT_SEED = 0
VALID_SHARE = 0.1


def write(demonstrations: Demonstrations, path: Path, progress: Progress | None = None) -> None:
    """Writes a robomimic file with the filter keys ``train`` and ``valid`` (a tenth, from a fixed seed).

    Args:
        demonstrations: Of a robosuite task, made by its expert.
        path: The file.
        progress: Called as ``progress(done, total)`` after each demonstration.

    Raises:
        ExportError: They are of another simulator, recorded elsewhere, or do not repeat.
        MissingPackageError: The simulator is not installed.
    """
    task = demonstrations.task
    if not is_of_robosuite(task):
        raise ExportError(
            f"{task.id} is no robosuite task, and robomimic's files describe robosuite's models alone"
        )
    env: Any = task.make_env().unwrapped
    try:
        with h5py.File(path, "w") as file:
            data = file.create_group("data")
            data.attrs["total"] = demonstrations.num_steps
            data.attrs["env_args"] = json.dumps(env_args(task), indent=4)
            data.attrs["ilbench"] = json.dumps(
                {"task": task.id, "spec_digest": task.spec_digest(), "checksum": demonstrations.checksum}
            )
            for index, trajectory in enumerate(demonstrations.trajectories):
                place = f"demonstration {index} of {task.id}"
                _write_demonstration(data.create_group(f"demo_{index}"), task, env, trajectory, place)
                if progress is not None:
                    progress(index + 1, len(demonstrations))
            _write_masks(file, len(demonstrations))
    finally:
        env.close()


def is_of_robosuite(task: Task) -> bool:
    """Returns whether a task plays our robosuite environment, be it within one that can disturb it."""
    return ENV in (task.env, task.env_options.get("env"))


def env_args(task: Task) -> dict[str, Any]:
    """Returns robomimic's description of a task's environment: what `robosuite.make` needs to build it."""
    with silenced():
        from robosuite.controllers import load_composite_controller_config

        controllers = load_composite_controller_config(robot=task.env_options["robots"][0])
    return {
        "env_name": task.env_options["env_name"],
        "env_version": installed_version("robosuite"),
        "type": ROBOSUITE_TYPE,
        "env_kwargs": {
            "robots": task.env_options["robots"],
            "controller_configs": controllers,
            "control_freq": CONTROL_HZ,
            "seed": task.env_options["build_seed"],
            "hard_reset": task.env_options["reset"] != "soft",
            "ignore_done": True,
            "reward_shaping": False,
            "use_object_obs": True,
            "use_camera_obs": False,
            "has_renderer": False,
            "has_offscreen_renderer": False,
            "lite_physics": True,
        },
    }


def _write_demonstration(group: h5py.Group, task: Task, env: Any, trajectory: Trajectory, place: str) -> None:
    states, rows = _replayed(task, env, trajectory, place)
    length = len(trajectory)
    group.attrs["num_samples"] = length
    group.attrs["model_file"] = _portable(env.sim_env.model.get_xml())
    group.attrs["context"] = trajectory.context
    group.attrs["seed"] = str(trajectory.seed)
    group["states"] = np.stack(states)
    group["actions"] = trajectory.actions.astype(np.float64)
    if not np.array_equal(trajectory.actions, trajectory.expert_actions):
        group["expert_actions"] = trajectory.expert_actions.astype(np.float64)
    group["rewards"] = trajectory.rewards
    group["dones"] = np.maximum(trajectory.rewards >= 1.0, np.arange(length) == length - 1).astype(np.int64)
    arrays = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    arrays |= {f.name: trajectory.observations[f.name] for f in task.observation if f.name != "state"}
    for key, values in arrays.items():
        group[f"obs/{key}"] = values[:-1]
        group[f"next_obs/{key}"] = values[1:]


def _replayed(
    task: Task, env: Any, trajectory: Trajectory, place: str
) -> tuple[list[NDArray[np.float64]], list[dict[str, NDArray[Any]]]]:
    """Returns the simulator states before each action, and what is observed then and at the end.

    Raises:
        ExportError: The demonstration has no context of ours, or something differs from what was recorded.
    """
    if trajectory.context < 0:
        raise ExportError(f"{place} was recorded elsewhere; without its context it cannot be played again")
    observation, _ = env.reset(options={"context": task.contexts("train")[trajectory.context]})
    states, rows = [], [_observed(env)]
    _compare(observation, trajectory, 0, place, task.id)
    for step, action in enumerate(trajectory.actions):
        states.append(np.array(env.sim_env.sim.get_state().flatten()))
        observation, reward, *_ = env.step(action)
        rows.append(_observed(env))
        _compare(observation, trajectory, step + 1, place, task.id)
        if reward != trajectory.rewards[step]:
            raise ExportError(
                f"{place} does not repeat: step {step} is rewarded with {reward}, recorded "
                f"{trajectory.rewards[step]}"
            )
    return states, rows


def _compare(
    observation: dict[str, NDArray[Any]], trajectory: Trajectory, row: int, place: str, task_id: str
) -> None:
    for name, values in trajectory.observations.items():
        if not np.array_equal(observation[name], values[row]):
            raise ExportError(
                f"{place} does not repeat: {name} of step {row} differs from the recorded one; it "
                "was made on another machine or with other package versions, so generate it anew: "
                f"ilbench demos {task_id} --overwrite"
            )


def _observed(env: Any) -> dict[str, NDArray[Any]]:
    """Returns the present observations under robomimic's names."""
    stock = env.sim_env._get_observations(force_update=True)
    robots = {
        key: np.asarray(value, dtype=np.float64)
        for key, value in stock.items()
        if key.startswith("robot") and not key.endswith("proprio-state")
    }
    vector = np.asarray(stock["object-state"], dtype=np.float64)
    return {**robots, "object": vector, **{key: np.array(value) for key, value in env.observables().items()}}


def _portable(xml: str) -> str:
    """Returns a model whose files are named from the package's folder on; robosuite finds them so."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        parts = element.get("file", "").split("/")
        if "robosuite" in parts:
            last = len(parts) - 1 - parts[::-1].index("robosuite")
            element.set("file", "/".join(parts[last:]))
    return ElementTree.tostring(root, encoding="unicode")


def _write_masks(file: h5py.File, count: int) -> None:
    """Writes which demonstrations are for training and which for validation; a single one is for training."""
    num_valid = max(int(VALID_SHARE * count), 1) if count > 1 else 0
    order = np.random.default_rng(SPLIT_SEED).permutation(count)
    for key, chosen in (("train", order[num_valid:]), ("valid", order[:num_valid])):
        names = [f"demo_{index}" for index in sorted(chosen.tolist())]
        if names:
            file[f"mask/{key}"] = np.array(names, dtype="S")
