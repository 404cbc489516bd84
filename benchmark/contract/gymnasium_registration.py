"""The Gymnasium ids of all tasks, registered when Gymnasium is there: at once, or as soon as it is imported.

Gymnasium 1 has no plug-ins of its own: a package registers its ids when it is imported. ``import ilbench``
must be quick and must not import Gymnasium, so that it waits for whoever does. The ids are read from the
ledgers (`ilbench.contract.ledger`) that packages ship beside their tasks, without loading a task.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

ENTRY_POINT = "ilbench.contract.gymnasium_ids:TaskByIndex"
LAST_OF_GYMNASIUM = "gymnasium.envs"
"""The module that registers Gymnasium's own ids: after it, others can be registered."""


def gymnasium_id(task_id: str) -> str:
    """Returns the Gymnasium id of a task; Gymnasium allows one slash, which is our namespace's.

    >>> gymnasium_id("d3il/avoiding-v3")
    'ilbench/d3il-avoiding-v3'
    """
    return "ilbench/" + task_id.replace("/", "-")


def register_when_imported() -> None:
    """Registers every task now if Gymnasium is loaded, else as soon as somebody imports it."""
    if LAST_OF_GYMNASIUM in sys.modules:
        register()
    elif not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


def register() -> None:
    """Registers every task that is not registered yet.

    Nothing of a task has to be known here: the environment itself keeps the horizon, and says it in its spec.
    """
    from gymnasium.envs.registration import EnvSpec, registry

    for task_id in known_ids():
        name = gymnasium_id(task_id)
        registry.setdefault(name, EnvSpec(name, entry_point=ENTRY_POINT, kwargs={"task_id": task_id}))


def known_ids() -> Iterator[str]:
    """Yields the ids in the ledgers of all installed packages with tasks.

    A package that ships no ledger has no Gymnasium ids: it may just be on its way of being imported.
    """
    from ilbench.contract.ledger import find_ledger, read_ledger
    from ilbench.plugins import declared_sources

    for ledger in dict.fromkeys(map(find_ledger, declared_sources("ilbench.tasks"))):
        if ledger is not None:
            yield from read_ledger(ledger)


class _Waiting(MetaPathFinder):
    """Finds Gymnasium's last module as everybody else does, and has the ids registered after it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of that one module with another loader, None of every other."""
        if name != LAST_OF_GYMNASIUM:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Loads a module by its own loader, then registers the ids."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Returns the module that the own loader creates."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Executes the module, then registers."""
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        register()
