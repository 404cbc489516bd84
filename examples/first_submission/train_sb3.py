"""Trains Stable-Baselines3's PPO for a moment on a task as a Gymnasium id, and saves it: ``model.zip``."""

import gymnasium
from stable_baselines3 import PPO

env = gymnasium.make("ilbench.gymnasium_ids:ilbench/navigation-pointmaze-umaze-v1")
PPO("MultiInputPolicy", env, n_steps=256, seed=0, device="cpu").learn(5_000).save("model.zip")
