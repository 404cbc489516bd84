"""The files that a task ships, all plain JSON: contexts, golden trajectory, starts, measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ilbench.errors import StorageError
from ilbench.storage import write_atomically

CONTEXTS, GOLDEN, STARTS, MEASURED = "contexts.json", "golden.json", "starts.json", "measured.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a reference policy reached on a task's ``test`` split, as measured by this project."""

    mean_return: float
    success_rate: float
    num_episodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the author of a task has measured on it.

    Attributes:
        references: What ``random`` and ``expert`` reached, by name; empty before they were measured.
        demonstrations_checksum: Digest of the standard demonstrations, None before they were made.
        demonstrations_modes: How often each mode occurs in them, by mode index as text.
    """

    references: Mapping[str, Reference]
    demonstrations_checksum: str | None
    demonstrations_modes: Mapping[str, int]


def load_contexts(folder: str) -> Mapping[str, Any]:
    """Returns the contexts of each split on file, by the split's name; empty if there is no file."""
    return load_resource(folder, CONTEXTS)


def load_golden(folder: str) -> Mapping[str, Any]:
    """Returns the golden trajectory (see `ilbench.checks.golden`), empty before it was recorded."""
    return load_resource(folder, GOLDEN)


def load_measured(folder: str) -> Measured:
    """Returns what was measured on a task, with nothing in it before that."""
    content = load_resource(folder, MEASURED)
    demonstrations = content.get("demonstrations", {})
    return Measured(
        references={name: Reference(**values) for name, values in content.get("references", {}).items()},
        demonstrations_checksum=demonstrations.get("checksum"),
        demonstrations_modes=demonstrations.get("modes", {}),
    )


@cache
def load_resource(folder: str, name: str) -> Mapping[str, Any]:
    """Returns the JSON file `name` of the resource folder ``package:folder``; empty if there is no file."""
    package, _, inside = folder.partition(":")
    path = files(package).joinpath(inside, name)
    if not path.is_file():
        return {}
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def resource_path(folder: str, name: str) -> Path:
    """Returns where the file `name` of the resource folder ``package:folder`` is, or would be.

    Raises:
        StorageError: It is no ordinary folder (a zip).
    """
    package, _, inside = folder.partition(":")
    path = files(package).joinpath(inside, name)
    if not isinstance(path, Path):
        raise StorageError(f"{path}: the data of {package!r} are in no ordinary folder; use a checkout")
    return path


def write_resource(folder: str, name: str, content: Mapping[str, Any]) -> Path:
    """Writes a JSON file of the resource folder ``package:folder`` and returns its path.

    Raises:
        StorageError: The folder is not an ordinary, writable one (an installed wheel, a zip).
    """
    path = resource_path(folder, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{path.parent}: cannot be made ({error.strerror}); use a checkout") from error
    write_atomically(path, json_text(content))
    load_resource.cache_clear()
    return path


def json_text(content: Mapping[str, Any]) -> str:
    """Returns JSON with one item of each list a line, so that a change of a file can be read in its diff.

    >>> print(json_text({"train": [{"x": 1}, {"x": 2}], "seed": 3}), end="")
    {
     "train": [
      {"x": 1},
      {"x": 2}
     ],
     "seed": 3
    }
    """
    entries = ",\n".join(f" {json.dumps(key)}: {_value_text(value)}" for key, value in content.items())
    return f"{{\n{entries}\n}}\n"


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
        return f"[\n{rows}\n ]"
    return json.dumps(value, indent=1).replace("\n", "\n ")
