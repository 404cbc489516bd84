"""Who plays what, and with how much of the machine: the two values that every start of episodes is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.contract.convention import check_convention
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import ILBenchError, ILBenchWarning

DEFAULT_TIMEOUT_S = 60.0
DEFAULT_LOAD_TIMEOUT_S = 300.0
DEFAULT_EPISODE_TIMEOUT_S = 3600.0
DEFAULT_LANES = 8
"""An environment takes memory, and some take seconds to build: a width of hundreds is no wish for so many.
Who has a policy that is cheaper by the batch asks for more lanes."""


class LineupError(ILBenchError):
    """A lineup that leaves a task without its policy, or mixes policies of several widths."""


class ResourcesError(ILBenchError):
    """Resources out of range."""


class FewerLanesWarning(ILBenchWarning):
    """A policy that cannot serve as many lanes as were asked for; its records are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """Who plays what. Tasks travel by value: a worker looks nothing up.

    Attributes:
        tasks: The tasks, by id.
        policies: How the policy of each is loaded, by task id; it may hold more than the tasks.

    Raises:
        LineupError: A task has no policy, or the policies differ in width.
        ConventionMismatchError: What is said of a policy's actions is not what its task takes.
    """

    tasks: Mapping[str, Task]
    policies: Mapping[str, PolicySpec]

    def __post_init__(self) -> None:
        without = [task for task in self.tasks if task not in self.policies]
        if without:
            raise LineupError(f"{without[0]} has no policy; found policies for: {', '.join(self.policies)}")
        widths = {self.policies[task].width for task in self.tasks}
        if len(widths) > 1:
            raise LineupError(
                f"the policies of a lineup must have one width, found {sorted(widths)}; play them as two runs"
            )
        for name, task in self.tasks.items():
            check_convention(name, task.convention, self.policies[name].convention)

    @property
    def width(self) -> int:
        """Rows of every batched call."""
        return next((self.policies[task].width for task in self.tasks), DEFAULT_WIDTH)

    def of_width(self, width: int) -> Lineup:
        """Returns the same lineup with batches of `width` rows: to play a recorded run as it was."""
        policies = {task: spec.model_copy(update={"width": width}) for task, spec in self.policies.items()}
        return Lineup(tasks=self.tasks, policies=policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """How much of the machine is used. None of it changes a record.

    Attributes:
        num_workers: Processes.
        num_lanes: Environments side by side in each, up to the width; None for as many as the width, but no
            more than `DEFAULT_LANES`.
        timeout_s: Longest time that a policy may take for one call.
        load_timeout_s: Longest time that it may take to load.
        episode_timeout_s: Longest time that it may take for one episode, all calls together.
        run_timeout_s: Longest time of the whole run; None for as long as it takes.
        executor: Where the workers live, see `ilbench.runner.fleets.executors`.

    Raises:
        ResourcesError: A number is out of range.
    """

    num_workers: int = 1
    num_lanes: int | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    load_timeout_s: float = DEFAULT_LOAD_TIMEOUT_S
    episode_timeout_s: float = DEFAULT_EPISODE_TIMEOUT_S
    run_timeout_s: float | None = None
    executor: str = "local"

    def __post_init__(self) -> None:
        if self.num_workers < 1:
            raise ResourcesError(f"workers must be at least 1, found {self.num_workers}")
        for what in ("timeout_s", "load_timeout_s", "episode_timeout_s", "run_timeout_s"):
            limit_s = getattr(self, what)
            if limit_s is not None and not 0 < limit_s < math.inf:
                name = what.removesuffix("_s").replace("_", "-")
                raise ResourcesError(f"{name} must be a positive number of seconds, found {limit_s:g}")

    def lanes_of(self, width: int) -> int:
        """Returns the number of lanes of a policy of that width, in ``[1, width]``.

        Raises:
            ResourcesError: More lanes were asked for than the policy has rows, or less than 1.
        """
        if self.num_lanes is None:
            return min(width, DEFAULT_LANES)
        if not 1 <= self.num_lanes <= width:
            raise ResourcesError(
                f"lanes must be in [1, {width}], the width of the policy; found {self.num_lanes}"
            )
        return self.num_lanes


ONE_WORKER = Resources()
