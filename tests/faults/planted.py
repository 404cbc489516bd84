"""Readers with a fault of every kind, on which the fuzzer itself is tried."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mutating import Part
from readers import Reader, as_it_is

from ilbench.errors import ILBenchError
from ilbench.reading import reading


def make_planted(scratch: Path) -> tuple[Reader, ...]:
    """Returns readers of every kind of fault, on which the fuzzer itself is tried."""

    def raises(folder: Path) -> None:
        with reading(folder / "a", "anything"):
            raise KeyError("this one is clean")

    def tells(folder: Path) -> None:
        raise ILBenchError("something is wrong somewhere")

    def writes(folder: Path) -> None:
        (scratch / "outside").write_bytes(b"")

    def faults(fault: Callable[[Path], object], content: bytes, folder: Path) -> None:
        if (folder / "a").read_bytes() != content:
            fault(folder)

    def hangs(folder: Path) -> None:
        while True:
            pass

    kinds: dict[str, Callable[[Path], object]] = {
        "accepts": lambda folder: None,
        "raises a clean error": raises,
        "names nothing": tells,
        "raises": lambda folder: {}["no"],
        "hangs": hangs,
        "crashes": lambda folder: os.abort(),
        "writes": writes,
    }
    return tuple(
        Reader(
            name=name,
            files={"a": Part(value=name.encode(), encode=as_it_is)},
            read=partial(faults, fault, name.encode()),
        )
        for name, fault in kinds.items()
    )
