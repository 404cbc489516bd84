"""Suite: what the tasks of a suite have in common, said once; each declaration says the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack, cast

from ilbench.contract.task import Task
from ilbench.errors import InvalidTaskError

if TYPE_CHECKING:
    from ilbench.contract.fields import ActionField, Field
    from ilbench.contract.task import DemonstrationPlan, Preset, Split, SuccessRule


class Declaration(TypedDict, total=False):
    """What a declaration says of one task: the attributes of `Task` under their names.

    Those that have a default, here or in the task's `Suite`, may be left out. Import strings and resource
    folders that begin with ``.`` or ``:`` are relative to the suite's package, see `Suite.path`.
    """

    summary: Required[str]
    env: str
    env_options: Mapping[str, Any]
    packages: tuple[str, ...]
    extra: str
    horizon: Required[int]
    control_hz: float | None
    success_rule: SuccessRule
    stops_on_success: bool
    observation: Required[tuple[Field, ...]]
    action: ActionField
    data: str
    contexts_of: str | None
    layouts: str | None
    make_contexts: Required[str]
    draw_fresh: str | None
    splits: Required[tuple[Split, ...]]
    presets: Mapping[str, Preset]
    modes: tuple[str, ...]
    expert: str | None
    alternative_experts: Mapping[str, str]
    demonstrations: DemonstrationPlan | None
    tags: frozenset[str]
    source: Required[str]
    license: str


RELATIVE = ("env", "data", "contexts_of", "layouts", "make_contexts", "draw_fresh", "expert")
"""Attributes whose values may be relative to the suite's package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite: the name that its tasks' ids begin with, its package, and defaults of what it declares.

    Attributes:
        name: The part of an id before the slash.
        package: Import name of the package that holds the suite's modules and data.
        packages: Distributions whose versions can change a score.
        extra: The pip extra that installs them.
        license: License of the tasks' source.
        presets: For each of `ilbench.contract.task.PRESETS`, how much of each split is run.
        control_hz: Control steps per simulated second; None where time has no unit.
        success_rule: ``"ever"`` or ``"final"``.
        stops_on_success: Whether the first success ends the episode.
        env: Import string of the environment class, where several tasks share one.
        action: What a policy returns, where it is the same in several tasks.
        tags: Every task has these, and those of its declaration besides.
        data: Where a task's files lie in the package; ``{name}`` stands for its name with its version.
    """

    name: str
    package: str
    packages: tuple[str, ...]
    extra: str
    license: str
    presets: Mapping[str, Preset]
    control_hz: float | None = None
    success_rule: SuccessRule = "ever"
    stops_on_success: bool = True
    env: str | None = None
    action: ActionField | None = None
    tags: frozenset[str] = frozenset()
    data: str = ":data/{name}"

    def path(self, relative: str) -> str:
        """Returns an import string or resource folder in full.

        Args:
            relative: ``.module:Name`` or ``:folder`` of the suite's package; another is returned as it is.
        """
        return f"{self.package}{relative}" if relative.startswith((".", ":")) else relative

    def task(self, name: str, **declaration: Unpack[Declaration]) -> Task:
        """Returns the task ``<suite>/<name>``: its declaration, and of the suite what that leaves out.

        Args:
            name: With its version, such as ``avoiding-v3``.
            declaration: See `Declaration`. Its tags come on top of the suite's.

        Raises:
            InvalidTaskError: The declaration contradicts itself, or neither it nor the suite says what the
                environment is, or the action.
        """
        defaults: dict[str, Any] = {
            "packages": self.packages,
            "extra": self.extra,
            "license": self.license,
            "presets": self.presets,
            "control_hz": self.control_hz,
            "success_rule": self.success_rule,
            "stops_on_success": self.stops_on_success,
            "data": self.data.format(name=name),
            "env": self.env,
            "action": self.action,
        }
        said = {**defaults, **cast("dict[str, Any]", declaration)}
        for key in ("env", "action"):
            if said.get(key) is None:
                raise InvalidTaskError(
                    f"task '{self.name}/{name}' has no {key!r}: say it in its declaration or in its suite"
                )
        said["tags"] = self.tags | declaration.get("tags", frozenset())
        for key in RELATIVE:
            if said.get(key) is not None:
                said[key] = self.path(said[key])
        others = declaration.get("alternative_experts", {})
        said["alternative_experts"] = {other: self.path(expert) for other, expert in others.items()}
        return Task(id=f"{self.name}/{name}", **said)
