"""The command line as a user meets it: every test runs the installed command in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ilbench.runs.folder import JOURNAL, load_run

ILBENCH = [sys.executable, "-c", "from ilbench.cli import main; main()"]
TASK = "d3il/avoiding-v3"
POLICY = """
import numpy as np

class Policy:
    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return self.rng.normal([0.0, 0.008], 0.004)
"""


def ilbench(*arguments, cwd, under=(), **options):
    return subprocess.run(
        [*under, *ILBENCH, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "160"},
        **options,
    )


@pytest.fixture
def folder(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "submission.toml").write_text('name = "my policy"\nentry = "policy:Policy"\n')
    (mine / "policy.py").write_text(POLICY)
    return tmp_path


def play(cwd, *arguments, **options):
    return ilbench(
        "run", "mine", "--task", TASK, "--split", "test", "--out", "run", *arguments, cwd=cwd, **options
    )


def digests(path):
    return [record.digest() for record in load_run(path).records]


def test_list_shows_every_task_and_its_filters_narrow(tmp_path):
    everything = json.loads(ilbench("list", "--json", cwd=tmp_path).stdout)
    some = json.loads(ilbench("list", "--json", "--suite", "d3il", cwd=tmp_path).stdout)
    assert TASK in {task["id"] for task in some} < {task["id"] for task in everything}
    assert TASK in ilbench("list", cwd=tmp_path).stdout


def test_show_tells_fields_splits_modes_and_source(tmp_path):
    text = ilbench("show", TASK, "--full", cwd=tmp_path).stdout
    for word in ("horizon", "commanded x", "shift/", "license", "expert 100.0%", "left/middle/right"):
        assert word in text
    assert json.loads(ilbench("show", TASK, "--json", cwd=tmp_path).stdout)["action"]["shape"] == [2]


MISTAKES = [
    (("show", "d3il/avoidng-v2"), "no task named 'd3il/avoidng-v2'; did you mean 'd3il/avoiding-v3'"),
    (("run", "bc-mpl", "--task", TASK), "no baseline named 'bc-mpl'; did you mean 'bc-mlp' or"),
    (("run", "random"), "no task was named; say --task ID, --suite NAME or --list NAME"),
    (("run", "random", "--suite", "d3li"), "no suite named 'd3li'; did you mean 'd3il'?"),
    (("run", "random", "--task", TASK, "--split", "tst"), "no split named 'tst'; did you mean 'test'"),
    (("run", "bc-mlp", "--task", TASK), "run: ilbench train bc-mlp d3il/avoiding-v3"),
    (("run", "./nowhere", "--task", TASK), "is not a submission: it has no submission.toml"),
    (("run", "nowhere:Policy", "--task", TASK), "cannot load 'nowhere:Policy': ModuleNotFoundError"),
    (("train", "random", TASK), "the baseline 'random' is not trained; run it: ilbench run random"),
    (("score", "."), "holds no run: there is no run.json in it"),
    (("replay", ".", "1"), "is not a run folder: it has no run.json"),
    (("leaderboard", "."), "holds no run"),
    (("demos", TASK, "--modes", "24"), "24"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(a) for a, _ in MISTAKES])
def test_a_mistake_is_answered_in_one_line_and_with_code_2(tmp_path, arguments, message):
    answer = ilbench(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list(tmp_path.iterdir())


def test_a_submission_folder_is_scored_and_its_scores_are_recomputed(folder):
    first = play(folder, "--preset", "smoke")
    assert first.returncode == 0, first.stderr
    assert "my policy" in first.stdout
    assert "run folder: run" in first.stdout
    again = ilbench("score", "run", cwd=folder)
    assert again.stdout == ilbench("score", "run", cwd=folder).stdout
    assert json.loads(ilbench("score", "run", "--json", cwd=folder).stdout)


def test_a_policy_with_the_wrong_shape_stops_before_the_first_episode(folder):
    (folder / "mine" / "policy.py").write_text("def Policy(observation):\n    return [0.0, 0.0, 0.0]\n")
    answer = play(folder)
    assert answer.returncode == 2
    assert "first step: expected numbers of shape (2), or (K, 2) for a chunk" in answer.stderr
    assert load_run(folder / "run").records == ()


def test_another_submission_may_not_continue_a_run(folder):
    play(folder, "--repeats", "2")
    (folder / "mine" / "policy.py").write_text(POLICY + "\n# changed\n")
    answer = play(folder, "--repeats", "2")
    assert answer.returncode == 2
    assert "holds another run: it differs in submission" in answer.stderr


def test_an_edited_journal_is_refused_with_its_line(folder):
    play(folder, "--repeats", "2")
    journal = folder / "run" / JOURNAL
    journal.write_text(journal.read_text().replace('"success":false', '"success":true'))
    answer = ilbench("score", "run", cwd=folder)
    assert answer.returncode == 2
    assert "journal.jsonl:1: the record was edited" in answer.stderr


def test_a_run_killed_half_way_resumes_to_the_same_records(folder):
    play(folder, "--repeats", "40")
    whole = digests(folder / "run")
    command = [
        *ILBENCH,
        "run",
        "mine",
        "--task",
        TASK,
        "--split",
        "test",
        "--repeats",
        "40",
        "--out",
        "killed",
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for_records(folder / "killed" / JOURNAL)
    process.kill()
    process.wait()
    assert 0 < len(load_run_of_killed(folder / "killed")) < 40
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    assert digests(folder / "killed") == whole


def test_ctrl_c_leaves_a_resumable_run_and_says_so(folder):
    command = [*ILBENCH, "run", "mine", "--task", TASK, "--split", "test", "--repeats", "200", "--out", "run"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for_records(folder / "run" / JOURNAL)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command resumes run" in errors
    assert "Traceback" not in errors
    assert load_run(folder / "run").missing


def test_a_full_disk_loses_nothing_and_says_what_to_do(folder):
    disk = ("prlimit", "--fsize=8000:unlimited")
    full = play(folder, "--repeats", "40", "--place", "inline", under=disk)
    assert full.returncode == 2
    assert "bytes written so far are intact: make room" in full.stderr
    kept = len(load_run(folder / "run").records)
    assert 0 < kept < 40
    assert play(folder, "--repeats", "40", "--place", "inline").returncode == 0
    assert len(load_run(folder / "run").records) == 40


def test_replay_needs_the_folder_that_was_scored_and_tells_another_from_it(folder):
    play(folder, "--repeats", "3")
    unnamed = ilbench("replay", "run", "2", cwd=folder)
    assert unnamed.returncode == 2
    assert "say where it is: --submission PATH" in unnamed.stderr
    same = ilbench("replay", "run", "test:0:1", "--submission", "./mine", cwd=folder)
    assert (same.returncode, same.stderr) == (0, "")
    (folder / "mine" / "policy.py").write_text(POLICY.replace("0.004", "0.005"))
    other = ilbench("replay", "run", "test:0:1", "--submission", "./mine", cwd=folder)
    assert other.returncode == 1
    assert "note: another submission is replayed" in other.stderr
    assert "the replay differs from the record in" in other.stdout


@pytest.mark.parametrize(
    ("policy", "code", "word"), [("Wanderer", 0, "same"), ("SharesItsGenerator", 1, "DIFFERENT")]
)
def test_verify_tells_whether_records_depend_on_lanes(policy, code, word):
    guests = Path(__file__).parents[1] / "guests"
    answer = ilbench("verify", f"manners:{policy}", "--task", TASK, "--repeats", "9", cwd=guests)
    assert (answer.returncode, answer.stdout.split()[:1]) == (code, [word]), answer.stderr


def load_run_of_killed(path: Path):
    return [line for line in (path / JOURNAL).read_bytes().split(b"\n")[:-1] if line]


def _wait_for_records(journal: Path):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if journal.exists() and journal.stat().st_size > 2000:
            return
        time.sleep(0.02)
    raise TimeoutError("the run wrote nothing")
