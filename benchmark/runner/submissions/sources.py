"""The code behind an import string, as far as it can be told: the sources of its package."""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ilbench.digest import bytes_digest, text_digest
from ilbench.runner.submissions.covered import LEFT_OUT, UncoveredFileError
from ilbench.runs.submitted import files_digest

INSTALLED = tuple(map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
"""Folders of code whose version says what it is."""


def source_digest(import_string: str, loaded: Any) -> str:
    """Returns the digest of the code that an import string leads to.

    It covers all Python files of the package that the named module lies in, or the file of a module that lies
    in none; and the same of the module that defines what was named, if that is another and not installed. It
    does not cover modules beside a lone one, other packages, or weights.

    Args:
        import_string: ``package.module:Name``.
        loaded: What it leads to.

    Raises:
        UncoveredFileError: A file cannot be read.
    """
    named = sys.modules[import_string.partition(":")[0]]
    defining = inspect.getmodule(loaded)
    files = dict(_sources(named))
    if defining is not None and not _is_installed(defining):
        files.update(_sources(defining))
    return files_digest(files) if files else text_digest(import_string)


def _sources(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yields name and digest of each file of the outermost package that the module lies in, or of its own."""
    if getattr(module, "__file__", None) is None:
        return
    file = Path(str(module.__file__))
    package = _package_folder(module.__name__, file)
    if package is None:
        yield module.__name__, _digest(file)
        return
    name, folder = package
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for source in (Path(path, one) for one in names if one.endswith(".py")):
            if source.is_file():  # an editor's lock on it is a link that leads nowhere
                yield f"{name}/{source.relative_to(folder).as_posix()}", _digest(source)


def _package_folder(name: str, file: Path) -> tuple[str, Path] | None:
    """Returns name and folder of the outermost package that holds a module's file; None if none does."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        outer = ".".join(parts[:end])
        for folder in getattr(sys.modules.get(outer), "__path__", ()):
            if file.is_relative_to(folder):
                return outer, Path(folder)
    return None


def _digest(file: Path) -> str:
    try:
        return bytes_digest(file.read_bytes())
    except OSError as error:
        raise UncoveredFileError(file, f"it cannot be read ({error.strerror})") from error


def _is_installed(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is None or file.startswith(INSTALLED)
