"""A package that is also a function: ``ilbench.tasks()`` beside ``import ilbench.tasks.d3il``.

``tasks`` and ``leaderboard`` are what a user calls and what a folder is called. Importing a package sets an
attribute of its name on its parent, which would hide a function of that name as soon as anything below it is
imported. So the package itself answers the call: one object under that name, whatever was imported first.
"""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any, ClassVar

from ilbench.importing import load_object


class CallableModule(ModuleType):
    """A module that forwards calls to a function that is loaded with the first of them."""

    functions: ClassVar[dict[str, str]] = {}
    """Import string of the function, by name of the module."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Returns what the function returns."""
        return load_object(self.functions[self.__name__])(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        """The function's, for editors and `help`."""
        return inspect.signature(load_object(self.functions[self.__name__]))


def make_callable(module: str, function: str) -> None:
    """Lets the module of that name, while it is imported, be called as the function of an import string."""
    CallableModule.functions[module] = function
    sys.modules[module].__class__ = CallableModule
