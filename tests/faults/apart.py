"""The process that reads HDF5, forked: starting Python takes longer than reading a small file."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Any

from ilbench import hdf5_server


class Forked:
    """As much of `subprocess.Popen` as `ilbench.hdf5` needs."""

    def __init__(self, pid: int, stdin: Any, stdout: Any) -> None:
        self._pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._code: int | None = None

    def kill(self) -> None:
        """Ends it."""
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Returns its exit code; a negative one is the signal."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    def communicate(self) -> None:
        """Waits for its end and closes the pipes."""
        self.wait()
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(BrokenPipeError):  # of a question that was not read
                pipe.close()


def fork_hdf5() -> Forked:
    """Returns a process that answers about one HDF5 file, as `ilbench.hdf5.start` does."""
    (questions, asked), (told, answers) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(asked)
            os.close(told)
            hdf5_server.answer_all(os.fdopen(questions, "rb"), os.fdopen(answers, "wb"))
        finally:
            os._exit(0)
    os.close(questions)
    os.close(answers)
    return Forked(pid, os.fdopen(asked, "wb"), os.fdopen(told, "rb"))
