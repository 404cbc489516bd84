"""Meta-World's benchmarks as task lists: MT10 to MT50 and ML10 to ML45.

MT1 and ML1 need no lists. Each task by itself is an MT1 (trained and played on its ``train`` split) and, up
to one point, an ML1 (trained on ``train``, played on the held-out goals of ``test``): ML hides the goal from
the observation, while here it is observed in every list, since a policy that is not adapted at test time
could not know it.
"""

from __future__ import annotations

from ilbench.contract.task_list import TaskList
from ilbench.tasks.manipulation.metaworld.tasks import DECLARED

_SOURCE = "Meta-World 3.1.1, metaworld/env_dict.py; arXiv 1910.10897, and arXiv 2505.11289 for MT25 and ML25."
_MT_NOTES = "Meta-World plays one episode on each of 50 training goals; here the held-out goals of ``test``."
_ML_NOTES = (
    "Meta-World hides the goal and lets a learner adapt on the test tasks before it scores it; here the goal "
    "is observed and nothing is adapted, so scores do not compare with meta-learning's."
)

_MT10 = (
    "reach",
    "push",
    "pick-place",
    "door-open",
    "drawer-open",
    "drawer-close",
    "button-press-topdown",
    "peg-insert-side",
    "window-open",
    "window-close",
)
_MT25 = (
    *_MT10,
    "coffee-pull",
    "pick-out-of-hole",
    "disassemble",
    "pick-place-wall",
    "basketball",
    "stick-pull",
    "button-press-wall",
    "faucet-open",
    "door-lock",
    "lever-pull",
    "sweep-into",
    "faucet-close",
    "coffee-button",
    "button-press-topdown-wall",
    "dial-turn",
)
_ML10_TRAIN = (
    "reach",
    "push",
    "pick-place",
    "door-open",
    "drawer-close",
    "button-press-topdown",
    "peg-insert-side",
    "window-open",
    "sweep",
    "basketball",
)
_ML10_TEST = ("drawer-open", "door-close", "shelf-place", "sweep-into", "lever-pull")
_ML25_TEST = ("basketball", "door-close", "shelf-place", "sweep", "button-press")
_ML45_TEST = ("bin-picking", "box-close", "hand-insert", "door-lock", "door-unlock")


def _ids(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(DECLARED[name].id for name in names)


def _multi_task(names: tuple[str, ...]) -> TaskList:
    return TaskList(
        name=f"metaworld/mt{len(names)}",
        summary=f"One policy for {len(names)} tasks, played on goals that were held out.",
        train=_ids(names),
        source=_SOURCE,
        notes=_MT_NOTES,
    )


def _held_out(train: tuple[str, ...], test: tuple[str, ...], notes: str = "") -> TaskList:
    return TaskList(
        name=f"metaworld/ml{len(train)}",
        summary=f"One policy for {len(train)} tasks, played on {len(test)} tasks that were held out.",
        train=_ids(train),
        test=_ids(test),
        source=_SOURCE,
        notes=notes + _ML_NOTES,
    )


LISTS: tuple[TaskList, ...] = (
    _multi_task(_MT10),
    _multi_task(_MT25),
    _multi_task(tuple(DECLARED)),
    _held_out(_ML10_TRAIN, _ML10_TEST),
    _held_out(
        _MT25,
        _ML25_TEST,
        "basketball is among the training and the test tasks, as in Meta-World: it is not held out, and a "
        "mean over the test tasks should leave it out or say so. ",
    ),
    _held_out(tuple(name for name in DECLARED if name not in _ML45_TEST), _ML45_TEST),
)
