"""Behavior cloning with imitation, on a file that `ilbench demos export npz` wrote.

Runs in an environment of imitation's own: imitation==1.0.1 and what it brings; nothing of ILBench.

    python train_imitation.py lift.npz lift_imitation.pt --batches 2000
"""

from __future__ import annotations

import argparse
import json

import gymnasium as gym
import numpy as np
import torch
from imitation.algorithms import bc
from imitation.data.types import Transitions
from imitation.util.util import save_policy


def load(path: str) -> Transitions:
    """Returns the steps of all demonstrations; several vectors are put one after the other, in order."""
    with np.load(path, allow_pickle=False) as file:
        fields = json.loads(str(file["about"]))["fields"]
        names = [name for name, field in fields.items() if len(field["shape"]) == 1]
        rows = np.concatenate([file[f"observations/{name}"] for name in names], axis=1, dtype=np.float32)
        ends, labels = file["ends"], file["expert_actions"]
        last = file["observation_ends"] - 1
    dones = np.zeros(len(labels), dtype=bool)
    dones[ends - 1] = True
    return Transitions(
        obs=np.delete(rows, last, axis=0),
        acts=labels,
        infos=np.array([{}] * len(labels)),
        next_obs=np.delete(rows, [0, *(last[:-1] + 1)], axis=0),
        dones=dones,
    )


def main() -> None:
    """Trains and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--batches", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)
    steps = load(asked.data)
    width = steps.acts.shape[1]
    trainer = bc.BC(
        observation_space=gym.spaces.Box(-np.inf, np.inf, (steps.obs.shape[1],), np.float32),
        action_space=gym.spaces.Box(-1.0, 1.0, (width,), np.float32),
        rng=np.random.default_rng(asked.seed),
        demonstrations=steps,
        batch_size=256,
    )
    trainer.train(n_batches=asked.batches, log_interval=asked.batches)
    save_policy(trainer.policy, asked.out)


if __name__ == "__main__":
    main()
