"""Behavior cloning with robomimic, on a file that `ilbench demos export robomimic` wrote.

Runs in an environment of robomimic's own: robomimic==0.3.0 and what it needs; nothing of ILBench.

    python train_robomimic.py lift.hdf5 lift_mlp.pth --steps 1000
    python train_robomimic.py lift.hdf5 lift_rnn.pth --steps 300 --method rnn-gmm
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from robomimic.config import config_factory
from robomimic.scripts.train import train

KEYS = ["robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "object"]


def configured(asked: argparse.Namespace, folder: str) -> Any:
    """Returns robomimic's configuration: a small network, and nothing but the training itself."""
    config = config_factory("bc")
    with config.values_unlocked():
        config.experiment.name = "lift"
        config.experiment.validate = False
        config.experiment.rollout.enabled = False
        config.experiment.logging.log_tb = False
        config.experiment.logging.terminal_output_to_txt = False
        config.experiment.epoch_every_n_steps = asked.steps
        config.experiment.save.every_n_epochs = 1
        config.train.data = asked.data
        config.train.output_dir = folder
        config.train.num_epochs = 1
        config.train.batch_size = 64
        config.train.cuda = False
        config.train.seed = asked.seed
        config.observation.modalities.obs.low_dim = KEYS
        config.algo.optim_params.policy.learning_rate.initial = 1e-3
        config.algo.actor_layer_dims = (256, 256)
        config.algo.gmm.enabled = "gmm" in asked.method
        if "rnn" in asked.method:
            config.train.seq_length = config.algo.rnn.horizon = 10
            config.algo.rnn.enabled = True
            config.algo.rnn.hidden_dim = 64
            config.algo.actor_layer_dims = ()
        if asked.method == "transformer":
            config.algo.transformer.enabled = True
            config.algo.transformer.embed_dim = 32
            config.algo.transformer.num_heads = 4
            config.algo.transformer.num_layers = 2
            config.algo.transformer.context_length = config.train.frame_stack = 5
            config.train.seq_length = 1
            config.algo.actor_layer_dims = ()
    return config


def main() -> None:
    """Trains and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--method", choices=("mlp", "gmm", "rnn", "rnn-gmm", "transformer"), default="mlp")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        train(configured(asked, folder), device=torch.device("cpu"))
        (model,) = Path(folder).rglob("model_epoch_1*.pth")
        shutil.copyfile(model, asked.out)


if __name__ == "__main__":
    main()
