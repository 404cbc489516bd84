"""Whether levels of ``test`` were trained on: layouts that occur in ``train`` or ``validation`` too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ilbench.task import Context, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """How many test levels of a list of contexts are not held out.

    Attributes:
        num_test: Levels of ``test``.
        seen: Those of them whose layout is one of ``train`` or ``validation``.
        num_train: Levels of ``train``.
        distinct: Different layouts among these.
    """

    num_test: int
    seen: int
    num_train: int
    distinct: int


def count_duplicates(
    task: Task,
    contexts: Mapping[str, Sequence[Context]],
    layouts: Callable[[Task, Sequence[Context]], list[str]],
) -> Duplicates:
    """Returns how many test levels also occur in train or validation.

    Args:
        task: The task.
        contexts: Contexts by split; ``validation`` may be missing.
        layouts: Returns a digest of each context's layout: two contexts that share it are one level.
    """
    digests = {
        name: layouts(task, contexts[name]) for name in ("train", "validation", "test") if name in contexts
    }
    known = {*digests["train"], *digests.get("validation", ())}
    return Duplicates(
        num_test=len(digests["test"]),
        seen=sum(digest in known for digest in digests["test"]),
        num_train=len(digests["train"]),
        distinct=len(set(digests["train"])),
    )
