"""The nonce of a run, from which the seeds that its policy is told are drawn.

It has to be unknown to the policy beforehand and known to everybody afterwards, so the run's header holds it.
On one machine the same run, begun twice, has the same nonce, so that a number can be had again by the same
command: it is an HMAC of the run's identity under a key that is drawn at random once and stays in
`cache_folder`. Elsewhere ``--nonce`` (or the environment variable ``ILBENCH_NONCE``), with what the header
says, gives the same run.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
from pathlib import Path

from ilbench.errors import UsageError
from ilbench.home import cache_folder

PUBLISHED_NONCE = "published"
"""The nonce of published runs and of the quickstart, so that they can be compared byte for byte."""

VARIABLE = "ILBENCH_NONCE"
NONCE_PATTERN = "^[A-Za-z0-9._-]{1,64}$"
KEY_FILE = "nonce-key"
KEY_BYTES = 32


def draw_nonce(identity: str) -> str:
    """Returns the nonce of a run that was given none: ``$ILBENCH_NONCE``, or else 32 hexadecimal digits.

    Args:
        identity: Of the run, see `ilbench.runs.folder.RunHeader.identity`.

    Raises:
        UsageError: The variable holds something else than a nonce.
    """
    if asked := os.environ.get(VARIABLE):
        return check_nonce(asked)
    return hmac.digest(_key(cache_folder() / KEY_FILE), identity.encode(), "sha256").hex()[:32]


def check_nonce(text: str) -> str:
    """Returns a nonce that was asked for, as it is.

    Raises:
        UsageError: It has another form.
    """
    if not re.fullmatch(NONCE_PATTERN, text):
        raise UsageError(f"nonce: expected 1 to 64 letters, digits, dots and dashes, found {text[:80]!r}")
    return text


def _key(file: Path) -> bytes:
    """Returns this machine's key; a fresh one that is not kept where none can be."""
    key = secrets.token_bytes(KEY_BYTES)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        _keep(file, key)
    with contextlib.suppress(OSError):
        kept = file.read_bytes()
        return kept if len(kept) == KEY_BYTES else key
    return key


def _keep(file: Path, key: bytes) -> None:
    """Writes the key if there is none yet; of several processes at once the first wins."""
    if file.exists():
        return
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(key)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, file)
    temporary.unlink()
