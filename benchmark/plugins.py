"""Plug-ins: what installed packages add to the registries, by entry points. The one place that reads them.

A registry is a group of entry points, ``ilbench.<group>``, whose values are import strings of one value of
the group's class or of a sequence of them. This project's own tasks, formats, baselines, commands … stand in
the same groups: there is no other way in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from operator import attrgetter
from typing import Any, TypeVar

from ilbench.errors import DuplicateNameError, PluginError
from ilbench.importing import load_object

T = TypeVar("T")


def load_plugins(group: str, kind: type[T], also: Iterable[str] = ()) -> tuple[T, ...]:
    """Returns the values of one group, those of one package in its own order.

    Args:
        group: Such as ``ilbench.tasks``.
        kind: Their class.
        also: Import strings of further values, as an entry point would name them.

    Raises:
        PluginError: An entry point cannot be loaded, or leads to something else.
    """
    found = [value for source in declared_sources(group) for value in _declared(source, kind, group)]
    return (*found, *(value for source in also for value in _values(source, load_object(source), kind)))


def declared_sources(group: str) -> tuple[str, ...]:
    """Returns the import strings that installed packages declare in a group, without loading them."""
    return tuple(point.value for point in entry_points(group=group))


def by_name(values: Iterable[T], what: str, name: Callable[[T], str] = attrgetter("name")) -> Mapping[str, T]:
    """Returns values by their names, in their order.

    Raises:
        DuplicateNameError: Two share a name.
    """
    named: dict[str, T] = {}
    for value in values:
        if name(value) in named:
            raise DuplicateNameError(f"{what} {name(value)!r} is declared twice")
        named[name(value)] = value
    return named


def _declared(source: str, kind: type[T], group: str) -> tuple[T, ...]:
    try:
        loaded = load_object(source)
    except Exception as error:  # a package of somebody else's: whatever it raises, it must be named
        raise PluginError(
            f"the entry point {source!r} of the group {group!r} cannot be loaded: "
            f"{type(error).__name__}: {error}; mend or uninstall the package that declares it"
        ) from error
    return _values(source, loaded, kind)


def _values(source: str, loaded: Any, kind: type[T]) -> tuple[T, ...]:
    values = (loaded,) if isinstance(loaded, kind) else tuple(loaded) if _is_sequence(loaded) else (loaded,)
    for value in values:
        if not isinstance(value, kind):
            raise PluginError(f"{source!r} must lead to {kind.__name__} values, found {type(value).__name__}")
    return values


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
