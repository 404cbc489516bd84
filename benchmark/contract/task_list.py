"""Task lists: named sets of tasks that the field reports a mean over, such as MT10 or ML45."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.errors import UnknownNameError
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """A named list of tasks.

    Attributes:
        name: Such as ``metaworld/mt10``.
        summary: What it is for, in one sentence.
        train: Ids of the tasks that a policy is trained on. Their ``train`` split is what it was shown, their
            ``test`` split holds contexts (such as goals) out.
        test: Ids of the tasks that are held out as a whole; their ``test`` split is played.
        source: The paper or package that defines it.
        notes: What is odd about it.
    """

    name: str
    summary: str
    train: tuple[str, ...]
    test: tuple[str, ...] = ()
    source: str = ""
    notes: str = ""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task of the list, each once, those of `train` first."""
        return tuple(dict.fromkeys((*self.train, *self.test)))


def load_lists() -> Mapping[str, TaskList]:
    """Returns the lists of all installed packages, by name.

    A package adds its own through the entry-point group ``ilbench.lists``, whose value is an import string
    of a sequence of lists.

    Raises:
        DuplicateNameError: Two lists share a name.
    """
    return by_name(load_plugins(ENTRY_POINTS, TaskList), "task list")


def find_list(name: str) -> TaskList:
    """Returns the list of that name.

    Raises:
        UnknownNameError: There is none.
    """
    lists = load_lists()
    if name not in lists:
        raise UnknownNameError("task list", name, lists)
    return lists[name]
