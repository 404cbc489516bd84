"""Every task says what its actions mean, and its environment does just that: each claim is tried.

A trial builds one environment and plays a few steps. One task of each suite's kind is tried by default, all
the others are slow.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import load_registry

REGISTRY = load_registry()
PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
TRIED = {
    *("d3il/avoiding-v3", "d3il/stacking-1-v2", "metaworld/reach-v1", "pusht/pusht-v1"),
    *("navigation/pointmaze-umaze-v1", "navigation/ogbench-pointmaze-medium-navigate-v1"),
    *("navigation/antmaze-umaze-v1", "navigation/maze-16-v1", "fetch/reach-v1", "adroit/pen-v1"),
}
"""Those that are quick to build, one of each kind."""


def rows():
    """Returns the lines of the table in docs/conventions.md: one for all tasks that mean the same."""
    groups = {}
    for task in REGISTRY.select():
        groups.setdefault((task.suite, task.convention), []).append(task)
    return [line(suite, said, tasks) for (suite, said), tasks in groups.items()]


def line(suite, said, tasks):
    names = sorted(task.id.partition("/")[2] for task in tasks)
    shown = ", ".join(names) if len(names) < 4 else f"{len(names)} tasks, such as {names[0]}"
    frame = " = ".join((said.frame, *said.same_frames))
    grip = said.gripper if said.gripper_values == "none" else f"{said.gripper}, {said.gripper_values}"
    rate = "none" if said.rate_hz is None else f"{said.rate_hz:.6g}"
    clipping = "none" if said.clipping is None else f"[{said.clipping[0]:g}, {said.clipping[1]:g}]"
    cells = (suite, shown, said.kind, said.origin, frame, said.rotation, said.linear, said.angular)
    return f"| {' | '.join((*cells, grip, rate, clipping))} |"


class Trial:
    """An environment of a task at the start of its first test context, and what is read from it."""

    def __init__(self, task):
        self.task, self.env = task, task.make_env()
        self.inner = self.env.unwrapped
        self.start, _ = self.env.reset(seed=0, options={"context": task.contexts("test")[0]})
        self.start = {name: value.copy() for name, value in self.start.items()}

    def play(self, steps=1, /, **entries):
        """Returns the observation after so many equal actions: zeros but for the named entries."""
        action = np.zeros(self.task.action.shape, np.float32)
        for index, value in entries.items():
            action[int(index.removeprefix("a"))] = value
        for _ in range(steps):
            seen, *_ = self.env.step(action)
        return seen


def try_d3il_rod(trial):
    still = trial.play(20)["state"]
    n = len(trial.task.action.components)
    assert np.allclose(still[:n], trial.start["state"][:n], atol=1e-6)  # zero: the hand stays
    moved = trial.play(4, a1=0.01)["state"]
    assert np.allclose(moved[:n] - still[:n], np.eye(n)[1] * 0.04, atol=1e-6)  # the set-point adds up
    settled = trial.play(60)["state"]
    if trial.task.tags >= {"state"}:  # the measured hand follows, along the world's axis
        assert settled[n + 1] - still[n + 1] == pytest.approx(0.04, abs=0.004)


def try_d3il_arm(trial):
    opened = trial.play(30, a7=0.09)["state"]
    closed = trial.play(30, a7=0.06)["state"]
    commanded = closed[:7] - trial.start["state"][:7]
    assert np.allclose(commanded, 0, atol=1e-6)
    turned = trial.play(3, a0=0.01, a7=0.06)["state"]
    assert turned[0] - closed[0] == pytest.approx(0.03, abs=1e-5)
    if trial.task.tags >= {"state"}:
        width = trial.task.observation[0].components.index("measured width")
        assert closed[width] < 0.02 < opened[width]


def hand(trial):
    """Returns where the first robot's hand is, in the axes of its base, and whether these are the world's."""
    inner = trial.inner.sim_env
    part = inner.robots[0].part_controllers["right"]
    position = inner.sim.data.site_xpos[inner.sim.model.site_name2id(part.ref_name)]
    return part.origin_ori.T @ position, np.allclose(part.origin_ori, np.eye(3), atol=1e-6)


def opening(trial):
    inner = trial.inner.sim_env
    return np.abs(inner.sim.data.qpos[inner.robots[0]._ref_gripper_joint_pos_indexes["right"]]).sum()


def try_robosuite(trial):
    before, is_world = hand(trial)
    trial.play(5)
    rest, _ = hand(trial)
    assert np.linalg.norm(rest - before) < 0.01
    trial.play(5, a0=1.0)
    step = hand(trial)[0] - rest
    assert 0.02 < step[0] < 5 * 0.05  # along the base's x, less than the steps' sum: from where it is
    assert max(abs(step[1:])) < 0.02
    assert is_world == ("world" in trial.task.convention.same_frames)
    if trial.task.convention.gripper != "none":
        trial.play(12, a6=-1.0)
        opened = opening(trial)
        trial.play(12, a6=0.2)  # by its sign alone
        assert opening(trial) < opened - 0.02


def try_metaworld(trial):
    data = trial.inner.sim_env.data
    before = data.mocap_pos[0].copy()
    trial.play(3)
    assert np.allclose(data.mocap_pos[0], before, atol=1e-9)
    trial.play(2, a2=1.0)
    assert data.mocap_pos[0][2] - before[2] == pytest.approx(0.02, abs=1e-6)
    opened = trial.play(30, a3=-1.0)["state"][3]
    closed = trial.play(30, a3=1.0)["state"][3]
    assert closed < opened - 0.1


def try_fetch(trial):
    still = trial.play(5)["state"]
    assert np.linalg.norm(still[:3] - trial.start["state"][:3]) < 0.01
    moved = trial.play(4, a2=1.0)["state"]
    assert 0.02 < moved[2] - still[2] < 4 * 0.05
    joint = trial.inner.data.joint("robot0:r_gripper_finger_joint").qpos
    trial.play(10, a3=1.0)
    opened = float(joint[0])
    trial.play(10, a3=-1.0)
    closed = float(joint[0])
    blocked = trial.task.convention.gripper == "blocked"
    assert (opened < 0.005) if blocked else (opened - closed > 0.03)


def try_kitchen(trial):
    before = trial.inner.data.qpos.copy()
    trial.play(3)
    still = trial.inner.data.qpos.copy()
    assert np.abs(still[:7] - before[:7]).max() < 0.05
    measured = trial.inner._robot._last_robot_qpos[0]
    trial.play(1, a0=0.25)  # the servo is sent so far ahead of the measured joint, and gets half of the way
    assert trial.inner.data.ctrl[0] - measured == pytest.approx(0.25 * 2.0 * 0.08, abs=1e-6)
    trial.play(4, a0=0.25)
    assert trial.inner.data.qpos[0] - still[0] > 0.05
    trial.play(5, a7=1.0, a8=1.0)
    opened = trial.inner.data.qpos[7:9].sum()
    trial.play(5, a7=-1.0, a8=-1.0)
    assert trial.inner.data.qpos[7:9].sum() < opened - 0.02


def try_adroit(trial):
    model, data = trial.inner.model, trial.inner.data
    for level in (-0.4, 0.4):  # the wanted position of a finger's joint, as a share of its range
        index = trial.task.action.components.index("MFJ2")
        trial.play(60, **{f"a{index}": level})
        low, high = model.actuator_ctrlrange[index]
        wanted = (low + high) / 2 + level * (high - low) / 2
        joint = model.actuator_trnid[index, 0]
        assert data.qpos[model.jnt_qposadr[joint]] == pytest.approx(wanted, abs=0.15 * (high - low))


def try_pusht(trial):
    seen = trial.play(40, a0=100.0, a1=60.0)["state"]
    assert np.allclose(seen[:2], (100.0, 60.0), atol=1.0)


def try_pointmaze(trial):
    still = trial.play()["state"]
    pushed = trial.play(1, a0=1.0)["state"]
    assert np.allclose(still[2:4], 0, atol=1e-6)
    assert pushed[2] == pytest.approx(100 / 4.19 * 0.01, rel=0.05)


def try_ogbench_point(trial):
    still = trial.play()["state"]
    moved = trial.play(1, a1=0.5)["state"]
    assert np.allclose(still, trial.start["state"], atol=1e-6)
    assert np.allclose(moved - still, (0, 0.1), atol=1e-5)


def try_ant(trial):
    trial.play(1, a0=1.0)
    joint = trial.inner._model.actuator_trnid[0, 0]
    force = trial.inner._data.qfrc_actuator[trial.inner._model.jnt_dofadr[joint]]
    assert f"{force:g} N m" == trial.task.convention.angular
    assert trial.task.action.components[0] == "hip 4"


def agent(seen):
    return np.argwhere(seen["grid"][..., 2])[0]


def try_tunnel(trial):
    before = agent(trial.start)
    steps = []
    for action, move in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
        row, column = before + move
        wall = trial.start["grid"][row, column, 0]
        seen, _, ended, *_ = trial.env.step(action)
        steps.append(np.array_equal(agent(seen) - before, (0, 0) if wall else move))
        if not wall and not ended:
            trial.env.step((action + 2) % 4)
    assert all(steps)


def try_minigrid(trial):
    before = trial.inner.level.agent_dir
    trial.env.step(0)
    assert trial.inner.level.agent_dir == (before - 1) % 4  # to the left of where it faces
    trial.env.step(1)
    assert trial.inner.level.agent_dir == before


TRIALS = {
    "metaworld": try_metaworld,
    "fetch": try_fetch,
    "kitchen": try_kitchen,
    "adroit": try_adroit,
    "pusht": try_pusht,
    "robosuite": try_robosuite,
    "minigrid": try_minigrid,
}


def trial_of(task):
    if task.suite == "d3il":
        return try_d3il_arm if "stacking" in task.id else try_d3il_rod
    if task.suite == "navigation":
        names = {"ant": try_ant, "ogbench-point": try_ogbench_point, "pointmaze": try_pointmaze}
        return next((trial for name, trial in names.items() if name in task.id), try_tunnel)
    return TRIALS.get(task.suite)


def marked(task):
    return pytest.param(task, id=task.id, marks=() if task.id in TRIED else pytest.mark.slow)


@pytest.mark.parametrize("task", [marked(t) for t in REGISTRY.select() if trial_of(t) is not None])
def test_the_environment_does_what_the_convention_says(task):
    if missing := task.missing_package():
        pytest.skip(f"needs {missing}")
    trial = Trial(task)
    try:
        trial_of(task)(trial)
    finally:
        trial.env.close()


def test_every_task_states_its_convention():
    assert not [task.id for task in REGISTRY.select() if task.convention is None]


def test_a_gripper_is_claimed_where_an_action_has_a_component_for_it():
    words = ("gripper", "width", "finger")
    for task in REGISTRY.select():
        has = any(word in name for name in task.action.components for word in words)
        assert has == (task.convention.gripper != "none"), task.id


def test_a_rotation_is_claimed_where_an_action_has_components_for_it():
    for task in REGISTRY.select():
        has = any("rotation" in name for name in task.action.components)
        assert has == (task.convention.rotation != "none"), task.id


def test_the_page_lists_what_the_tasks_say():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    told = [line for line in page if line.startswith("|")][2:]
    assert told[: len(rows())] == rows()
