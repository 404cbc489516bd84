"""Patience with a server that is gone: pauses that grow, up to a limit."""

from __future__ import annotations

import time

from ilbench.runner.faults import ConnectionLostError, ServerUnreachableError

FIRST_S = 0.1
LONGEST_S = 5.0
"""No pause is longer: whoever watches a worker takes a longer silence for a hang."""


class Patience:
    """How long a server has been waited for; made when it is first found to be gone."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._pause_s = FIRST_S

    def wait(self, lost: ConnectionLostError) -> None:
        """Waits a moment before the next try.

        Raises:
            ServerUnreachableError: It has been long enough.
        """
        waited_s = time.monotonic() - self._since
        if waited_s >= lost.patience_s:
            raise ServerUnreachableError(
                f"no policy server for {waited_s:.0f} s: {lost.reason}; the same command resumes the run "
                "when there is one (--reconnect-s says how long to wait)"
            ) from lost
        time.sleep(min(self._pause_s, lost.patience_s - waited_s))
        self._pause_s = min(2 * self._pause_s, LONGEST_S)
