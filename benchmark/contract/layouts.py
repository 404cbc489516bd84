"""Layouts: how a task that is played on levels says which of its contexts are one level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ilbench.contract.task import Context, Task

ContextsBySplit: TypeAlias = "Mapping[str, Sequence[Context]]"
"""Contexts by the name of their split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layouts:
    """What `Task.layouts` leads to; a policy that was trained on a layout has seen the level.

    Attributes:
        naive_contexts: Returns as many contexts of train, validation and test as ship, drawn by seed alone.
        digests: Returns a digest of each context's layout, in order; contexts that share it are one level.
    """

    naive_contexts: Callable[[Task], ContextsBySplit]
    digests: Callable[[Task, Sequence[Context]], Sequence[str]]
