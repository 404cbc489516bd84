"""What a task's spec digest takes of its parts: what happens, not where code lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ilbench.importing import is_import_string


def without_import_strings(value: Any) -> Any:
    """Returns plain JSON without the entries that are import strings, at any depth, their keys included.

    Which classes an environment is put together from says where code lies. What they do is in the bits of the
    golden trajectory, so an environment may be split into classes, or these merged, and be the same.

    >>> without_import_strings({"rules": "suite.pushing:Rules", "look": {"size": 84}})
    {'look': {'size': 84}}
    """
    if isinstance(value, Mapping):
        return {key: without_import_strings(v) for key, v in value.items() if not _is_import_string(v)}
    if isinstance(value, list | tuple):
        return [without_import_strings(v) for v in value if not _is_import_string(v)]
    return value


def golden_bits(golden: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns what a golden trajectory says of its environment, None where none was recorded yet.

    These are seed, actions and the digests of state and observation at each checkpoint. The numbers that are
    kept beside the digests are a sample of the same bits, there to tell rounding from drift, and the versions
    of packages that it was recorded with have an entry of their own: both stay out.
    """
    if not golden:
        return None
    checkpoints = [[checkpoint["step"], checkpoint["digests"]] for checkpoint in golden["checkpoints"]]
    return {"seed": golden["seed"], "actions": golden["actions"], "checkpoints": checkpoints}


def _is_import_string(value: Any) -> bool:
    return isinstance(value, str) and is_import_string(value)
