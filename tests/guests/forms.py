"""Every form that a policy can have. They import nothing of the project.

All draw the same actions from their seeds, but for those that say otherwise: the k-th of an episode is the
k-th of its own generator, moved by the number of steps that the policy has counted. Who forgets to pass a
seed, or lets two lanes share a policy, changes them.
"""

import functools

import numpy as np

WIDTH = 8


class Seeded:
    """A class: `reset(seed, task)` and `act(observation)`."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def reset(self, seed, task):
        assert task["horizon"]
        task.clear()  # it is this policy's own copy
        self.begin(seed)

    def begin(self, seed):
        self.rng, self.steps = np.random.default_rng(seed), 0

    def act(self, observation):
        self.steps += 1
        return self.gain * (self.rng.normal([0.0, 0.008], 0.006) + 0.001 * self.steps)


def resetting(parameters):
    """Returns a class whose reset has these parameters, and begins with what it is given as a seed."""
    space = {"begin": lambda policy, given: policy.begin(next(seeds_in(given)))}
    exec(f"def reset(self, {parameters}): begin(self, locals())", space)
    return type("Resetting", (Seeded,), {"reset": space["reset"]})


def seeds_in(given):
    yield from (given[name] for name in ("seed", "_seed") if given.get(name) is not None)
    yield from given.get("rest", ())
    yield given["more"]["seed"]


SeedAlone = resetting("seed")
Defaults = resetting("seed=None, task=None")
KeywordOnly = resetting("*, seed=None, options=None")
AnyKeywords = resetting("**more")
AnyArguments = resetting("*rest")
PositionalOnly = resetting("seed, task, /")
PositionalAfterOther = resetting("mood=3, seed=None, /, *, task")
Underscored = resetting("_seed, _task")
OtherDefault = resetting("seed, mood='calm'")
OtherNeeded = resetting("seed, mood")


class TaskAlone:
    def reset(self, task):
        self.forward = task["action"]["shape"][0] / 250

    def act(self, observation):
        return np.array([0.0, self.forward])


class NeverReset:
    def act(self, observation):
        return 0.01 * np.sign(observation["state"][:2])


class Counts:
    """Is reset, and needs nothing for it."""

    def reset(self):
        self.steps = 0

    def act(self, observation):
        self.steps += 1
        return np.array([0.0, self.steps / 1000])


class Inherited(Seeded):
    pass


def logged(function):
    """A decorator that keeps the signature."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def opaque(function):
    """A decorator that hides the signature."""

    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Decorated(Seeded):
    reset = logged(Seeded.reset)
    act = logged(Seeded.act)


class OpaquelyDecorated(Seeded):
    reset = opaque(SeedAlone.reset)


class Called:
    """Is called, and has no act."""

    reset, begin = logged(Seeded.begin), Seeded.begin
    gain = 1.0
    __call__ = Seeded.act


class WithProperty(Seeded):
    @property
    def act(self):
        return lambda observation: Seeded.act(self, observation)


class WithStatic:
    @staticmethod
    def act(observation):
        return 0.01 * np.sign(observation["state"][:2])


class WithClassMethod:
    forward = 0.01

    @classmethod
    def act(cls, observation):
        return cls.forward * np.sign(observation["state"][:2])

    @classmethod
    def load(cls):
        return Seeded()


def function(observation):
    return 0.01 * np.sign(observation["state"][:2])


def with_default(observation, gain=0.01):
    return gain * np.sign(observation["state"][:2])


def with_keyword(observation, *, gain=0.01):
    return gain * np.sign(observation["state"][:2])


def positional(observation, /):
    return function(observation)


def any_keywords(observation, **more):
    return function(observation)


def with_gain(observation, gain):
    return gain * np.sign(observation["state"][:2])


def all_default(observation=None):
    return np.zeros(2)


partly = functools.partial(with_gain, gain=0.01)
partly_class = functools.partial(Seeded, 1.0)
decorated = logged(function)
opaquely_decorated = opaque(function)


def make():
    return Seeded()


def make_closure():
    policy = Seeded()

    def act(observation):
        return policy.act(observation)

    act.reset = policy.reset
    return act


def make_function():
    return function


def make_class():
    return Seeded


@functools.lru_cache
def make_cached():
    return Seeded()


def make_method():
    return SHARED.act


class Singleton(Seeded):
    one = None

    def __new__(cls):
        cls.one = cls.one or super().__new__(cls)
        return cls.one


SHARED = Seeded()
instance = Seeded()
called = Called()
method = SHARED.act


class Unreset:
    """Is called, and cannot be reset."""

    def __call__(self, observation):
        return function(observation)


unreset = Unreset()


def with_reset(observation):
    return with_reset.policy.act(observation)


with_reset.policy = Seeded()
with_reset.reset = with_reset.policy.reset


class Batched:
    """For all lanes: `reset(lane, seed, task)` and `act(observations)`."""

    def __init__(self):
        self.lanes = [Seeded() for _ in range(WIDTH)]
        for policy in self.lanes:
            policy.begin(0)

    def reset(self, lane, seed, task):
        self.lanes[lane].begin(seed)

    def act(self, observations):
        assert len(observations["state"]) == WIDTH
        return np.array([policy.act(None) for policy in self.lanes])


class BatchedDefaults(Batched):
    def reset(self, *, task=None, seed=None, lane=0, mood="calm"):
        Batched.reset(self, lane, seed, task)


class BatchedKeywords(Batched):
    def reset(self, lane, **more):
        Batched.reset(self, lane, **more)


class BatchedList(Batched):
    def act(self, observations):
        return list(Batched.act(self, observations))


batched = Batched()


async def asynchronous(observation):
    return np.zeros(2)


def generator(observation):
    yield np.zeros(2)


class AsyncAct(Seeded):
    async def act(self, observation):
        return np.zeros(2)


class GeneratorAct(Seeded):
    def act(self, observation):
        yield np.zeros(2)


class AsyncReset(Seeded):
    async def reset(self, seed):
        self.begin(seed)


class GeneratorReset(Seeded):
    def reset(self, seed):
        self.begin(seed)
        yield


class LateReset(Seeded):
    """Its reset is async behind a decorator."""

    reset = opaque(AsyncReset.reset)

    def act(self, observation):
        return np.zeros(2)


NUMBER = 7


class Formless:
    pass
