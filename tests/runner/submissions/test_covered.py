"""Which files belong to a submission: all that its policy can find, and nothing that says nothing of it."""

from __future__ import annotations

import os
import socket

import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions import covered
from ilbench.runner.submissions.covered import LEFT_OUT, covered_files
from ilbench.runs.folder import HEADER, JOURNAL, create_run
from ilbench.testing.records import make_run


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    write(tmp_path / "mine" / "policy.py")
    return tmp_path / "mine"


def write(path, content="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def names(folder):
    return {found.name for found in covered_files(folder)}


@pytest.mark.parametrize("name", [".env", ".config/net.yaml", "a b/c\n.pt", "x.pyc", "runs/best.pt", "π₀"])
def test_any_file_counts_hidden_ones_too(mine, name):
    write(mine / name)
    assert names(mine) == {"policy.py", name}


def test_a_name_that_is_no_text_counts(mine):
    (mine / os.fsdecode(b"\xff")).write_bytes(b"x")
    assert names(mine) == {"policy.py", "\udcff"}


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_caches_and_version_control_do_not_count_at_any_depth(mine, name):
    write(mine / name / "file")
    write(mine / "net" / name)
    assert names(mine) == {"policy.py"}


@pytest.mark.parametrize("sign", ["pyvenv.cfg", "conda-meta/history"])
def test_a_virtual_environment_is_known_by_what_is_in_it_whatever_it_is_called(mine, sign):
    write(mine / "my env" / sign)
    write(mine / "my env" / "bin" / "python")
    assert names(mine) == {"policy.py"}


def test_a_submission_beside_its_virtual_environments_files_counts_all_the_same(mine):
    write(mine / "pyvenv.cfg")
    assert names(mine) == {"policy.py", "pyvenv.cfg"}


def test_a_folder_without_a_file_does_not_count(mine):
    (mine / "runs" / "empty").mkdir(parents=True)
    assert names(mine) == {"policy.py"}


# --- what this tool writes


def begun(folder):
    create_run(folder, make_run().header)
    return folder


def test_runs_do_not_count_and_what_lies_beside_them_does(mine):
    write(begun(mine / "runs" / "first") / JOURNAL)
    write(mine / "runs" / "first" / "videos" / "1.mp4")
    write(mine / "runs" / "best.pt")
    assert names(mine) == {"policy.py", "runs/best.pt"}


def test_a_run_that_was_killed_before_its_first_episode_is_one(mine):
    begun(mine / "runs" / "first")
    assert names(mine) == {"policy.py"}


def test_a_file_of_the_policys_own_that_is_called_like_a_runs_header_counts(mine):
    write(mine / "net" / HEADER, '{"layers": 3}')
    assert names(mine) == {"policy.py", f"net/{HEADER}"}


def test_the_tools_home_does_not_count(mine, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(mine / "home"))
    write(mine / "home" / "scratch" / "0" / "mine" / "policy.py")
    assert names(mine) == {"policy.py"}


# --- links


def test_what_links_lead_to_counts_as_if_it_lay_there(mine, tmp_path):
    write(tmp_path / "train" / "001" / "weights.pt")
    (mine / "last").symlink_to("../train/001")
    (mine / "net.pt").symlink_to(tmp_path / "train" / "001" / "weights.pt")
    assert names(mine) == {"policy.py", "net.pt", "last/weights.pt"}


@pytest.mark.parametrize(
    ("link", "target", "end"), [("me", ".", "."), ("net/up", "..", "."), ("net/net", ".", "net")]
)
def test_a_link_to_a_folder_that_it_lies_in_ends_a_circle(mine, link, target, end):
    write(mine / "net" / "layer.py")
    (mine / link).symlink_to(target)
    assert {f.name: f.circle for f in covered_files(mine) if f.circle is not None} == {link: end}


def test_links_that_multiply_are_stopped(mine, monkeypatch):
    monkeypatch.setattr(covered, "MAX_ENTRIES", 1000)
    for level in range(30):
        (mine / f"{level}").mkdir()
        for side in "ab":
            (mine / f"{level}" / side).symlink_to(f"../{level + 1}")
    write(mine / "30" / "end")
    with pytest.raises(InvalidSubmissionError, match=r"mine: expected at most .* files and folders"):
        names(mine)


def test_a_sparse_file_larger_than_any_model_is_refused_before_it_is_read(mine):
    with (mine / "huge").open("wb") as file:
        file.truncate(1 << 41)
    with pytest.raises(InvalidSubmissionError, match=r"with 1024 GiB, found more"):
        names(mine)


# --- what is none


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(path.parent)  # a socket's address is short
        listening.bind(path.name)


NO_FILES = {
    "a pipe": os.mkfifo,
    "a socket": make_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "leads nowhere": lambda path: path.symlink_to("nowhere"),
    "leads nowhere (Too many": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_is_named(mine, what, monkeypatch):
    monkeypatch.chdir(mine)
    NO_FILES[what](mine / "odd")
    with pytest.raises(InvalidSubmissionError) as caught:
        names(mine)
    assert f"{mine / 'odd'}: " in str(caught.value)
    assert what in str(caught.value)


def test_a_folder_that_is_not_there_is_named(mine):
    with pytest.raises(InvalidSubmissionError, match=r"nowhere: it cannot be read \(No such file"):
        names(mine / "nowhere")
