"""Behavior cloning or a decision transformer with d3rlpy, on a file that `ilbench demos export d3rlpy` wrote.

Runs in an environment of d3rlpy's own: d3rlpy==2.8.1 and what it brings; nothing of ILBench.

    python train_d3rlpy.py lift.h5 lift_bc.d3 --steps 2000
    python train_d3rlpy.py lift.h5 lift_dt.d3 --steps 500 --method dt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import d3rlpy
import torch

METHODS = {
    "bc": d3rlpy.algos.BCConfig(
        batch_size=256, observation_scaler=d3rlpy.preprocessing.StandardObservationScaler()
    ),
    "dt": d3rlpy.algos.DecisionTransformerConfig(
        batch_size=32, context_size=5, observation_scaler=d3rlpy.preprocessing.StandardObservationScaler()
    ),
}


def main() -> None:
    """Trains and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--method", choices=METHODS, default="bc")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    d3rlpy.seed(asked.seed)
    torch.set_num_threads(1)
    with Path(asked.data).open("rb") as file:
        data = d3rlpy.dataset.ReplayBuffer.load(file, d3rlpy.dataset.InfiniteBuffer())
    method = METHODS[asked.method].create(device="cpu:0")
    method.fit(
        data,
        n_steps=asked.steps,
        n_steps_per_epoch=asked.steps,
        logger_adapter=d3rlpy.logging.NoopAdapterFactory(),
        show_progress=False,
    )
    method.save(asked.out)


if __name__ == "__main__":
    main()
