"""Digests and canonical JSON: how equal things are made to look equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIGEST_HEX = 32
"""Hexadecimal digits of a digest: 128 bits, enough that no two episodes meet by chance."""


def canonical_json(value: Any) -> str:
    """Returns the one JSON text of `value`: sorted keys, no spaces, shortest float form.

    Raises:
        ValueError: A float is NaN or infinite, which JSON cannot say.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def text_digest(text: str) -> str:
    """Returns the digest of a text, `DIGEST_HEX` hexadecimal digits."""
    return bytes_digest(text.encode())


def bytes_digest(content: bytes) -> str:
    """Returns the digest of bytes, `DIGEST_HEX` hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_HEX]


def json_digest(value: Any) -> str:
    """Returns the digest of a JSON value, independent of the order of its keys."""
    return text_digest(canonical_json(value))


def array_digest(*arrays: NDArray[Any]) -> str:
    """Returns the digest of arrays by dtype, shape and bytes, in the order given."""
    hasher = hashlib.sha256()
    for array in arrays:
        _update(hasher, array)
    return hasher.hexdigest()[:DIGEST_HEX]


def arrays_digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Returns the digest of named arrays, independent of their order."""
    hasher = hashlib.sha256()
    for name in sorted(arrays):
        hasher.update(name.encode())
        _update(hasher, arrays[name])
    return hasher.hexdigest()[:DIGEST_HEX]


def _update(hasher: hashlib._Hash, array: NDArray[np.generic]) -> None:
    hasher.update(f"|{array.dtype.str}{array.shape}|".encode())
    hasher.update(array.tobytes())
