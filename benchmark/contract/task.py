"""Task: one frozen value that says everything the protocol needs, before any simulator is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.headless import choose_backend
from ilbench.contract.shipped import Reference, load_contexts, load_golden, load_measured
from ilbench.contract.spec import golden_bits, without_import_strings
from ilbench.digest import json_digest
from ilbench.errors import InvalidTaskError, MissingPackageError, UnknownNameError
from ilbench.importing import load_object

if TYPE_CHECKING:
    from ilbench.contract.description import TaskDescription
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert

Context: TypeAlias = Mapping[str, Any]
"""An initial condition as plain JSON; its meaning belongs to the task's environment."""

SuccessRule: TypeAlias = Literal["ever", "final"]
TASK_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*-v[1-9][0-9]*")
PRESETS = ("smoke", "standard", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A named, ordered list of contexts; an index never changes its meaning.

    Attributes:
        name: ``train``, ``test``, ``validation`` or ``shift/<name>``.
        num_contexts: How many contexts the split has.
        description: What is drawn from where.
        severity: 1 (mild) to 5 where the shift is graded, else None.
        of: For a derived split, which has no contexts on file: the split whose first `num_contexts` contexts
            it takes, so that the two pair context by context.
        overlay: What a derived split adds to each of them.
        drawn: Of a split that is on no file, its contexts; see `ilbench.trust.fresh`.
    """

    name: str
    num_contexts: int
    description: str
    severity: int | None = None
    of: str | None = None
    overlay: Mapping[str, Any] = field(default_factory=dict)
    drawn: tuple[Context, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How much of a split a run covers: the first `num_contexts` contexts, `num_repeats` times each.

    Attributes:
        num_contexts: Contexts, or all of a split that has fewer.
        num_repeats: Episodes on each.
        shift: The same for ``shift/…`` splits, where it differs.
    """

    num_contexts: int
    num_repeats: int = 1
    shift: Preset | None = None

    def of_split(self, name: str) -> Preset:
        """Returns how much of the split of that name is run."""
        return self.shift if self.shift is not None and name.startswith("shift/") else self


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationPlan:
    """How a task's standard demonstrations are made.

    Attributes:
        count: Number of demonstrations, dealt over the ``train`` contexts in turn.
        balanced_modes: Whether the expert is asked for each mode equally often, in turn.
        description: How the expert works, in a sentence or two.
        noise: Standard deviation of Gaussian noise that is added to the expert's actions while
            recording, in half action ranges (in action units where there are no bounds); for discrete
            actions the probability of a random one. Noisy and wanted action are both recorded.
        steps_after_success: On a task that goes on after a success, how many steps a demonstration does.
        procedure: What the expert computes for each action, where demonstrations keep it; see
            `ilbench.contract.policy.Procedural`.
    """

    count: int
    balanced_modes: bool = False
    description: str = ""
    noise: float = 0.0
    steps_after_success: int = 0
    procedure: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task: environment, contexts, success rule, behavior descriptor, references, demonstrations.

    Attributes:
        id: ``suite/name-vN``. Whatever moves a score bumps N.
        summary: What has to be done, in one sentence.
        env: Import string of the environment class; see `ilbench.contract.environment` for its contract.
        env_options: Keyword arguments of the environment class, as plain JSON.
        packages: Distributions whose versions can change a score.
        extra: The pip extra that installs them.
        horizon: Control steps after which an episode is truncated.
        control_hz: Control steps per simulated second; None where time has no unit.
        success_rule: ``"ever"``: success at any step counts, so a policy that leaves the goal again has
            still succeeded. ``"final"``: only the last step counts.
        stops_on_success: Whether the first success ends the episode (only with ``"ever"``).
        observation: The arrays a policy sees.
        action: What a policy returns.
        data: Resource folder ``package:folder`` with ``contexts.json``, ``measured.json``, ``golden.json``.
        contexts_of: Resource folder whose ``contexts.json`` the task shares, where that is not `data`: such a
            task differs from another in what is observed, and both play the same episodes.
        make_contexts: Import string of the function that made ``contexts.json`` from its versioned seed.
        draw_fresh: Import string of a function of a generator that yields, without end, contexts as those of
            ``test`` were drawn; None where there are no others, such as on a task of one single start.
        layouts: Import string of the `ilbench.contract.layouts.Layouts` of a task that is played on levels;
            None where the notion has no meaning.
        splits: At least ``train`` and ``test``.
        presets: For each of `PRESETS`, how much of each split is run.
        modes: What each behavior mode is called, by index; empty where there is no descriptor.
        expert: Import string of the scripted expert's class, if any.
        alternative_experts: Import strings of further ones, by name: other ways to demonstrate the task.
        demonstrations: How the standard demonstrations are made, if there is an expert.
        tags: For filters.
        source: The paper or package the task follows, and where it departs from it.
        license: License of the task's source.
    """

    id: str
    summary: str
    env: str
    packages: tuple[str, ...]
    extra: str
    horizon: int
    success_rule: SuccessRule
    observation: tuple[Field, ...]
    action: ActionField
    data: str
    make_contexts: str
    splits: tuple[Split, ...]
    presets: Mapping[str, Preset]
    source: str
    license: str
    contexts_of: str | None = None
    draw_fresh: str | None = None
    layouts: str | None = None
    env_options: Mapping[str, Any] = field(default_factory=dict)
    control_hz: int | float | None = None  # not just float: an int must arrive at a worker as one
    stops_on_success: bool = True
    modes: tuple[str, ...] = ()
    expert: str | None = None
    alternative_experts: Mapping[str, str] = field(default_factory=dict)
    demonstrations: DemonstrationPlan | None = None
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise InvalidTaskError(f"task {self.id!r}: {problem}")

    @property
    def suite(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    @property
    def convention(self) -> Convention | None:
        """What the numbers of an action mean, with rate and clipping; None where the author says nothing."""
        said, low, high = self.action.convention, self.action.low, self.action.high
        if said is None:
            return None
        clipping = None if low is None or high is None else (low, high)
        return replace(said, rate_hz=self.control_hz, clipping=clipping)

    @property
    def reports_final_success(self) -> bool:
        """Whether an episode can go on after a success that counts, and may end without it."""
        return self.success_rule == "ever" and not self.stops_on_success

    @property
    def split_names(self) -> tuple[str, ...]:
        """The names of the splits, in declared order."""
        return tuple(split.name for split in self.splits)

    def split(self, name: str) -> Split:
        """Returns the split of that name.

        Raises:
            UnknownNameError: There is none.
        """
        for split in self.splits:
            if split.name == name:
                return split
        raise UnknownNameError(f"split of {self.id}", name, self.split_names)

    def contexts(self, split: str) -> tuple[Context, ...]:
        """Returns the contexts of a split, in their fixed order.

        Raises:
            UnknownNameError: There is no such split.
            InvalidTaskError: The task ships no contexts for it.
        """
        declared = self.split(split)
        if declared.drawn:
            return declared.drawn
        if declared.of is not None:
            originals = self.contexts(declared.of)[: declared.num_contexts]
            return tuple({**context, **declared.overlay} for context in originals)
        shipped = self._shipped_contexts()
        if split not in shipped:
            raise InvalidTaskError(
                f"task {self.id!r} ships no contexts for {split!r}; its author writes them with: "
                f"ilbench author contexts {self.id}"
            )
        return tuple(shipped[split])

    def make_env(self, *, render_mode: str | None = None) -> Environment:
        """Returns a new environment.

        Args:
            render_mode: For environments that can be rendered, ``"rgb_array"``.

        Raises:
            MissingPackageError: The simulator is not installed; the message says how to install it.
            InvalidTaskError: What was made is not an `Environment`.
        """
        from ilbench.contract.environment import lacking

        extra = {} if render_mode is None else {"render_mode": render_mode}
        env: Environment = self.load(self.env)(**self.env_options, **extra)
        if missing := lacking(env):
            raise InvalidTaskError(
                f"the environment {self.env} of {self.id!r} has no {' and no '.join(missing)}; "
                "add what ilbench.contract.environment.Environment asks for"
            )
        return env

    def make_expert(self, name: str | None = None) -> Expert:
        """Returns a new scripted expert: the standard one, or an alternative by its name.

        Raises:
            UnknownNameError: The task has no such expert.
            MissingPackageError: The simulator is not installed.
        """
        found = self.expert if name is None else self.alternative_experts.get(name)
        if found is None:
            raise UnknownNameError(f"expert of {self.id}", name or "standard", self.alternative_experts)
        expert: Expert = self.load(found)()
        return expert

    def load(self, import_string: str) -> Any:
        """Returns what one of the task's import strings names, such as `env` or `layouts`.

        Raises:
            MissingPackageError: The simulator is not installed; the message says how to install it.
        """
        missing = self.missing_package()
        if missing is not None:
            raise MissingPackageError(f"task {self.id!r}", missing, self.extra)
        choose_backend()
        return load_object(import_string)

    def missing_package(self) -> str | None:
        """Returns the first package that is not installed, or None when the task can run."""
        return next((name for name in self.packages if installed_version(name) is None), None)

    def references(self) -> Mapping[str, Reference]:
        """Returns what ``random`` and ``expert`` reached, by name; empty before they were measured."""
        return load_measured(self.data).references

    def demonstrations_checksum(self) -> str | None:
        """Returns the digest of the standard demonstrations, or None before they were made."""
        return load_measured(self.data).demonstrations_checksum

    def demonstrations_modes(self) -> Mapping[str, int]:
        """Returns how often each mode occurs in the standard demonstrations, by mode index as text."""
        return load_measured(self.data).demonstrations_modes

    def golden(self) -> Mapping[str, Any]:
        """Returns the golden trajectory (see `ilbench.checks.golden`), empty before it was recorded."""
        return load_golden(self.data)

    def description(self) -> TaskDescription:
        """Returns the public description, plain JSON: all that a policy is told about its task."""
        convention = self.convention
        told = None if convention is None else convention.describe()
        return {
            "id": self.id,
            "summary": self.summary,
            "horizon": self.horizon,
            "control_hz": self.control_hz,
            "observation": {field.name: field.describe() for field in self.observation},
            "action": {**self.action.describe(), "convention": told},
            "modes": list(self.modes),
        }

    def spec_digest(self) -> str:
        """Returns the digest of all that fixes an episode: it may change only with the task's version.

        It covers what happens, not where code lies: the bits of the golden trajectory, the environment's
        options without its import strings, the pinned versions of its packages, horizon, success rule,
        observation, action and contexts; not texts, references or presets. A moved module changes nothing,
        while an environment that behaves otherwise no longer replays its golden trajectory, and recording a
        new one changes the digest. Before a golden trajectory is recorded the digest covers the rest.
        """
        derived = {s.name: list(self.contexts(s.name)) for s in self.splits if s.of is not None}
        return json_digest(
            {
                "id": self.id,
                "horizon": self.horizon,
                "control_hz": self.control_hz,
                "success_rule": self.success_rule,
                "stops_on_success": self.stops_on_success,
                "observation": {f.name: [f.shape, f.dtype, f.components] for f in self.observation},
                "action": [self.action.shape, self.action.low, self.action.high, self.action.num_actions],
                "modes": self.modes,
                "env_options": without_import_strings(self.env_options),
                "packages": {name: installed_version(name) for name in self.packages},
                "contexts": {**self._shipped_contexts(), **derived},
                "golden": golden_bits(self.golden()),
            }
        )

    def _shipped_contexts(self) -> Mapping[str, Any]:
        return load_contexts(self.contexts_of or self.data)


@cache  # metadata are a text that is parsed anew for every question
def installed_version(distribution: str) -> str | None:
    """Returns the installed version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _problem(task: Task) -> str | None:
    """Returns what is wrong with the declaration, or None."""
    names = task.split_names
    if not TASK_ID.fullmatch(task.id):
        return "the id must look like 'suite/name-v1'"
    if task.horizon < 1:
        return f"horizon must be at least 1, found {task.horizon}"
    if "train" not in names or "test" not in names or len(set(names)) < len(names):
        return f"splits must be distinct and hold 'train' and 'test', found {names}"
    if any(s.of is not None and s.of not in names for s in task.splits):
        return f"a derived split must be of one of {names}"
    if task.success_rule == "final" and task.stops_on_success:
        return "success_rule 'final' cannot stop on the first success"
    if set(task.presets) != set(PRESETS):
        return f"presets must be exactly {PRESETS}, found {tuple(task.presets)}"
    return None
