"""What of the machine an interpreter needs to run: folders that a sandbox shows, and what in them it hides.

A policy that uses the harness's own interpreter finds there what is installed beside this package, and not
the package itself, nor others that extend it: from their contexts and experts a policy could play from
memory. An interpreter that a submission names is taken apart from the outside, without running it, and
nothing is shown for its sake but what looks like a virtual environment or an installation of Python.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from ilbench.errors import InvalidSubmissionError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes

PARTS = ("bin", "lib", "lib64", "libexec", "share", "ssl", "pyvenv.cfg")
"""Of an environment or an installation, what a program in it needs."""
SITES = ("lib*/python3*/site-packages", "lib*/python3*/dist-packages", "local/lib/python3*/dist-packages")
SYSTEM = Path("/usr")
"""Is shown to every policy."""
OWN = ("ilbench", "ilbench-*.dist-info", "__editable__*ilbench*")
"""Names of this package in a folder of installed ones."""
MAX_CONFIG = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """An interpreter and its surroundings.

    Attributes:
        python: Its path.
        shown: What it needs to see, read-only.
        hidden: What it must not see of that.
    """

    python: str
    shown: tuple[Path, ...]
    hidden: tuple[Path, ...]


@cache
def own_interpreter() -> Interpreter:
    """Returns the interpreter of the harness, with all packages but this one and those that extend it."""
    prefixes = dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix), *_real(sys.executable)))
    shown = [part for prefix in prefixes for part in _parts(prefix)]
    sites = [Path(path) for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    shown += [site for site in sites if site.is_dir() and not _is_below(site, (SYSTEM, *shown))]
    hidden = {*_of_ours(_sites((*prefixes, SYSTEM))), *_of_ours(sites), *_extensions(sites)}
    return Interpreter(python=sys.executable, shown=tuple(shown), hidden=_outermost(hidden))


def interpreter_at(python: str) -> Interpreter:
    """Returns the interpreter that a submission names.

    Raises:
        InvalidSubmissionError: It is of no virtual environment and of no installation of Python.
    """
    path = Path(python)
    prefix = path.parent.parent
    homes = list(_real(python))
    config = prefix / "pyvenv.cfg"
    if config.is_file():
        homes += _home(config)
    prefixes = dict.fromkeys((prefix, *homes))
    for one in prefixes:
        _check_prefix(python, one)
    shown = tuple(part for one in prefixes for part in _parts(one))
    return Interpreter(python=python, shown=shown, hidden=_outermost(_of_ours(_sites((*prefixes, SYSTEM)))))


def _real(python: str) -> Iterator[Path]:
    """Yields the installation that an interpreter's links lead to in the end."""
    if Path(python).is_file():
        yield Path(python).resolve().parent.parent


def _home(config: Path) -> list[Path]:
    """Returns the installation that an environment names, as it names it and as it really is."""
    for line in read_bytes(config, MAX_CONFIG).decode(errors="replace").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home" and Path(value.strip()).is_absolute():
            home = Path(value.strip()).parent
            return [home, home.resolve()]
    return []


def _check_prefix(python: str, prefix: Path) -> None:
    is_system = _is_below(prefix.resolve(), (SYSTEM,))
    if is_system or (prefix / "pyvenv.cfg").is_file() or any(prefix.glob("lib*/python3*/os.py")):
        return
    raise InvalidSubmissionError(
        f"the interpreter {one_line(python)} cannot be shown to a sandbox: {one_line(str(prefix))} holds "
        "neither an environment (pyvenv.cfg) nor a Python (lib/python3.X/os.py); name one of a venv"
    )


def _parts(prefix: Path) -> Iterator[Path]:
    """Yields the parts of an environment or installation that really lie in it, if not shown anyway."""
    real = prefix.resolve()
    for name in PARTS:
        part = prefix / name
        is_own = part.exists() and part.resolve().is_relative_to(real)
        if is_own and not _is_below(part.resolve(), (SYSTEM,)):
            yield part


def _sites(prefixes: Iterable[Path]) -> Iterator[Path]:
    for prefix in prefixes:
        for pattern in SITES:
            yield from prefix.glob(pattern)


def _of_ours(sites: Iterable[Path]) -> set[Path]:
    return {found for site in sites for pattern in OWN for found in site.glob(pattern)}


def _extensions(sites: Iterable[Path]) -> Iterator[Path]:
    """Yields what belongs to installed packages that extend this one: tasks, methods, commands."""
    for one in distributions(path=list(map(str, sites))):
        if any(point.group.startswith("ilbench.") for point in one.entry_points):
            names = {file.parts[0] for file in one.files or () if file.parts[0] not in ("..", "__pycache__")}
            places = (Path(str(one.locate_file(name))) for name in names)
            yield from (place for place in places if place.exists())


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Returns the paths that lie in no other one, sorted."""
    kept: list[Path] = []
    for path in sorted(paths):
        if not _is_below(path, kept):
            kept.append(path)
    return tuple(kept)
