"""Generators in processes of their own: their values arrive as they come, and no process is left behind."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar, cast

from ilbench.errors import ILBenchError
from ilbench.guest.lifetime import die_with_parent

A = TypeVar("A")
T = TypeVar("T")


class ProcessDiedError(ILBenchError):
    """A process that ended without a word: it crashed in native code, or somebody killed it.

    Attributes:
        exit_code: Its exit code; a negative one is the signal.
    """

    def __init__(self, exit_code: int | None) -> None:
        self.exit_code = exit_code
        super().__init__(
            f"a process died with exit code {exit_code}"
            " (a negative code is the signal; -9 often means that memory ran out)"
        )


class ProcessFaultError(ILBenchError):
    """What was raised in another process, by its message; the note has the traceback from there."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """What ended a generator: exceptions themselves do not all survive the way between processes."""

    message: str
    details: str


def stream(
    function: Callable[[A], Iterable[T]], arguments: Sequence[A]
) -> Generator[tuple[int, T], None, None]:
    """Yields the values of one call for each argument, each in a process of its own, as they come.

    With each value comes the index of the argument; the values of one argument come in their order. The
    processes end with the generator, with this process, and do not hear of Ctrl-C, which this one answers.

    Args:
        function: Makes an iterable; a process imports it by its name.
        arguments: At least one.

    Raises:
        ProcessDiedError: A process ended before its values did.
        ProcessFaultError: `function` or its iterable raised.
    """
    processes: dict[Connection, tuple[int, SpawnProcess]] = {}
    try:
        for index, argument in enumerate(arguments):
            receiver, process = _start(function, argument)
            processes[receiver] = index, process
        while processes:
            for receiver in cast("list[Connection]", wait(list(processes))):
                index, process = processes[receiver]
                message = _received(receiver, process)
                if message is None:
                    processes.pop(receiver)[1].join()
                else:
                    yield index, message[0]
    finally:
        for _, process in processes.values():
            process.kill()
        for _, process in processes.values():
            process.join()


def _start(function: Callable[[A], Iterable[T]], argument: A) -> tuple[Connection, SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, function, argument), daemon=True)
    process.start()
    sender.close()  # else the end of the process would not show as the end of the pipe
    return receiver, process


def _work(sender: Connection, function: Callable[[A], Iterable[T]], argument: A) -> None:
    """Sends each value, and then None; the body of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    die_with_parent()
    try:
        for value in function(argument):
            sender.send((value,))
        sender.send(None)
    except BrokenPipeError:
        return  # the parent is gone
    except Exception as error:
        message = str(error) if isinstance(error, ILBenchError) else f"{type(error).__name__}: {error}"
        sender.send(_Fault(message, traceback.format_exc()))


def _received(receiver: Connection, process: SpawnProcess) -> tuple[Any] | None:
    """Returns the next value of a process, alone in a tuple, or None after its last."""
    try:
        message: tuple[Any] | _Fault | None = receiver.recv()
    except EOFError:
        process.join()
        raise ProcessDiedError(process.exitcode) from None
    if isinstance(message, _Fault):
        fault = ProcessFaultError(message.message)
        fault.add_note(message.details)
        raise fault
    return message
