"""``ilbench submission check``: a table or JSON, and an exit code for the worst line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ilbench.cli.submission_check import check

GUESTS = Path(__file__).parents[1] / "guests"
TASK = "ilbench.testing.toys:HARBOR"
SAID = (
    'authors = ["A"]\nlicense = "MIT"\ntraining_data = "none"\ncode = "https://a.b"\nobservation = "state"\n'
)


def write(folder, policy="Careful", said=SAID):
    shutil.copy(GUESTS / "careless.py", folder)
    (folder / "submission.toml").write_text(f'name = "one"\nentry = "careless:{policy}"\n{said}')
    return folder


def ended(folder, **options):
    with pytest.raises(SystemExit) as stopped:
        check(folder, **options)
    return stopped.value.code


def test_a_sound_submission_ends_with_0(tmp_path, capfd):
    assert ended(write(tmp_path), task=[TASK], output_format="json") == 0
    found = json.loads(capfd.readouterr().out)
    assert {one["verdict"] for one in found} == {"ok"}
    assert set(found[0]) == {"check", "found", "verdict", "remedy", "task"}


def test_warnings_end_with_1(tmp_path, capfd):
    assert ended(write(tmp_path, said=""), workers=2) == 1
    assert "0 errors, 6 warnings" in capfd.readouterr().out


@pytest.mark.parametrize("columns", ["80", "140"])
def test_errors_end_with_2_and_are_legible(tmp_path, capfd, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert ended(write(tmp_path, "NeverLoads"), task=[TASK]) == 2
    told = capfd.readouterr().out
    assert max(map(len, told.splitlines())) <= int(columns)
    assert "on toys/harbor-v1" in told
    assert " ".join(told.split()).count("error") >= 2


def test_what_a_stranger_wrote_cannot_paint_the_terminal(tmp_path, capfd):
    (tmp_path / "submission.toml").write_text('name = "\\u001b[31mred"\nentry = "x:\\u001b[2J"')
    assert ended(tmp_path) == 2
    assert "\x1b" not in capfd.readouterr().out
