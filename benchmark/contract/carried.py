"""A task as a run carries it: what is needed to score it where no installed package declares it.

It is a declaration, plain JSON. Reading it imports nothing and opens no file: a run may come from anybody, so
the import strings in it are words and no more, and who wants to play the task hands it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from math import isfinite
from typing import Annotated, Any, NoReturn, TypeAlias

from pydantic import AfterValidator, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator

from ilbench.contract.shipped import Measured, Reference, load_measured
from ilbench.contract.task import Context, Preset, Task
from ilbench.errors import InvalidTaskError, UsageError
from ilbench.plain_text import one_line

NOT_SCORED: Mapping[str, Any] = {
    "contexts_of": None,
    "draw_fresh": None,
    "layouts": None,
    "env_options": {},
    "expert": None,
    "alternative_experts": {},
    "demonstrations": None,
    "tags": frozenset(),
    "data": "",
    "make_contexts": "",
    "source": "",
    "license": "",
}
"""What stands in the place of attributes that no score looks at: they stay with the task's author."""
MAX_EPISODES = 10**7
"""Episodes of a preset: more than anybody plays, and few enough to be counted one by one."""
MAX_MODES = 10**5


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedTask(Task):
    """A task that can be scored and not played.

    Attributes:
        measured: What its author had measured on it at the time of the run.
    """

    measured: Measured

    def __post_init__(self) -> None:
        Task.__post_init__(self)  # a class with slots is made anew, and `super` would look for the old one
        for problem in _problems(self):
            raise InvalidTaskError(f"task {self.id!r}: {problem}")

    def references(self) -> Mapping[str, Reference]:
        """Returns what ``random`` and ``expert`` had reached, by name."""
        return self.measured.references

    def demonstrations_checksum(self) -> str | None:
        """Returns the digest of the standard demonstrations, or None where there were none."""
        return self.measured.demonstrations_checksum

    def demonstrations_modes(self) -> Mapping[str, int]:
        """Returns how often each mode occurred in the standard demonstrations, by mode index as text."""
        return self.measured.demonstrations_modes

    def load(self, import_string: str) -> NoReturn:
        """Imports nothing.

        Raises:
            UsageError: Always; says how the task is handed over.
        """
        self._refuse()

    def contexts(self, split: str) -> tuple[Context, ...]:
        """Raises `UsageError`: they are in files that a run does not hold."""
        self._refuse()

    def golden(self) -> Mapping[str, Any]:
        """Raises `UsageError`, as `contexts` does."""
        self._refuse()

    def spec_digest(self) -> str:
        """Raises `UsageError`: it covers contexts and golden trajectory. The run's header has it."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError(
            f"{self.id} is known from a run's header alone, which is enough to score it and not to play it; "
            "hand the task over: --task package.module:TASK, in Python task=TASK"
        )


def _readable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Returns what pydantic reads; what a task itself refuses is an error of the file as any other."""
    try:
        return read(value)
    except InvalidTaskError as error:
        raise ValueError(str(error)) from error


def _under_their_ids(tasks: dict[str, CarriedTask]) -> dict[str, CarriedTask]:
    for name, task in tasks.items():
        if name != task.id:
            raise ValueError(f"the task {task.id!r} stands under the name {name!r}")
    return tasks


CarriedTasks: TypeAlias = Annotated[
    dict[str, Annotated[CarriedTask, WrapValidator(_readable)]], AfterValidator(_under_their_ids)
]
"""Tasks by id, as a file holds them."""


def carried(task: Task) -> CarriedTask:
    """Returns a task as a run carries it, just as it will be read from there."""
    scored = {f.name: getattr(task, f.name) for f in fields(Task)} | dict(NOT_SCORED)
    scored["summary"] = one_line(task.summary)
    scored["action"] = replace(task.action, convention=None)
    scored["splits"] = tuple(replace(split, description="", overlay={}, drawn=()) for split in task.splits)
    value = CarriedTask(**scored, measured=load_measured(task.data))
    return _adapter().validate_json(_adapter().dump_json(value))


@cache  # pydantic builds it in a tenth of a second, for which nobody without such a task need wait
def _adapter() -> TypeAdapter[CarriedTask]:
    return TypeAdapter(CarriedTask)


def _problems(task: CarriedTask) -> Iterator[str]:
    """Yields in what a declaration that anybody may have written is none that a score can be made of."""
    for name, preset in task.presets.items():
        for size in _sizes(preset):
            if size.num_contexts < 1 or size.num_repeats < 1:
                yield f"preset {name!r} has {size.num_contexts} x {size.num_repeats} episodes, expected some"
            if size.num_contexts * size.num_repeats > MAX_EPISODES:
                yield f"preset {name!r} has more than {MAX_EPISODES} episodes"
    for name, reference in task.measured.references.items():
        if not isfinite(reference.mean_return):
            yield f"reference {name!r} has the mean return {reference.mean_return}, expected a finite number"
    if len(task.modes) > MAX_MODES:
        yield f"it has {len(task.modes)} modes, expected at most {MAX_MODES}"
    known = {str(index) for index in range(len(task.modes))}
    if unknown := sorted(set(task.measured.demonstrations_modes) - known):
        yield f"its demonstrations have the mode {one_line(unknown[0], 40)!r}, expected an index of its modes"
    if task.control_hz is not None and not (isfinite(task.control_hz) and task.control_hz > 0):
        yield f"control_hz is {task.control_hz}, expected a number above 0"


def _sizes(preset: Preset) -> Iterator[Preset]:
    yield preset
    if preset.shift is not None:
        yield from _sizes(preset.shift)
