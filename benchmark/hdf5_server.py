"""Reads one HDF5 file for another process, which ends this one when it takes too long.

The HDF5 library was never meant for files from anybody: of a few thousand files with some bytes changed, one
takes the process down and a dozen keep it busy for ever. So files of others are only ever opened here, under
limits, and what goes back is checked by `ilbench.hdf5`. Nothing is followed that leads out of the file.

A question is a line of JSON, ``{"ask": "names", "place": "data"}``. An answer is a line of JSON, with what
was ``found`` or why nothing was; for an array that is a number, and as many bytes follow.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import h5py
import numpy as np

MAX_NAMES = 100_000
MAX_TEXT = 2**24
"""Characters of an attribute; robosuite's models, which files hold as one, have half a million."""
KINDS = "fiubS"
"""Numbers, truth values and texts of fixed length."""


class RefusedError(Exception):
    """What is asked for is missing, or nothing that is read: the message says what there is."""


def serve(file: h5py.File, questions: BinaryIO, answers: BinaryIO, max_bytes: int) -> None:
    """Answers questions until there are no more."""
    asked: dict[str, Callable[..., Any]] = {
        "names": names_in,
        "attribute": attribute_in,
        "form": _form,
        "array": array_in,
    }
    for line in questions:
        question = json.loads(line)
        content = b""
        try:
            found = asked[question.pop("ask")](file, **question, max_bytes=max_bytes)
            if isinstance(found, np.ndarray):
                content, found = found.tobytes(), found.nbytes
            answer = {"found": found}
        except RefusedError as error:
            answer = {"refused": str(error)}
        except Exception as error:  # the library raises what it likes
            answer = {"broken": f"{type(error).__name__}: {error}"[:500]}
        answers.write(json.dumps(answer).encode() + b"\n" + content)
        answers.flush()


def _node(file: h5py.File, place: str) -> Any:
    """Returns the group or array at a place, each step of the way being in this very file."""
    node: Any = file
    for part in filter(None, place.split("/")):
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if link is None:
            raise RefusedError(f"is missing; there is {_held(node)}")
        if not isinstance(link, h5py.HardLink):
            raise RefusedError("lies elsewhere: expected it in the file itself, found a link")
        node = node[part]
    return node


def _held(node: Any) -> str:
    names = list(node)[:20] if isinstance(node, h5py.Group) else []
    return ", ".join(name[:60] for name in names) or "nothing"


def names_in(file: h5py.File, place: str, **limits: int) -> dict[str, str]:
    """Returns what is in a group: by name, ``group``, ``array`` or ``link``."""
    node = _node(file, place)
    if not isinstance(node, h5py.Group):
        raise RefusedError("is an array, expected a group")
    if len(node) > MAX_NAMES:
        raise RefusedError(f"has {len(node)} members, expected at most {MAX_NAMES}")
    kinds = {}
    for name in node:
        link, kind = node.get(name, getlink=True), node.get(name, getclass=True)
        is_in_file = isinstance(link, h5py.HardLink)
        kinds[name] = "link" if not is_in_file else "group" if kind is h5py.Group else "array"
    return kinds


def attribute_in(file: h5py.File, place: str, name: str, **limits: int) -> Any:
    """Returns a text or a number, or None where there is no such attribute."""
    attributes = _node(file, place).attrs
    if name not in attributes:
        return None
    if attributes.get_id(name).get_storage_size() > MAX_TEXT:
        raise RefusedError(f"has an attribute '{name}' of more than {MAX_TEXT} bytes")
    value = attributes[name]
    value = value.decode() if isinstance(value, bytes) else value
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > MAX_TEXT):
        raise RefusedError(f"has an attribute '{name}' that is no text or number")
    return value


def _form(file: h5py.File, place: str, max_bytes: int) -> dict[str, Any]:
    """Returns what an array is, before any of it is read."""
    node = _dataset(file, place)
    if node.nbytes > max_bytes:
        raise RefusedError(f"has {node.nbytes} bytes, expected at most {max_bytes}")
    return {"dtype": node.dtype.str, "shape": node.shape, "num_bytes": node.nbytes}


def array_in(file: h5py.File, place: str, **limits: int) -> np.ndarray[Any, Any]:
    """Returns an array; how large it is `_form` says."""
    return np.asarray(_dataset(file, place)[()], order="C")


def _dataset(file: h5py.File, place: str) -> h5py.Dataset:
    node = _node(file, place)
    if not isinstance(node, h5py.Dataset) or node.is_virtual or node.external:
        raise RefusedError("is none: expected an array in the file itself")
    if node.dtype.kind not in KINDS or node.shape is None or node.dtype.subdtype is not None:
        raise RefusedError(f"holds {str(node.dtype)[:100]}, expected numbers or texts of fixed length")
    return node


def answer_all(questions: BinaryIO, answers: BinaryIO) -> None:
    """Opens the file that the first question is about, and answers the others."""
    question = json.loads(questions.readline())
    limit(question["max_memory"])
    try:
        file = h5py.File(question["path"], "r", locking=False)
    except Exception as error:
        answers.write(json.dumps({"broken": f"{type(error).__name__}: {error}"[:500]}).encode() + b"\n")
        answers.flush()
        return
    answers.write(b'{"found": true}\n')
    answers.flush()
    with contextlib.suppress(BrokenPipeError):
        serve(file, questions, answers, question["max_bytes"])


def main() -> None:
    """Answers on the standard streams."""
    from ilbench.guest.lifetime import die_with_parent

    die_with_parent()
    answer_all(sys.stdin.buffer, sys.stdout.buffer)


def limit(max_memory: int) -> None:
    """Bounds this process's address space, where the system can, and what it writes to nothing."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
