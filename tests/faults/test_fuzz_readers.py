"""A few hundred of the fuzzer's files for every reader, and all that once ended badly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
FUZZER = FOLDER / "fuzz_readers.py"
KEPT = sorted((FOLDER / "corpus").glob("*--*"))


def fuzz(*words):
    command = [sys.executable, str(FUZZER), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_no_reader_is_led_astray_by_a_few_hundred_files(tmp_path):
    told = fuzz("--inputs", 300, "--workers", 1, "--failed", tmp_path / "failed")
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.splitlines()[-1].split()[:2] == ["all", "300"]


def test_files_that_once_ended_badly_end_in_one_line_that_names_them():
    told = fuzz("--again", *KEPT)
    assert told.returncode == 0, told.stdout + told.stderr
    assert len(told.stdout.splitlines()) == len(KEPT)


def test_the_fuzzer_tells_every_fault_from_what_is_sound(tmp_path):
    told = fuzz("--planted", "--inputs", 21, "--workers", 1, "--limit", 0.2, "--failed", tmp_path)
    rows = [line.rsplit(maxsplit=8) for line in told.stdout.splitlines()[1:-1]]
    found = {name.strip(): [i for i in (0, *range(2, 7)) if counts[1 + i] != "0"] for name, *counts in rows}
    kinds = {"raises a clean error": [0], "accepts": [], "names nothing": [2], "raises": [3]}
    assert found == {**kinds, "hangs": [4], "crashes": [5], "writes": [6]}
    assert told.returncode == 1
