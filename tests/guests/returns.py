"""Everything that a policy can return, or raise. They import nothing of the project.

`CONTINUOUS` is for actions of two numbers, `DISCRETE` for one of at least three integers. Each row has its
name in the documentation, and variants, each a function of the observation.
"""

import collections
import contextlib
import decimal

import numpy as np

ACTION = np.array([0.125, 0.25])
CHOICE = 2
LONG = 2000


class Odd(BaseException):
    """Nobody's mistake, and not to be shown either."""

    def __str__(self):
        raise SystemExit


class Trap:
    def __init__(self, error):
        self.error = error

    def __array__(self, *how, **more):
        raise self.error


class Lazy:
    """Says that it is large, and cannot be read."""

    shape = (10**12, 2)

    def __array__(self, *how, **more):
        raise AssertionError("it was read")


class Own(np.ndarray):
    pass


def raising(error):
    def act(seen):
        raise error

    return act


def recursing(seen):
    return recursing(seen)


def torch_tensor(values, **how):
    def act(seen):
        import torch

        return torch.tensor(values, **how)

    return act


def always(value):
    return lambda seen: value


def endless():
    itself = []
    itself.append(itself)
    return itself


def read_only(array):
    array.flags.writeable = False
    return array


RAISED = {
    "an exception": (
        raising(ValueError("cannot")),
        raising(StopIteration()),
        raising(MemoryError()),
        recursing,
        raising(UnicodeError("\ud800\x1b[2J")),
    ),
    "what ends a program": (
        raising(SystemExit(0)),
        raising(KeyboardInterrupt()),
        raising(GeneratorExit()),
        raising(Odd()),
    ),
    "an object that raises when it is read": (
        always(Trap(ValueError("caught"))),
        always(Trap(SystemExit())),
        always(Trap(KeyboardInterrupt())),
    ),
}
NO_ACTION = {
    "nothing, text, a dictionary, an object": (
        always(None),
        always("left"),
        always(b"left"),
        always({"action": ACTION}),
        always({1, 2}),
        always(object()),
        always(np),
        always(np.array([None, None])),
        always(np.array([object(), 1.0], object)),
        always([decimal.Decimal(1), decimal.Decimal(2)]),
        always(np.array(["a", "b"])),
        always(np.zeros(2, [("x", "f4")])),
        always(np.zeros(2, "datetime64[s]")),
    ),
    "a generator, a coroutine, a function": (
        lambda seen: (value for value in ACTION),
        always(contextlib.nullcontext),
        always(iter([0.0, 1.0])),
        always(map(float, [1, 2])),
    ),
    "a truth value": (always(True), always(np.bool_(True)), always(np.array([True, False]))),
    "complex numbers": (always(1j), always(ACTION + 0j)),
    "a ragged or nested list": (
        always([[0.0], [0.0, 1.0]]),
        always([ACTION, 1.0]),
        always([[[0.0, 1.0]]]),
        lambda seen: endless(),
    ),
    "integers beyond 64 bits": (always(2**70), always([2**70, 1])),
    "nothing of it: an empty array or list": (
        always([]),
        always(()),
        always(np.zeros(0)),
        always(np.zeros((0, 2))),
        always(np.zeros(0, int)),
    ),
    "more than 1024 actions": (
        always(np.zeros((LONG, 2))),
        always(np.zeros(LONG, int)),
        always(np.broadcast_to(0.0, (10**12, 2))),
        always(range(10**12)),
        always([[0.0, 0.0]] * LONG),
        always([0.0] * 10**6),
        always(Lazy()),
    ),
    "a tuple of mean and deviation": (
        always((ACTION, ACTION)),
        always((ACTION, None)),
        always((np.array([ACTION, ACTION]), ACTION)),
    ),
    "masked entries": (
        always(np.ma.masked_array(ACTION, [True, False])),
        always(np.ma.masked_array([CHOICE], [True])),
    ),
}

CONTINUOUS = {
    "the action, as an array or a tensor": (
        always(ACTION),
        lambda seen: seen["state"][:2],
        always(read_only(ACTION.copy())),
        always(np.zeros((2, 4))[:, 1]),
        always(ACTION.astype(">f8")),
        always(ACTION.astype(np.float16)),
        always(ACTION.astype(np.longdouble)),
        always(ACTION.view(Own)),
        always(np.ma.masked_array(ACTION, [False, False])),
        torch_tensor([0.125, 0.25]),
    ),
    "the action, as a list or a tuple of numbers": (
        always([0.125, 0.25]),
        always((0.125, 0.25)),
        always([np.float32(0.125), np.array(0.25)]),
        always(collections.deque([0.125, 0.25])),
    ),
    "one number": (always(0.5), always(np.float64(0.5)), always(np.array(0.5)), always(1)),
    "whole numbers": (always([0, 1]), always(np.array([2**64 - 1, 0], np.uint64))),
    "numbers beyond the bounds": (always([9.0, -9.0]),),
    "no finite numbers": (
        always([np.nan, 0.0]),
        always([0.0, -np.inf]),
        always([1e300, 0.0]),
        always(np.array([["0.0", "nan"]]).astype(float)),
    ),
    "an array (1, *shape)": (always(ACTION[None]), always(np.matrix(ACTION)), torch_tensor([[0.125, 0.25]])),
    "an array (K, *shape)": (
        always(np.array([ACTION] * 3)),
        always(np.asfortranarray(np.array([ACTION] * 3))),
        always(np.broadcast_to(ACTION, (3, 2))),
    ),
    "a list of K actions": (always([ACTION] * 3), always([[0.125, 0.25]] * 3)),
    "a one-hot": (always(np.eye(7)[CHOICE]), always([0, 0, 1])),
    "another shape": (always(np.zeros(3)), always(np.zeros((2, 1))), always(np.zeros((1,) * 20 + (2,)))),
    "a tensor with a gradient": (torch_tensor([0.125, 0.25], requires_grad=True),),
    **NO_ACTION,
    **RAISED,
}
DISCRETE = {
    "the action, as an array or a tensor": (
        always(np.array(CHOICE)),
        always(np.array(CHOICE, np.int8)),
        always(np.array(CHOICE, ">i4")),
        always(np.array(CHOICE, np.uint64)),
        torch_tensor(CHOICE),
    ),
    "the action, as a list or a tuple of numbers": (always([CHOICE]),),
    "one number": (always(CHOICE), always(np.int64(CHOICE))),
    "numbers beyond the bounds": (
        always(-1),
        always(99),
        always(2**63),
        always(np.array(2**64 - 1, np.uint64)),
        always(-(2**63)),
    ),
    "no finite numbers": (always(np.nan),),
    "an array (1, *shape)": (always(np.array([CHOICE])), torch_tensor([CHOICE])),
    "an array (K, *shape)": (always(np.array([1, 0, 2])),),
    "a list of K actions": (always([1, 0, 2]),),
    "a one-hot": (always(np.eye(7, dtype=int)[CHOICE]), always([0, 0, 1])),
    "another shape": (always(np.zeros((1, 1), int)), always(np.float64(2.0)), always(2.0)),
    "a tensor with a gradient": (torch_tensor(2.0, requires_grad=True),),
    **NO_ACTION,
    "a tuple of mean and deviation": (always((CHOICE, 0.5)), always((CHOICE, CHOICE)), always((CHOICE,))),
    **RAISED,
}


def variants(rows):
    """Returns all variants in order, each with the name of its row."""
    return [(name, act) for name, acts in rows.items() for act in acts]


class Returns:
    """For one episode at a time; the seed says which variant it returns."""

    rows = CONTINUOUS

    def reset(self, seed):
        self.variant = variants(self.rows)[seed][1]

    def act(self, observation):
        return self.variant(observation)


class ReturnsChoices(Returns):
    rows = DISCRETE


class ReturnsDeclared(Returns):
    """Says that it returns chunks."""

    chunk = 5


class ReturnsDeclaredChoices(ReturnsChoices):
    chunk = 5


BATCHED = {
    "an array (width, *shape)": (always(np.array([ACTION] * 8)), torch_tensor([[0.125, 0.25]] * 8)),
    "an array (width, K, *shape)": (always(np.array([[ACTION] * 3] * 8)),),
    "a list with an entry for each lane": (
        always([ACTION] * 8),
        always([[0.125, 0.25]] * 8),
        always([(0.125, 0.25)] * 8),
        always([*[None] * 3, ACTION, *[None] * 4]),
    ),
    "a tuple": (
        always((np.array([ACTION] * 8), np.array([ACTION] * 8))),
        always((ACTION,) * 8),
        always((np.array([ACTION] * 8), None)),
    ),
    "another number of rows": (
        always(ACTION),
        always(np.array([ACTION])),
        always(np.array([ACTION] * 7)),
        always([ACTION] * 3),
    ),
    "anything else": (
        always(None),
        always("left"),
        always(np.zeros((8, 3))),
        always(np.zeros((8, 2), bool)),
        always(np.zeros((8, LONG, 2))),
        always(np.zeros((8, 0, 2))),
        always(np.ma.masked_array(np.zeros((8, 2)), np.ones((8, 2), bool))),
        always(Lazy()),
    ),
    "an exception": RAISED["an exception"] + RAISED["what ends a program"],
}
BATCHED_DISCRETE = {
    "an array (width, *shape)": (always(np.full(8, CHOICE)), torch_tensor([CHOICE] * 8)),
    "an array (width, K, *shape)": (always(np.full((8, 3), CHOICE)), always(np.eye(8, dtype=int))),
    "an array (width, 1, *shape)": (always(np.full((8, 1), CHOICE)),),
    "a list with an entry for each lane": (always([CHOICE] * 8), always([np.array([CHOICE])] * 8)),
}


class BatchedReturns:
    """For all lanes; the seed says which variant it returns."""

    rows = BATCHED

    def reset(self, lane, seed, task):
        self.variant = variants(self.rows)[seed][1]

    def act(self, observations):
        return self.variant(observations)


class BatchedReturnsChoices(BatchedReturns):
    rows = BATCHED_DISCRETE


class Lengths:
    """Returns a longer chunk the larger its seed: of `length(seed, calls)` actions."""

    def reset(self, seed):
        self.seed, self.calls = seed, 0

    def act(self, observation):
        self.calls += 1
        return np.array([[0.0, 0.001 * self.seed]] * (1 + self.seed * self.calls % 5))


class Later:
    """Walks, and from the second step on of every third seed returns a variant."""

    def __init__(self, rows, number):
        self.variant = variants(globals()[rows])[number][1]

    def reset(self, seed):
        self.rng, self.seed, self.steps = np.random.default_rng(seed), seed, 0

    def act(self, observation):
        self.steps += 1
        if self.seed % 3 == 0 and self.steps > 1:
            return self.variant(observation)
        return self.rng.normal([0.0, 0.008], 0.006)
