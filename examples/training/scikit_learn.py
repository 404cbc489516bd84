"""A scikit-learn policy: the nearest demonstrated states vote on the action, and more neighbors are tried.

Run it after ``ilbench demos d3il/avoiding-v3 --count 24``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsRegressor

import ilbench

TASK = "d3il/avoiding-v3"


def fit(neighbors: int, num_demonstrations: int = 24) -> KNeighborsRegressor:
    """Returns the regressor from observed state to the demonstrated action."""
    data = ilbench.load_demonstrations(TASK, count=num_demonstrations)
    observations, actions, _ = data.windows().arrays()
    return KNeighborsRegressor(neighbors).fit(observations["state"][:, 0], actions[:, 0])


def search(choices: Sequence[int] = (1, 4, 16), num_demonstrations: int = 24) -> dict[int, float]:
    """Returns the success rate of each number of neighbors."""
    found = {}
    for neighbors in choices:
        model = fit(neighbors, num_demonstrations)

        # glue: begin
        def policy(observation: Mapping[str, NDArray[Any]], model: Any = model) -> NDArray[Any]:
            return model.predict(observation["state"][None])[0]

        run = ilbench.run(policy, task=TASK, split="test", repeats=8)
        success = ilbench.score(run)[TASK].splits["test"].success
        # glue: end
        found[neighbors] = success.value
        sys.stdout.write(f"{neighbors} neighbors: success {success.value:.2f}\n")
    return found


if __name__ == "__main__":
    search()
