"""What an environment returned, checked against its task: whatever is not as agreed is named.

A record holds finite numbers, truth values and known modes; a policy gets arrays of the declared shapes. What
is none of that is the environment's fault, never the policy's, and never a number that looks like one.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.fields import Field
from ilbench.contract.task import Task
from ilbench.errors import ILBenchError, in_one_line
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOUND_LIMIT = 80
"""Characters of a value that are shown in a message."""
NOTHING: Any = object()
"""Stands for what a call returned before it has returned."""
START = "observation, info"
OUTCOME = "observation, reward, terminated, truncated, info"


class InvalidOutcomeError(ILBenchError):
    """An environment returned what its task does not have, or no record can hold.

    Args:
        task: The task.
        when: Such as ``step 3``.
        what: Such as ``reward``.
        found: What it is.
        expected: What was agreed.
    """

    def __init__(self, task: Task, when: str, what: str, found: str, expected: str) -> None:
        super().__init__(
            f"{task.id}, {when}: {what} is {found}, expected {expected}; mend the task's environment "
            "(ilbench author check names every broken promise)"
        )


def finite_number(task: Task, when: str, reward: Any) -> float:
    """Returns a reward as a float.

    Raises:
        InvalidOutcomeError: It is no single finite number.
    """
    try:
        is_scalar = not isinstance(reward, str | bytes) and np.ndim(reward) == 0
        value = float(reward) if is_scalar else np.nan
    except (TypeError, ValueError, OverflowError):
        value = np.nan
    if not np.isfinite(value):
        raise InvalidOutcomeError(task, when, "the reward", shown(reward), "one finite number")
    return value


def truth(task: Task, when: str, what: str, value: Any) -> bool:
    """Returns a truth value, NumPy's too, as a `bool`.

    Raises:
        InvalidOutcomeError: It is none: a number, an array or None would count as one by its size alone.
    """
    if not isinstance(value, bool | np.bool_):
        raise InvalidOutcomeError(task, when, what, shown(value), "True or False")
    return bool(value)


def known_mode(task: Task, when: str, mode: Any) -> int | None:
    """Returns a behavior mode of the task as an `int`, or None while it is not decided.

    Raises:
        InvalidOutcomeError: The task has no such mode.
    """
    if mode is None:
        return None
    is_index = not isinstance(mode, bool | np.bool_) and hasattr(mode, "__index__") and np.ndim(mode) == 0
    index = operator.index(mode) if is_index else -1
    if not 0 <= index < len(task.modes):
        some = f"None or an integer from 0 to {len(task.modes) - 1}"
        none = "None, for the task declares no modes"
        raise InvalidOutcomeError(task, when, "info['mode']", shown(mode), some if task.modes else none)
    return index


def success_and_mode(task: Task, when: str, info: Any) -> tuple[Any, Any]:
    """Returns what an info says under the two names that every one has.

    Raises:
        InvalidOutcomeError: It is no mapping, or lacks one.
    """
    if not isinstance(info, Mapping):
        raise InvalidOutcomeError(task, when, "info", shown(info), "a mapping with 'success' and 'mode'")
    for name in ("success", "mode"):
        if name not in info:
            raise InvalidOutcomeError(task, when, f"info[{name!r}]", "not there", "it in every info")
    return info["success"], info["mode"]


def check_observation(task: Task, when: str, observation: Any) -> None:
    """Raises `InvalidOutcomeError` unless an observation has all declared fields, and no NaN in them.

    Another dtype will do where NumPy casts it within its kind, as float64 to float32: the policy gets the
    declared one. An infinity is a value of a field, NaN is none: a policy that fails on it is not to blame.
    """
    if not isinstance(observation, Mapping):
        expected = f"a mapping with {', '.join(field.name for field in task.observation)}"
        raise InvalidOutcomeError(task, when, "the observation", shown(observation), expected)
    for field in task.observation:
        what = f"observation[{field.name!r}]"
        if field.name not in observation:
            raise InvalidOutcomeError(task, when, what, "not there", f"{field.dtype} of shape {field.shape}")
        if problem := _misfit(field, observation[field.name]):
            raise InvalidOutcomeError(task, when, what, *problem)


def check_state(task: Task, when: str, state: Any) -> NDArray[Any]:
    """Returns what `Environment.state` returned.

    Raises:
        InvalidOutcomeError: It is no array of values: the bits of an array of objects are places in memory.
    """
    if not isinstance(state, np.ndarray) or state.dtype.hasobject:
        raise InvalidOutcomeError(task, when, "state()", shown(state), "an array of numbers")
    return state


def problem_of(task: Task, when: str, observation: Any) -> str | None:
    """Returns what is wrong with an observation (see `check_observation`), None where nothing is."""
    try:
        check_observation(task, when, observation)
    except InvalidOutcomeError as error:
        return str(error)
    return None


def explain(error: BaseException, task: Task, when: str, returned: Any, expected: str) -> str:
    """Returns why what an environment did could not be played on, in one line.

    Args:
        error: What was raised, by the environment or over what it returned.
        task: The task.
        when: Such as ``step 3``.
        returned: What it returned, `NOTHING` where it did not come to that.
        expected: The values that are returned, such as `OUTCOME`.
    """
    if isinstance(error, InvalidOutcomeError):
        return str(error)
    if returned is NOTHING:
        return in_one_line(error)
    num, is_sequence = expected.count(",") + 1, isinstance(returned, tuple | list)
    if not is_sequence or len(returned) != num:
        found = f"{len(returned)} values" if is_sequence else shown(returned)
        return str(InvalidOutcomeError(task, when, "what was returned", found, f"{num} values: {expected}"))
    return problem_of(task, when, returned[0]) or in_one_line(error)


def shown(value: Any) -> str:
    """Returns a value as it stands in a message: what it is and of which type, in few characters.

    >>> shown(float("nan")), shown(None)
    ('nan (float)', 'None')
    """
    if isinstance(value, np.ndarray) and value.size > 1:
        return f"an array of {value.dtype} of shape {value.shape}"
    try:
        text = one_line(repr(value), FOUND_LIMIT)
    except Exception:  # foreign code: even its repr may raise
        text = "something without a repr"
    return text if value is None else f"{text} ({type(value).__name__})"


def _misfit(field: Field, value: Any) -> tuple[str, str] | None:
    """Returns what a value of a field is and what was expected, or None where it fits."""
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, foreign classes
        return shown(value), f"{field.dtype} of shape {field.shape}"
    if array.shape != field.shape or not np.can_cast(array.dtype, field.dtype, "same_kind"):
        return f"{array.dtype} of shape {array.shape}", f"{field.dtype} of shape {field.shape}"
    if array.dtype.kind == "f" and np.isnan(array).any():
        return f"NaN in {int(np.isnan(array).sum())} of {array.size} entries", "numbers"
    return None
