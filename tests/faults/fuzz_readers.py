"""Gives every reader files with something wrong in them: a table reader × outcome.

Each must end in a value or in one printable line that names the file, within seconds, and run nothing. What
is not so is kept as a file, which ``--again FILE`` reads once more.

Run: ``python tests/faults/fuzz_readers.py [--inputs 1000000] [--seconds 600] [--seed 0] [--workers 2]
[--only READER ...] [--out fuzz.csv] [--failed FOLDER]``; with ``--again FILE ...`` it reads kept ones again.
``guide_fuzzing.py`` looks for inputs by coverage instead.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import inspect
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

import numpy as np
import psutil
from apart import fork_hdf5
from mutating import mutated
from planted import make_planted
from readers import Reader, make_readers

from ilbench import hdf5
from ilbench.errors import ILBenchError

GOOD = ("clean error", "accepted")
BAD = ("unnamed error", "traceback", "hang", "crash", "code executed")
OUTCOMES = (*GOOD, *BAD)
HDF5_LIMIT_S = 10.0
STARTING, DONE = -2, -1
"""What a worker is at before its first input and after its last."""
MAX_MEMORY = 8 * 2**30
MESSAGE_LIMIT = 3000
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
EVENTS = """
os.system os.exec os.posix_spawn os.spawn os.remove os.rename os.chmod os.mkdir os.rmdir os.symlink os.link
os.putenv pty.spawn subprocess.Popen shutil.rmtree ctypes.dlopen socket.connect socket.bind socket.getaddrinfo
urllib.Request webbrowser.open pickle.find_class
"""
NEVER = frozenset(EVENTS.split())
"""Events that no reader has a reason for."""


class Watch:
    """Notes what a reader does beside reading: Python tells of every call that leaves it."""

    def __init__(self) -> None:
        self.place: str | None = None
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    @contextlib.contextmanager
    def over(self, place: Path) -> Iterator[None]:
        """Notes what happens within; only `place` may be written to."""
        self.place, self.seen = str(place), []
        try:
            yield
        finally:
            self.place = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        place = self.place
        if place is None:
            return
        if event in NEVER:
            self.seen.append(f"{event}{arguments!r}"[:200])
        elif (
            event == "open" and not isinstance(arguments[0], int) and not str(arguments[0]).startswith(place)
        ):
            mode, flags = arguments[1:3]
            writes = set(mode) & set("wax+") if isinstance(mode, str) else flags & WRITES
            if writes or str(arguments[0]).startswith(("/etc", "/home", "/dev/zero")):
                self.seen.append(f"open{arguments!r}"[:200])
        elif event == "exec" and arguments[0].co_filename == "<string>" and not _is_importing():
            self.seen.append(f"exec of {arguments[0]!r}"[:200])


def _is_importing() -> bool:
    """Returns whether a module is being imported, whose data classes and named tuples run text of theirs."""
    frame = inspect.currentframe()
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input: what it is follows from the seed and its number."""

    reader: Reader
    changed: str
    content: bytes


class Inputs:
    """All inputs of a seed, by number.

    Args:
        readers: The readers, which are taken in turns, by their shares.
        seed: Of everything random.
    """

    def __init__(self, readers: Sequence[Reader], seed: int) -> None:
        self._seed = seed
        self._turns = [reader for reader in readers for _ in range(reader.share)]
        np.random.default_rng(0).shuffle(self._turns)
        rng = np.random.default_rng(seed)
        self.whole = {
            reader.name: {path: part.encode(part.value, rng) for path, part in reader.files.items()}
            for reader in readers
        }

    def __getitem__(self, number: int) -> Case:
        rng = np.random.default_rng([self._seed, number])
        reader = self._turns[number % len(self._turns)]
        paths = list(reader.files)
        path = paths[rng.integers(len(paths))]
        content = mutated(reader.files[path], self.whole[reader.name][path], rng)
        return Case(reader=reader, changed=path, content=content)


def lay_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes an input's files and returns the folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def outcome_of(reader: Reader, folder: Path, watch: Watch) -> tuple[str, str]:
    """Returns what came of reading a folder, and what there is to say of it."""
    said = ""
    with watch.over(folder):
        try:
            reader.read(folder)
            outcome = "accepted"
        except ILBenchError as error:
            said = str(error)
            is_named = said.isprintable() and len(said) < MESSAGE_LIMIT and str(folder) in said
            outcome = "clean error" if is_named else "unnamed error"
        except Exception:
            outcome, said = "traceback", traceback.format_exc()
    return ("code executed", "; ".join(watch.seen)) if watch.seen else (outcome, said)


class Board:
    """What workers tell: counts, and what each is at since when."""

    def __init__(self, num_readers: int, num_workers: int) -> None:
        self.counts = multiprocessing.RawArray("q", num_workers * num_readers * len(OUTCOMES))
        self.at = multiprocessing.RawArray("q", num_workers)
        self.since = multiprocessing.RawArray("d", num_workers)
        self.spent = multiprocessing.RawArray("d", num_workers)
        self._shape = (num_workers, num_readers, len(OUTCOMES))

    def begin(self, worker: int, number: int) -> None:
        """Notes that a worker, which calls this, is at an input."""
        self.since[worker], self.spent[worker] = time.monotonic(), time.process_time()
        self.at[worker] = number

    def is_over(self, worker: int, pid: int, limit_s: float) -> bool:
        """Returns whether a worker has been at its input for too long, or ten times as long but waiting."""
        with contextlib.suppress(psutil.Error):
            if sum(psutil.Process(pid).cpu_times()[:2]) - self.spent[worker] > limit_s:
                return True
        return time.monotonic() - self.since[worker] > 10 * limit_s

    def table(self) -> Any:
        """Returns the counts, shape (workers, readers, outcomes)."""
        return np.frombuffer(self.counts, np.int64).reshape(self._shape)


def work(args: argparse.Namespace, board: Board, worker: int, first: int, scratch: Path) -> None:
    """Reads every so many-th input from `first` on; the body of a process."""
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / "made").mkdir()
    readers = chosen(args, folder / "made")
    inputs, watch = Inputs(readers, args.seed), Watch()
    read_hdf5_quickly()
    for reader in readers:
        whole = lay_out(folder / "whole" / reader.name, inputs.whole[reader.name])
        outcome_of(reader, whole, watch)  # what is imported when it is first needed is so now
        outcome, said = outcome_of(reader, whole, watch)
        if outcome != "accepted":
            raise SystemExit(f"{reader.name}, whole: {outcome}: {said}")
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    table, names = board.table()[worker], [reader.name for reader in readers]
    for number in range(first, args.inputs, args.workers):
        board.begin(worker, number)
        case = inputs[number]
        name = case.reader.name
        there = lay_out(folder / "whole" / name, {case.changed: case.content})
        outcome, said = outcome_of(case.reader, there, watch)
        lay_out(there, {case.changed: inputs.whole[name][case.changed]})
        table[names.index(name), OUTCOMES.index(outcome)] += 1
        if outcome in BAD:
            keep(args.failed, case, outcome, number, said)
    board.at[worker] = DONE
    shutil.rmtree(folder)


def read_hdf5_quickly() -> None:
    """Forks the process that reads HDF5, and waits for seconds where a user's file gets a minute."""
    hdf5.start, hdf5.LIMIT_S = fork_hdf5, HDF5_LIMIT_S  # type: ignore[assignment]


def chosen(args: argparse.Namespace, scratch: Path) -> list[Reader]:
    """Returns the readers whose names hold the text that is asked for."""
    readers = (make_planted if args.planted else make_readers)(scratch)
    found = [r for r in readers if args.only is None or any(text in r.name for text in args.only)]
    if not found:
        raise SystemExit(f"no reader named {args.only!r}; there are: {', '.join(r.name for r in readers)}")
    return found


def keep(failed: Path, case: Case, outcome: str, number: int, said: str) -> None:
    """Writes an input that did not end as it should, and why, for the first ones of each kind."""
    stem = f"{case.reader.name}--{outcome}--{number}".replace(" ", "_")
    failed.mkdir(parents=True, exist_ok=True)
    if len(list(failed.glob(f"{stem.rpartition('--')[0]}--*.txt"))) < 20:
        (failed / f"{stem}.bin").write_bytes(case.content)
        (failed / f"{stem}.txt").write_text(f"{case.changed}\n{said}\n", errors="replace")


def run(args: argparse.Namespace) -> Mapping[str, Mapping[str, int]]:
    """Returns the outcomes of all inputs, by reader, each reader in processes that may hang or crash."""
    scratch = Path(tempfile.mkdtemp(dir=MEMORY, prefix="fuzz-"))
    (scratch / "made").mkdir()
    readers = chosen(args, scratch / "made")
    inputs, board = Inputs(readers, args.seed), Board(len(readers), args.workers)
    context = multiprocessing.get_context("fork")
    lost: dict[str, Counter[str]] = {reader.name: Counter() for reader in readers}

    def start(worker: int, first: int) -> Any:
        board.at[worker] = STARTING
        process = context.Process(target=work, args=(args, board, worker, first, scratch))
        process.start()
        return process

    processes = {worker: start(worker, worker) for worker in range(args.workers)}
    end = time.monotonic() + args.seconds
    try:
        while processes and time.monotonic() < end:
            time.sleep(0.1)
            for worker, process in list(processes.items()):
                number = board.at[worker]
                hangs = number >= 0 and board.is_over(worker, process.pid, args.limit)
                if process.is_alive() and not hangs:
                    continue
                process.kill()
                process.join()
                if number < 0:
                    processes.pop(worker)
                    if number == STARTING:
                        raise SystemExit("a worker died before its first input")
                    continue
                case = inputs[number]
                outcome = "hang" if hangs else "crash"
                lost[case.reader.name][outcome] += 1
                keep(args.failed, case, outcome, number, f"exit code {process.exitcode}")
                processes[worker] = start(worker, number + args.workers)
    finally:
        for process in processes.values():
            process.kill()
            process.join()
        shutil.rmtree(scratch, ignore_errors=True)
    total = board.table().sum(axis=0)
    return {
        reader.name: {o: int(total[i, j]) + lost[reader.name][o] for j, o in enumerate(OUTCOMES)}
        for i, reader in enumerate(readers)
    }


def show(found: Mapping[str, Mapping[str, int]], out: Path | None) -> int:
    """Prints the table, writes it where it is wanted, and returns how many inputs ended badly."""
    rows = [["reader", "inputs", *OUTCOMES]]
    rows += [[name, str(sum(row.values())), *map(str, row.values())] for name, row in found.items()]
    sums = [sum(row[outcome] for row in found.values()) for outcome in OUTCOMES]
    rows.append(["all", str(sum(sums)), *map(str, sums)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(
                cell.rjust(w) if i else cell.ljust(w)
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
        )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return sum(sums[len(GOOD) :])


def read_again(files: Sequence[Path]) -> int:
    """Reads kept inputs, whose names begin with that of their reader, and returns how many end badly."""
    num_bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "made").mkdir()
        readers = {r.name.replace(" ", "_"): r for r in make_readers(Path(scratch) / "made")}
        watch = Watch()
        read_hdf5_quickly()
        for number, file in enumerate(files):
            reader = readers[file.name.partition("--")[0]]
            note = file.with_suffix(".txt")
            changed = note.read_text().splitlines()[0] if note.exists() else next(iter(reader.files))
            whole = Inputs([reader], 0).whole[reader.name]
            folder = lay_out(Path(scratch) / str(number), whole)
            outcome_of(reader, folder, watch)  # as before the first input of all
            outcome, said = outcome_of(reader, lay_out(folder, {changed: file.read_bytes()}), watch)
            print(f"{file.name}: {outcome}: {said.strip()}")
            num_bad += outcome in BAD
    return num_bad


def main(words: Sequence[str] | None = None) -> int:
    """Returns how many inputs ended badly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=20.0, help="Seconds that an input may take.")
    parser.add_argument("--only", metavar="READER", nargs="+", help="Those whose names hold one of these.")
    parser.add_argument("--planted", action="store_true", help="Readers that fault, to try this command.")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--failed", type=Path, default=Path("fuzz-failed"))
    parser.add_argument("--again", type=Path, nargs="+")
    args = parser.parse_args(words)
    if args.again is not None:
        return read_again(args.again)
    return show(run(args), args.out)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
