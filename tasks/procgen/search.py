"""A* over saved states: the demonstrator of the games that are won by getting somewhere."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.tasks.procgen.estimates import make_estimate
from ilbench.tasks.procgen.games import NOTHING
from ilbench.tasks.procgen.rules import RULES, Rules
from ilbench.tasks.procgen.state import decode_state, read_agent, read_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.tasks.procgen.environment import ProcgenEnv
    from ilbench.tasks.procgen.simulator import Simulator

MAX_FAILURES = 3
"""Searches in an episode that may find no way to the goal; each goes on from the nearest place found."""


class Plan(NamedTuple):
    """A way through a level.

    Attributes:
        actions: One a step.
        reaches_goal: Whether its last step completes the level; otherwise it leads as near as was found.
        num_nodes: States looked at.
    """

    actions: tuple[int, ...]
    reaches_goal: bool
    num_nodes: int


class _Node(NamedTuple):
    state: bytes
    parent: int
    action: int
    steps: int


class SearchExpert:
    """Plays a way to the goal that weighted A* found by trying actions in copies of the simulator.

    It is told the truth by the copies: where enemies will go and, in games that draw things at random as
    they go on, what will be drawn. Its actions are held for some steps each, which no reactive player's
    are. Asked in a state that is not on its way (after a disturbed action), it searches anew from there.
    """

    def __init__(self) -> None:
        self._env: Any = None
        self._planner: Planner | None = None
        self._actions: list[int] = []
        self._expected = b""
        self._failures = 0

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Takes up an episode; `seed` and `mode` change nothing."""
        self._env = env.unwrapped
        planner = Planner(self._env)
        if self._planner is None or self._planner.options != planner.options:
            self._planner = planner
        self._actions, self._expected, self._failures = [], b"", 0

    def act(self, observation: Observation) -> NDArray[np.generic]:
        """Returns the next action of the way, int64; nothing, after `MAX_FAILURES` searches without one."""
        assert self._planner is not None
        here = self._env.state().tobytes()
        if (here != self._expected or not self._actions) and self._failures < MAX_FAILURES:
            plan = self._planner.plan(here)
            self._failures += not plan.reaches_goal
            self._actions = list(plan.actions)
        action = self._actions.pop(0) if self._actions else NOTHING
        self._expected = self._planner.after(here, action)
        return np.array(action, np.int64)


class Planner:
    """Searches ways through levels of one environment's game, under its present options.

    Args:
        env: The environment, whose simulator is not touched.
    """

    def __init__(self, env: ProcgenEnv) -> None:
        self.options = env.current_options
        self.game = env.game
        self.rules = RULES[env.game]
        self._lanes: Simulator | None = None

    def plan(self, start: bytes) -> Plan:
        """Returns a way from a state to the goal, or to the nearest place found."""
        rules, lanes = self.rules, self._simulator()
        estimate = make_estimate(decode_state(start), rules)
        nodes = [_Node(start, -1, NOTHING, 0)]
        nearest, least = 0, estimate(start)
        queue = [(rules.weight * least, 0)]
        seen = {self._key(start)}
        num_nodes = 0
        while queue and num_nodes < rules.max_nodes:
            index = heapq.heappop(queue)[1]
            num_nodes += 1
            children, won = self._expand(lanes, nodes[index])
            if won:
                return Plan(_way(nodes, index, won, rules), True, num_nodes)
            for action, state in children:
                key = self._key(state)
                if key in seen:
                    continue
                seen.add(key)
                steps = nodes[index].steps + rules.steps(action)
                left = estimate(state)
                nodes.append(_Node(state, index, action, steps))
                heapq.heappush(queue, (steps + rules.weight * left, len(nodes) - 1))
                if left < least:
                    nearest, least = len(nodes) - 1, left
        return Plan(_way(nodes, nearest, [], rules), False, num_nodes)

    def after(self, state: bytes, action: int) -> bytes:
        """Returns the state one action later."""
        lanes = self._simulator()
        lanes.install(0, state)
        lanes.act(np.full(lanes.num_lanes, action, np.int32))
        return lanes.save(0)

    def _expand(self, lanes: Simulator, node: _Node) -> tuple[list[tuple[int, bytes]], list[int]]:
        """Returns the states that the actions lead to, and the actions that win, if any do."""
        rules = self.rules
        for lane in range(lanes.num_lanes):
            lanes.install(lane, node.state)
        actions = np.array(rules.actions, np.int32)
        steps = np.array([rules.steps(action) for action in rules.actions])
        alive = np.ones(lanes.num_lanes, np.bool_)
        children = []
        for held in range(1, int(steps.max()) + 1):
            ended = lanes.act(actions).ended & alive
            for lane in np.flatnonzero(ended):
                if lanes.completed(int(lane)):
                    return [], [int(actions[lane])] * held
            alive &= ~ended
            for lane in np.flatnonzero(alive & (steps == held)):
                children.append((int(actions[lane]), lanes.save(int(lane))))
                alive[lane] = False
            if not alive.any():
                break
        return children, []

    def _key(self, state: bytes) -> tuple[int, ...]:
        """Returns what tells states apart: half cells, tenths of velocity, and what the rules add."""
        rules = self.rules
        agent, time = read_agent(state)
        key = [round(float(agent[n]) * s) for n, s in (("x", 2), ("y", 2), ("vx", 5), ("vy", 5))]
        key += read_tail(state, rules.tail)
        if rules.turns:
            key.append(round(float(agent["rotation"]) * 4))
        if rules.timed:
            key.append(time)
        return tuple(key)

    def _simulator(self) -> Simulator:
        if self._lanes is None:
            from ilbench.tasks.procgen.simulator import Simulator

            self._lanes = Simulator(self.game, len(self.rules.actions), **self.options)
        return self._lanes


def _way(nodes: list[_Node], index: int, last: list[int], rules: Rules) -> tuple[int, ...]:
    """Returns the actions that lead to a node, then `last`."""
    held: list[int] = []
    while nodes[index].parent >= 0:
        held.append(nodes[index].action)
        index = nodes[index].parent
    return (*(action for action in reversed(held) for _ in range(rules.steps(action))), *last)
