"""Mutations: from a valid file to one that is nearly so, by bytes or by what the bytes mean."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Encode: TypeAlias = Callable[[Any, np.random.Generator], bytes]

WORDS = tuple(2**n + d for n in (0, 7, 8, 15, 16, 31, 32, 63, 64) for d in (-1, 0, 1))
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**18, -(10**18), 10**400, 0.0, -0.0, 1e308, -1e308,
    math.nan, math.inf, -math.inf, "", "0", "nan", "../../etc/passwd", "/dev/zero", "os:system", "x" * 10_000,
    "\x00", "\x1b[31m[/red]", "\u202e", "\ud800", "=cmd()", b"", b"\xff" * 9, [], {}, (), [[]], {"": {}},
)  # fmt: skip
DEPTHS = (50, 900, 3000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a reader's input.

    Attributes:
        value: What a valid one holds.
        encode: Returns the bytes of such a value.
    """

    value: Any
    encode: Encode


def mutated(part: Part, whole: bytes, rng: np.random.Generator) -> bytes:
    """Returns a valid file with something wrong in it: what it says, how it says it, or both."""
    content = whole
    if rng.random() < 0.5:
        try:
            value = copy.deepcopy(part.value)
            for _ in range(rng.integers(1, 4)):
                value = _with_a_change(value, rng)
            content = part.encode(value, rng)
        except Exception:  # what the format itself cannot say is said by bytes
            content = whole
    if content is whole or rng.random() < 0.2:
        for _ in range(rng.integers(1, 6)):
            content = _with_other_bytes(content, rng)
    return content


def _with_a_change(value: Any, rng: np.random.Generator) -> Any:
    """Returns a value with one of its parts left out, doubled, or put in the place of by another."""
    places = list(_places(value))
    if not places or rng.random() < 0.02:
        return _hostile(value, rng)
    holder, key = places[rng.integers(len(places))]
    kind = rng.integers(8)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[_hostile_key(rng)] = holder.pop(key)
    elif kind == 2 and isinstance(holder, list):
        holder.insert(int(rng.integers(len(holder) + 1)), holder[key])
    elif kind == 3:
        other, there = places[rng.integers(len(places))]
        holder[key] = copy.deepcopy(other[there])
    else:
        holder[key] = _hostile(holder[key], rng)
    return value


def _places(value: Any, depth: int = 8) -> Iterator[tuple[Any, Any]]:
    """Yields where the parts of a value lie: what holds them, and the key or index there."""
    if isinstance(value, dict | list) and depth:
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key], depth - 1)


def _hostile_key(rng: np.random.Generator) -> Any:
    value = HOSTILE[rng.integers(len(HOSTILE))]
    return value if isinstance(value, str) else str(value)


def _hostile(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, np.ndarray) and rng.random() < 0.8:
        return _other_array(value, rng)
    kind = rng.integers(12)
    if kind == 0:
        for _ in range(DEPTHS[rng.integers(len(DEPTHS))]):
            value = [value]
        return value
    if kind == 1:
        return [value] * int(rng.integers(2, 50))
    if kind == 2 and isinstance(value, int | float):
        return type(value)(min(max(value * float(rng.normal(0, 3)), -1e300), 1e300))
    return copy.copy(HOSTILE[rng.integers(len(HOSTILE))])


def _other_array(array: np.ndarray[Any, Any], rng: np.random.Generator) -> Any:
    """Returns an array of other numbers, another shape or another kind."""
    kind = rng.integers(9)
    if kind == 0:
        return array[: rng.integers(len(array) + 1)] if array.ndim else array[None]
    if kind == 1:
        return array.T
    if kind == 2:
        return array[..., None] if rng.random() < 0.5 else array.reshape(-1)
    if kind == 3:
        kinds = ("f2", "f8", "i1", "u8", ">f4", "c16", "S3", "?", "U2", "M8[s]")
        return array.astype(kinds[rng.integers(len(kinds))], copy=True)
    if kind == 4:
        return np.empty((0, *array.shape[1:]), array.dtype)
    if kind == 5:
        return np.broadcast_to(array, (3, *array.shape)).copy()
    if kind == 6:
        return array.astype(np.float64) * 10.0 ** rng.integers(-300, 300)
    changed = array.astype(np.float64) if kind == 7 else array.copy()
    flat = changed.reshape(-1)
    if flat.size:
        numbers = (np.nan, np.inf, -np.inf, 1e300, -1.0000001, 1.79, 2.0**40, 0.0)
        flat[rng.integers(flat.size)] = numbers[rng.integers(len(numbers))]
    return changed


def _with_other_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns bytes of which some are others, gone, doubled or moved."""
    data = bytearray(content)
    at = int(rng.integers(len(data) + 1))
    end = at + int(rng.integers(1, 33))
    kind = rng.integers(9)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        data[at : at + 1] = rng.bytes(1)
    elif kind == 2:
        size = (1, 2, 4, 8)[rng.integers(4)]
        word = WORDS[rng.integers(len(WORDS))] % 256**size
        data[at : at + size] = word.to_bytes(size, "little" if rng.random() < 0.7 else "big")
    elif kind == 3:
        del data[at:end]
    elif kind == 4:
        data[at:at] = data[at:end] * int(rng.choice([1, 2, 30, 1000]))
    elif kind == 5:
        there = int(rng.integers(len(data) + 1))
        data[at:end] = data[there : there + end - at]
    elif kind == 6:
        del data[at:]
    elif kind == 7:
        data[at:at] = rng.bytes(int(rng.integers(1, 20)))
    else:
        data[at:at] = SNIPPETS[rng.integers(len(SNIPPETS))]
    return bytes(data)


SNIPPETS = (
    b"cos\nsystem\n(S'touch executed'\ntR",
    b"\x8c\x05posix\x8c\x06system\x93\x8c\x0etouch executed\x85R",
    b"cbuiltins\nexec\n(Vopen('executed','w')\ntR",
    b")q\x01h\x01\x86q\x02h\x02\x86",
    b"}", b"]", b")", b"(", b"0", b"2", b"b", b"s", b"u", b"R", b"\x81", b"\x92", b"\x93", b"\x94", b".",
    b"[" * 3000, b"{\"a\":" * 3000, b"'" * 40, b"\"", b"[[x]]\n", b"\n", b"\xef\xbb\xbf", b"\x00" * 64,
    b"NaN", b"Infinity", b"1e999", b"-" * 5000, b"9" * 5000, b"\\ud800", b"inf\n", b"PK\x01\x02", b"\x89HDF",
)  # fmt: skip
