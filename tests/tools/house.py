"""The house as it stands: modules, arrows between them, cycles, lengths, and which modules have a test file.

Read from the source text, so nothing is imported and an import counts wherever it is written: at the top of a
module, inside a function, or for type checkers only. Run as a script it prints the figures: ``make house``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

ROOT = Path(__file__).parents[2]
HARNESS = ("benchmark", "leaderboard")
FOLDERS = (*HARNESS, "tasks", "baselines")
FLAT = {"__init__": "front", "gymnasium_ids": "front", "run_trajectories": "front"}
"""Rooms of the files that lie flat in ``benchmark``; the others are the ground."""

When: TypeAlias = Literal["at once", "when called", "for types"]
"""When an import happens: with its module, when a function is called, or never, as type checkers do."""

KINDS: tuple[When, ...] = get_args(When)
Graph: TypeAlias = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A source file: its import name, such as ``ilbench.runs.plan``, and where it lies."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        """Whether it is the `__init__` of a folder."""
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The folder it lies in, inside ``benchmark`` the one below; of its flat files see `FLAT`."""
        folder, *rest = self.path.relative_to(ROOT).with_suffix("").parts
        if folder != "benchmark":
            return folder
        return FLAT.get(rest[0], "ground") if len(rest) == 1 else rest[0]

    @property
    def test(self) -> Path:
        """The test file of its own, whether or not it is there."""
        parts = self.path.relative_to(ROOT).parts
        return ROOT.joinpath("tests", *parts[parts[0] == "benchmark" : -1], f"test_{self.path.name}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Arrow:
    """One module of this project imports another."""

    source: str
    target: str
    when: When


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Body:
    """A function without its signature and docstring, and how many lines it has."""

    num_lines: int
    name: str


def find_modules(*folders: str) -> dict[str, Module]:
    """Returns the modules in these folders of the checkout, by import name."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {name: Module(name=name, path=path) for path in paths if (name := _import_name(path))}


def find_imports(module: Module) -> Iterator[tuple[str, When]]:
    """Yields the names that a module imports, ``package.module`` or ``package.module.name``, and when."""
    yield from _imports(module, ast.parse(module.path.read_text(encoding="utf-8")), "at once")


def find_arrows(modules: Mapping[str, Module]) -> tuple[Arrow, ...]:
    """Returns the imports among these modules, sorted, each but once."""
    found = {
        Arrow(source=module.name, target=target, when=when)
        for module in modules.values()
        for name, when in find_imports(module)
        if (target := _home(name, modules)) is not None and target != module.name
    }
    return tuple(sorted(found))


def find_cycles(arrows: Iterable[Arrow], *counted: When) -> tuple[tuple[str, ...], ...]:
    """Returns the groups of modules that reach each other by imports of the kinds that are counted."""
    graph: dict[str, set[str]] = {}
    for arrow in arrows:
        if arrow.when in counted:
            graph.setdefault(arrow.source, set()).add(arrow.target)
    return find_circles(graph)


def find_circles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Returns the sets of nodes that reach each other, of more than one node, each sorted (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    circles: list[tuple[str, ...]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in order:
                visit(target)
            if target in stack:
                lowest[node] = min(lowest[node], lowest[target])
        if lowest[node] == order[node]:
            at = stack.index(node)
            if len(stack) > at + 1:
                circles.append(tuple(sorted(stack[at:])))
            del stack[at:]

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return tuple(sorted(circles))


def find_bodies(module: Module) -> Iterator[Body]:
    """Yields the functions of a module, inner ones and methods too."""
    for node in ast.walk(ast.parse(module.path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield Body(num_lines=size, name=f"{module.name}:{node.name}")


def count_lines(module: Module) -> int:
    """Returns how many lines a module has."""
    return module.path.read_text(encoding="utf-8").count("\n")


def find_untested(modules: Mapping[str, Module]) -> tuple[str, ...]:
    """Returns the modules, façades aside, without a test file of their own, sorted."""
    return tuple(sorted(m.name for m in modules.values() if not m.is_package and not m.test.is_file()))


def _import_name(path: Path) -> str:
    folder, *rest = path.relative_to(ROOT).with_suffix("").parts
    names = [*([] if folder == "benchmark" else [folder]), *rest]
    return ".".join(["ilbench", *(names[:-1] if names[-1] == "__init__" else names)])


def _imports(module: Module, node: ast.AST, when: When) -> Iterator[tuple[str, When]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, when) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((f"{_base(module, node)}.{alias.name}", when) for alias in node.names)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.body:
            yield from _imports(module, child, "for types")
        for child in node.orelse:
            yield from _imports(module, child, when)
    else:
        inner: When = when
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "at once":
            inner = "when called"
        for child in ast.iter_child_nodes(node):
            yield from _imports(module, child, inner)


def _base(module: Module, node: ast.ImportFrom) -> str:
    """Returns the package that ``from … import`` reads, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def _home(name: str, modules: Mapping[str, Module]) -> str | None:
    """Returns the module that holds an imported name, or None where it is nobody's of these."""
    parent = name.rpartition(".")[0]
    return name if name in modules else parent if parent in modules else None


def describe_house() -> str:
    """Returns the figures, a line each, and the harness modules without a test file."""
    modules = find_modules(*FOLDERS)
    harness = [m for m in find_modules(*HARNESS).values() if not m.is_package]
    arrows = find_arrows(modules)
    between = {(modules[a.source].room, modules[a.target].room) for a in arrows}
    untested = find_untested(find_modules(*HARNESS))
    body = max(body for module in modules.values() for body in find_bodies(module))
    longest = max(modules.values(), key=count_lines)
    cycles = [len(find_cycles(arrows, *KINDS[: k + 1])) for k in range(len(KINDS))]
    figures = {
        "modules": f"{sum(not m.is_package for m in modules.values())}, and {len(modules)} with façades",
        "rooms": f"{len({m.room for m in modules.values()})}",
        "arrows": f"{len(arrows)} between modules, {sum(a != b for a, b in between)} between rooms",
        "cycles": "{} at once, {} with lazy imports, {} with those for types".format(*cycles),
        "longest body": f"{body.num_lines} lines, {body.name}",
        "longest file": f"{count_lines(longest)} lines, {longest.name}",
        "tested": f"{len(harness) - len(untested)} of {len(harness)} harness modules in a file of their own",
    }
    lines = [f"{name:14}{value}" for name, value in figures.items()]
    return "\n".join([*lines, *(f"{'':14}not {name}" for name in untested)]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(describe_house())
