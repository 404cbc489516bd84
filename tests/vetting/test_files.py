"""The files of a submission, counted as its snapshot would hold them."""

from __future__ import annotations

import os

from ilbench.vetting import files
from ilbench.vetting.files import check_files


def test_files_are_counted_with_their_sizes_and_the_largest(tmp_path):
    (tmp_path / "weights.bin").write_bytes(bytes(2 << 20))
    (tmp_path / "submission.toml").write_text("name = 1")
    assert check_files(tmp_path).found == "2 files with 2.0 MiB, the largest weights.bin with 2.0 MiB"


def test_an_environment_in_the_folder_does_not_count(tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr")
    assert check_files(tmp_path).found == "0 files with 0 bytes"


def test_what_cannot_be_copied_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found = check_files(tmp_path)
    assert found.verdict == "error"
    assert "pipe" in found.found


def test_a_very_large_folder_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGE_BYTES", 10)
    (tmp_path / "weights.bin").write_bytes(bytes(11))
    assert check_files(tmp_path).verdict == "warning"
