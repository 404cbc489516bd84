"""A Stable-Baselines3 callback: PPO in a point maze, scored every few thousand steps."""

from __future__ import annotations

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

import ilbench

TASK = "navigation/pointmaze-umaze-v1"
ENV = "ilbench.contract.gymnasium_ids:ilbench/navigation-pointmaze-umaze-v1"


class Score(BaseCallback):
    """Logs the success rate on held-out starts and goals every so many steps.

    Attributes:
        successes: The rates so far, in their order.
    """

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every, self.successes = every, list[float]()

    def _on_step(self) -> bool:
        if self.num_timesteps % self.every == 0:
            # glue: begin
            run = ilbench.run(
                lambda observation: self.model.predict(observation, deterministic=True)[0],
                task=TASK,
                split="test",
                contexts=8,
            )
            success = ilbench.score(run)[TASK].splits["test"].success
            # glue: end
            self.successes.append(success.value)
            self.logger.record("ilbench/success", success.value)
        return True


def train(steps: int = 20_000, every: int = 5_000) -> tuple[PPO, Score]:
    """Returns the agent after about `steps` steps, and the callback with its scores."""
    score = Score(every)
    agent = PPO("MultiInputPolicy", gymnasium.make(ENV), n_steps=256, seed=0, verbose=1, device="cpu")
    return agent.learn(steps, callback=score), score


if __name__ == "__main__":
    train()
