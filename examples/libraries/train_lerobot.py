"""ACT or a diffusion policy with LeRobot, on a folder that `ilbench demos export lerobot` wrote.

Runs in an environment of its own: lerobot==0.4.4 and what it brings; nothing of ILBench, and no network.

    python train_lerobot.py lift_lerobot lift_act --steps 500
    python train_lerobot.py lift_lerobot lift_diffusion --steps 300 --method diffusion
"""

from __future__ import annotations

import argparse
import os

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from lerobot.configs.types import FeatureType
from lerobot.datasets.factory import resolve_delta_timestamps
from lerobot.datasets.lerobot_dataset import LeRobotDataset, LeRobotDatasetMetadata
from lerobot.datasets.utils import dataset_to_policy_features
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig
from lerobot.policies.factory import get_policy_class, make_pre_post_processors

SMALL = {
    "act": (ACTConfig, {"dim_model": 64, "n_heads": 4, "dim_feedforward": 128, "n_encoder_layers": 2,
                        "n_vae_encoder_layers": 2, "chunk_size": 20, "n_action_steps": 10}),
    "diffusion": (DiffusionConfig, {"down_dims": (32, 64), "n_groups": 4, "horizon": 16, "n_action_steps": 8,
                                    "num_train_timesteps": 10, "drop_n_last_frames": 7}),
}  # fmt: skip
NAME = "ilbench/exported"


def main() -> None:
    """Trains and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--method", choices=SMALL, default="act")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)
    features = dataset_to_policy_features(LeRobotDatasetMetadata(NAME, root=asked.data).features)
    outputs = {"action": features["action"]}
    inputs = {key: f for key, f in features.items() if f.type is not FeatureType.ACTION}
    make, options = SMALL[asked.method]
    config = make(input_features=inputs, output_features=outputs, device="cpu", push_to_hub=False, **options)
    meta = LeRobotDatasetMetadata(NAME, root=asked.data)
    data = LeRobotDataset(NAME, root=asked.data, delta_timestamps=resolve_delta_timestamps(config, meta))
    policy = get_policy_class(config.type)(config)
    before, after = make_pre_post_processors(config, dataset_stats=meta.stats)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True, drop_last=True)
    policy.train()
    step = 0
    while step < asked.steps:
        for batch in loader:
            loss, _ = policy.forward(before(batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step == asked.steps:
                break
    policy.save_pretrained(asked.out)
    before.save_pretrained(asked.out)
    after.save_pretrained(asked.out)


if __name__ == "__main__":
    main()
