"""Plays an adapter beside its library, in the library's environment: ``python own_predict.py FOLDER TOLD``.

FOLDER is that of the guest package; TOLD is JSON with ``library``, ``path``, ``mapping``, ``options`` and
``observations``, a file of demonstrations that ``ilbench demos export npz`` wrote. Eight lanes of 125 steps
are played by the adapter, and each of them alone by the library, in the way that its own documentation plays
a policy. Printed is JSON: the largest difference of two actions, and microseconds a step.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections import deque

import numpy as np

LANES, STEPS = 8, 125


def guest(folder):
    sys.path.insert(0, folder + "/script")
    importlib.import_module("start").load_package()
    sys.path.pop(0)


def by_adapter(policy, seen, task):
    """Returns actions (lanes, steps, …), chunks played as the harness plays them, and seconds."""
    for lane in range(LANES):
        policy.reset(lane, lane, task)
    queues, actions = [deque() for _ in range(LANES)], []
    begin = time.perf_counter()
    for step in range(STEPS):
        if not queues[0]:
            returned = np.asarray(policy.act({"state": frames(seen, step, policy.history)}))
            chunks = returned if returned.ndim == 3 else returned[:, None]
            for queue, chunk in zip(queues, chunks):  # noqa: B905
                queue.extend(chunk)
        actions.append([queue.popleft() for queue in queues])
    return np.array(actions).swapaxes(0, 1), time.perf_counter() - begin


def frames(seen, step, history):
    """Returns the last observations of all lanes; before the first there is the first."""
    if history == 1:
        return seen[:, step].copy()
    return np.stack([seen[:, max(step - back, 0)] for back in reversed(range(history))], axis=1)


def imitation(path, options):
    import torch

    policy = torch.load(path, map_location="cpu", weights_only=False)
    return lambda lane, rows: [policy.predict(row, deterministic=True)[0] for row in rows]


def d3rlpy(path, options):
    import d3rlpy

    algorithm = d3rlpy.load_learnable(path, device="cpu:0")
    if not options:
        return lambda lane, rows: [algorithm.predict(row[None])[0] for row in rows]
    wrapper = algorithm.as_stateful_wrapper(**options)

    def play(lane, rows):
        wrapper.reset()
        return [wrapper.predict(row, 0.0) for row in rows]

    return play


def robomimic(path, options):
    import torch
    from robomimic.utils.file_utils import policy_from_checkpoint

    policy, checkpoint = policy_from_checkpoint(
        device=torch.device("cpu"), ckpt_dict=torch.load(path, weights_only=False)
    )
    stacked = json.loads(checkpoint["config"])["train"].get("frame_stack", 1)
    parts = {
        "robot0_eef_pos": slice(0, 3),
        "robot0_eef_quat": slice(3, 7),
        "robot0_gripper_qpos": slice(7, 9),
        "object": slice(9, 19),
    }

    def play(lane, rows):
        torch.manual_seed(lane)
        policy.start_episode()
        last = deque([rows[0]] * stacked, maxlen=stacked)
        actions = []
        for row in rows:
            last.append(row)
            seen = np.stack(last) if stacked > 1 else row
            actions.append(policy({key: seen[..., part] for key, part in parts.items()}))
        return actions

    return play


def lerobot(path, options):
    import torch
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors

    config = PreTrainedConfig.from_pretrained(path)
    policy = get_policy_class(config.type).from_pretrained(path)
    before, after = make_pre_post_processors(config, pretrained_path=path)

    def play(lane, rows):
        torch.manual_seed(lane)
        policy.reset()
        actions = []
        for row in rows:
            batch = {key: torch.from_numpy(row.copy()) for key in config.input_features}
            actions.append(after(policy.select_action(before(batch)))[0].numpy())
        return actions

    return play


def main():
    told = json.loads(sys.argv[2])
    guest(sys.argv[1])
    adapter = importlib.import_module("ilbench_guest.adapters." + told["library"])
    begin = time.perf_counter()
    policy = adapter.Policy(told["path"], told["mapping"], **told["options"])
    seconds = time.perf_counter() - begin
    rows = np.load(told["observations"])["observations/state"]
    seen = np.resize(rows, (LANES, STEPS, rows.shape[1]))
    ours, ours_s = by_adapter(policy, seen, told["mapping"]["task"])
    play = globals()[told["library"]](told["path"], told["options"])
    begin = time.perf_counter()
    theirs = np.array([play(lane, seen[lane]) for lane in range(LANES)])
    theirs_s = time.perf_counter() - begin
    figures = {
        "largest_difference": float(np.abs(ours - theirs).max()),
        "largest_action": float(np.abs(theirs).max()),
        "load_s": seconds,
        "adapter_us": 1e6 * ours_s / (LANES * STEPS),
        "library_us": 1e6 * theirs_s / (LANES * STEPS),
    }
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
