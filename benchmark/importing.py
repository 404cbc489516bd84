"""Import strings, ``package.module:name``: how tasks and policies are named before they are loaded."""

from __future__ import annotations

import importlib
from typing import Any

from ilbench.errors import ILBenchError


class ImportStringError(ILBenchError):
    """An import string that leads nowhere."""


def is_import_string(text: str) -> bool:
    """Returns whether `text` has the form ``package.module:name``."""
    module, colon, name = text.partition(":")
    parts = [*module.split("."), *name.split(".")]
    return bool(colon) and all(part.isidentifier() for part in parts)


def load_object(text: str) -> Any:
    """Returns the object that an import string names.

    Raises:
        ImportStringError: The text has another form, or the module has no such name.
        ModuleNotFoundError: The module, or one that it imports, is not installed.
    """
    if not is_import_string(text):
        raise ImportStringError(f"{text!r} is not an import string; expected 'package.module:name'")
    module_name, _, path = text.partition(":")
    value: Any = importlib.import_module(module_name)
    for name in path.split("."):
        if not hasattr(value, name):
            raise ImportStringError(f"{module_name!r} has no {name!r} (asked for as {text!r})")
        value = getattr(value, name)
    return value
