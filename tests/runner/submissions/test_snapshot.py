"""Snapshots: the copy is what was hashed, its digest is that of its files, and nothing changes it unseen."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
import warnings
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.errors import StorageError
from ilbench.home import cache_folder
from ilbench.runner.submissions import snapshot
from ilbench.runner.submissions.covered import UncoveredFileError, covered_files
from ilbench.runner.submissions.snapshot import (
    BLOCK,
    OwnFolderChangedWarning,
    snapshot_of,
    take_snapshot,
)
from ilbench.runs.submitted import files_digest

BIG = """
import resource, sys
from pathlib import Path
from ilbench.runner.submissions.snapshot import take_snapshot
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (1 << 26), resource.RLIM_INFINITY))
take_snapshot(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policy.py").write_text("x = 1\n")
    return tmp_path / "mine"


def digest(folder):
    with snapshot_of(folder) as taken:
        return taken.digest


# --- the digest

TEXTS = st.text("a|\n\0", max_size=3)
FILES = st.dictionaries(TEXTS, TEXTS, max_size=3)


@given(FILES, FILES)
def test_digests_are_equal_only_where_the_files_are(one, other):
    assert (files_digest(one) == files_digest(other)) == (one == other)


def test_names_that_hold_what_could_separate_them_do_not_collide():
    ways = [
        {"a": "b|c"},
        {"a|b": "c"},
        {"a": "b", "c": ""},
        {"a\nb": "c"},
        {"a": "\nbc"},
        {"\udcff": ""},
        {"": "ÿ"},
    ]
    assert len({files_digest(way) for way in ways}) == len(ways)


CHANGES = {
    "content": lambda m: (m / "policy.py").write_text("x = 2\n"),
    "a new file": lambda m: (m / ".hidden").touch(),
    "another name": lambda m: (m / "policy.py").rename(m / "other.py"),
    "executable": lambda m: (m / "policy.py").chmod(0o755),
    "a circle": lambda m: (m / "me").symlink_to("."),
}
NO_CHANGES = {
    "a cache": lambda m: (m / "__pycache__").mkdir(),
    "times": lambda m: os.utime(m / "policy.py", (0, 0)),
    "who may read it": lambda m: (m / "policy.py").chmod(0o600),
    "a link for a file": lambda m: (
        (m / "policy.py").rename(m.parent / "p") and (m / "policy.py").symlink_to("../p")
    ),
    "an empty folder": lambda m: (m / "runs").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_can_change_the_policy_changes_the_digest(mine, change):
    before = digest(mine)
    CHANGES[change](mine)
    assert digest(mine) != before


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_cannot_does_not(mine, change):
    before = digest(mine)
    NO_CHANGES[change](mine)
    assert digest(mine) == before


def test_the_digest_is_the_same_wherever_the_folder_lies(mine):
    before = digest(mine)
    assert digest(mine.rename(mine.with_name("elsewhere"))) == before


# --- the copy


def test_the_copy_holds_what_was_hashed_though_the_folder_goes_on_changing(mine):
    with snapshot_of(mine) as taken:
        (mine / "policy.py").write_text("x = 2\n")
        assert (taken.folder / "policy.py").read_text() == "x = 1\n"
        assert take_snapshot(taken.folder, mine.parent / "again").digest == taken.digest


def test_the_copy_is_called_as_the_folder_and_gone_afterwards(mine):
    with snapshot_of(mine) as taken:
        assert taken.folder.name == "mine"
        assert taken.folder.is_relative_to(cache_folder())
    assert not taken.folder.exists()


def test_a_circle_of_links_is_one_in_the_copy(mine):
    (mine / "net").mkdir()
    (mine / "net" / "up").symlink_to(mine)
    with snapshot_of(mine) as taken:
        assert (taken.folder / "net" / "up").resolve() == taken.folder
        assert taken.files["net/up"] == "link:."


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
@pytest.mark.parametrize("content", [b"\0", b"x"])
def test_files_of_any_size_are_copied_to_the_byte(mine, size, content):
    (mine / "weights").write_bytes(content * size)
    with snapshot_of(mine) as taken:
        assert (taken.folder / "weights").read_bytes() == content * size


def test_holes_and_what_lies_between_them_stay(mine):
    with (mine / "sparse").open("wb") as file:
        file.seek(5 * BLOCK + 7)
        file.write(b"end")
        file.truncate(9 * BLOCK)
    with snapshot_of(mine) as taken:
        assert (taken.folder / "sparse").read_bytes() == (mine / "sparse").read_bytes()
        assert (taken.folder / "sparse").stat().st_blocks * 512 <= 2 * BLOCK


def test_a_file_larger_than_the_memory_is_copied(mine):
    with (mine / "big").open("wb") as file:
        file.truncate(1 << 28)
    subprocess.run([sys.executable, "-c", BIG, str(mine), str(mine.parent / "copy")], check=True)
    assert (mine.parent / "copy" / "big").stat().st_size == 1 << 28


def test_the_copy_is_read_only_and_programs_stay_programs(mine):
    (mine / "tool").write_text("")
    (mine / "tool").chmod(0o700)
    with snapshot_of(mine) as taken:
        modes = [stat.S_IMODE((taken.folder / name).stat().st_mode) for name in (".", "policy.py", "tool")]
    assert modes == [0o555, 0o444, 0o555]


# --- what goes wrong


def write_into(folder, mine):
    folder.chmod(0o700)
    (folder / "note.txt").touch()
    (folder / "policy.py").chmod(0o644)
    (folder / "policy.py").write_text("x = 2\n")
    os.utime(folder / "policy.py", ns=(0, (mine / "policy.py").stat().st_mtime_ns))


def test_a_policy_that_wrote_into_its_folder_all_the_same_is_told_of(mine):
    with ExitStack() as stack:
        write_into(stack.enter_context(snapshot_of(mine)).folder, mine)
        with pytest.warns(OwnFolderChangedWarning, match=r"note\.txt is new, policy\.py changed"):
            stack.close()


def test_a_cache_in_the_copy_is_not_worth_a_word(mine):
    with warnings.catch_warnings(action="error"), snapshot_of(mine) as taken:
        taken.folder.chmod(0o700)
        (taken.folder / "__pycache__").mkdir()
        (taken.folder / "__pycache__" / "policy.pyc").touch()


MEANWHILE = {
    "longer": lambda path: path.open("ab").write(b"x" * BLOCK),
    "shorter": lambda path: os.truncate(path, 3),
    "rewritten": lambda path: path.write_bytes(path.read_bytes()[::-1]),
    "replaced": lambda path: (
        shutil.copy(path, path.parents[1]) and (path.parents[1] / path.name).rename(path)
    ),
    "gone": lambda path: path.unlink(),
}


@pytest.fixture
def disturb(monkeypatch):
    """Returns a function that has something done once, when the first block of a file has been read."""

    def at(name, act):
        original, acts = snapshot._blocks, [act]

        def disturbed(path, opened, size):
            for block in original(path, opened, size):
                yield block
                if path.name == name and acts:
                    acts.pop()()

        monkeypatch.setattr(snapshot, "_blocks", disturbed)

    return at


@pytest.mark.parametrize("read", ["a.pt", "b.pt"])
@pytest.mark.parametrize("what", MEANWHILE)
def test_a_file_that_changes_after_it_was_read_or_meanwhile_is_named(mine, disturb, what, read):
    for name in ("a.pt", "b.pt"):
        (mine / name).write_bytes(bytes(range(256)) * (2 * BLOCK // 256))
        os.utime(mine / name, (0, 0))
    order = [found.name for found in covered_files(mine)]
    first = min("a.pt", "b.pt", key=order.index)
    disturb(read, lambda: MEANWHILE[what](mine / first))
    with pytest.raises(UncoveredFileError, match=rf"{first}: (it changed while|it cannot be read)"):
        digest(mine)


def test_a_link_that_is_set_to_another_folder_meanwhile_is_found(mine, disturb):
    for name in ("001", "002"):
        (mine.parent / name).mkdir()
        (mine.parent / name / "weights.pt").write_text(name)
    (mine / "last").symlink_to("../001")
    disturb("weights.pt", lambda: (mine / "last").unlink() or (mine / "last").symlink_to("../002"))
    with pytest.raises(UncoveredFileError, match=r"last/weights.pt: it changed"):
        digest(mine)


def test_a_file_that_the_system_does_not_let_be_read_is_named(mine):
    (mine / "memory").symlink_to("/proc/self/mem")
    with pytest.raises(UncoveredFileError, match=r"memory: it cannot be read \(Input/output error\)"):
        digest(mine)


def test_a_disk_without_room_is_named_with_the_way_out(mine, tmp_path):
    (mine / "weights").write_bytes(b"x" * 4 * BLOCK)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BLOCK, hard))
    try:
        with pytest.raises(
            StorageError, match=r"cannot be copied there \(File too large\); point ILBENCH_HOME"
        ):
            digest(mine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not any(path.is_dir() for path in (tmp_path / "home" / "scratch").iterdir())
