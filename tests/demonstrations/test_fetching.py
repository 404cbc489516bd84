"""Files from a real server: whole and right, or not there, whatever happens on the way."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading

import pytest
from public_files import public

from ilbench.demonstrations import fetching
from ilbench.demonstrations.fetching import DownloadError, RemoteFile, fetch, sha256_of
from ilbench.errors import StorageError

WHOLE = bytes(range(256)) * 4000
OTHER = b"other" * 1000
BLOCKS = fetching.BLOCK_BYTES * 4
"""What is kept of an answer that breaks off ends with a whole block."""


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetching, "PAUSE_S", 0.0)


@pytest.fixture
def server():
    with public({"/a.bin": WHOLE, "/b.bin": OTHER}) as (address, files):
        yield address, files


def remote(address, name="a.bin", content=WHOLE, **changes):
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return RemoteFile(url=f"{address}/{name}", place=f"there/{name}", **{**facts, **changes})


def left(folder):
    return sorted(
        path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith("lock")
    )


def test_files_come_to_their_places_and_nothing_else_stays(server, tmp_path):
    address, _ = server
    told = []
    files = [remote(address), remote(address, "b.bin", OTHER)]
    fetch(files, tmp_path, name="x", progress=lambda *both: told.append(both))
    assert (tmp_path / "there" / "a.bin").read_bytes() == WHOLE
    assert left(tmp_path) == ["a.bin", "b.bin"]
    total = len(WHOLE) + len(OTHER)
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_is_there_is_not_asked_for_again(server, tmp_path):
    address, files = server
    for _ in range(2):
        fetch([remote(address)], tmp_path, name="x")
    assert files.asked == [("/a.bin", 0)]


def test_an_interrupted_answer_goes_on_where_it_ended(server, tmp_path):
    address, files = server
    files.cut = [BLOCKS, BLOCKS]
    fetch([remote(address)], tmp_path, name="x")
    assert files.asked == [("/a.bin", 0), ("/a.bin", BLOCKS), ("/a.bin", 2 * BLOCKS)]
    assert (tmp_path / "there" / "a.bin").read_bytes() == WHOLE


def test_the_next_command_goes_on_where_an_interrupted_one_ended(server, tmp_path):
    address, files = server
    files.cut = [fetching.BLOCK_BYTES] * fetching.TRIES
    with pytest.raises(DownloadError, match="1 of the 1 files of 'x' are missing"):
        fetch([remote(address)], tmp_path, name="x")
    assert not (tmp_path / "there").exists()
    fetch([remote(address)], tmp_path, name="x")
    assert files.asked[-1] == ("/a.bin", BLOCKS)
    assert sha256_of(tmp_path / "there" / "a.bin") == remote(address).sha256


def test_a_server_without_ranges_sends_the_whole_again(server, tmp_path):
    address, files = server
    files.cut, files.has_ranges = [300_000], False
    told = []
    fetch([remote(address)], tmp_path, name="x", progress=lambda *both: told.append(both))
    assert (tmp_path / "there" / "a.bin").read_bytes() == WHOLE
    assert told[-1] == (len(WHOLE), len(WHOLE))


def test_a_partial_file_longer_than_the_servers_is_begun_anew(server, tmp_path):
    address, files = server
    files.cut = [600_000] * fetching.TRIES
    with pytest.raises(DownloadError):
        fetch([remote(address, sha256="0" * 64, size=len(WHOLE) * 9)], tmp_path, name="x")
    files.content["/a.bin"], files.cut = OTHER, []
    fetch([remote(address, content=OTHER)], tmp_path, name="x")
    assert (tmp_path / "there" / "a.bin").read_bytes() == OTHER


def test_a_truncated_file_is_never_taken_for_the_whole(server, tmp_path):
    address, files = server
    files.content["/a.bin"] = WHOLE[:-1]
    with pytest.raises(DownloadError, match=r"only 1023999 of 1024000 bytes"):
        fetch([remote(address)], tmp_path, name="x")
    assert not (tmp_path / "there").exists()


def test_another_file_of_the_same_length_is_refused_and_not_kept(server, tmp_path):
    address, files = server
    files.content["/a.bin"] = WHOLE[:-1] + b"?"
    with pytest.raises(DownloadError, match=rf"a.bin: not the file that was declared.*{remote('').sha256}"):
        fetch([remote(address)], tmp_path, name="x")
    assert left(tmp_path) == []


def test_a_longer_file_is_cut_short_and_refused(server, tmp_path):
    address, _ = server
    with pytest.raises(DownloadError, match="more than the 1000 bytes that were declared"):
        fetch([remote(address, size=1000)], tmp_path, name="x")
    assert left(tmp_path) == []


def test_a_file_in_its_place_with_another_content_is_replaced(server, tmp_path):
    address, _ = server
    place = tmp_path / "there" / "a.bin"
    place.parent.mkdir()
    place.write_bytes(b"damaged")
    with pytest.raises(DownloadError, match="what is there has another checksum"):
        fetch([remote(address)], tmp_path, name="x", offline=True)
    fetch([remote(address)], tmp_path, name="x")
    assert place.read_bytes() == WHOLE


def test_a_file_without_a_known_checksum_is_begun_anew_after_an_interruption(server, tmp_path):
    address, files = server
    unknown = remote(address, sha256=None, size=None)
    files.cut = [100_000] * fetching.TRIES
    with pytest.raises(DownloadError):
        fetch([unknown], tmp_path, name="x")
    fetch([unknown], tmp_path, name="x")
    assert files.asked[-1] == ("/a.bin", 0)
    assert (tmp_path / "there" / "a.bin").read_bytes() == WHOLE


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, fetching.TRIES)])
def test_a_refusal_is_told_and_only_a_servers_trouble_is_tried_again(server, tmp_path, status, tries):
    address, files = server
    files.status = status
    with pytest.raises(DownloadError, match=rf"a.bin gives status {status}. Run the command again"):
        fetch([remote(address)], tmp_path, name="x")
    assert len(files.asked) == tries


def test_without_a_network_it_says_what_to_put_where(tmp_path):
    with public({}) as (address, _):
        pass  # nobody listens there any more
    with pytest.raises(DownloadError, match=rf"put {address}/a.bin as {tmp_path}/there/a.bin") as raised:
        fetch([remote(address)], tmp_path, name="x")
    assert "ilbench demos download x --list" in str(raised.value)


def test_offline_takes_files_that_were_put_there_by_hand(tmp_path):
    file = remote("http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="--offline asks for no server"):
        fetch([file], tmp_path, name="x", offline=True)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.bin").write_bytes(WHOLE)
    fetch([file], tmp_path, name="x", offline=True)


def test_more_than_the_disk_holds_is_refused_before_anything_is_fetched(server, tmp_path):
    address, files = server
    with pytest.raises(StorageError, match="MB are needed"):
        fetch([remote(address, size=2**60)], tmp_path, name="x")
    assert files.asked == []


CHILD = """
import resource, sys
from pathlib import Path
from ilbench.demonstrations.fetching import RemoteFile, fetch
url, sha256, folder, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    fetch([RemoteFile(url=url, place="there/a.bin", sha256=sha256, size=1024000)], Path(folder), name="x")
except Exception as error:
    print(type(error).__name__, error)
"""


def child(address, folder, limit=0):
    command = [sys.executable, "-c", CHILD, f"{address}/a.bin", remote(address).sha256, folder, limit]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=os.environ)


def test_a_disk_that_takes_no_more_is_told_and_the_next_attempt_goes_on(server, tmp_path):
    address, files = server
    said = child(address, tmp_path, limit=300_000).communicate(timeout=60)[0]
    assert "StorageError" in said
    assert "File too large" in said
    assert not (tmp_path / "there").exists()
    fetch([remote(address)], tmp_path, name="x")
    assert files.asked[-1][1] > 0
    assert (tmp_path / "there" / "a.bin").read_bytes() == WHOLE


def test_two_processes_at_once_fetch_a_file_once(server, tmp_path):
    address, files = server
    both = [child(address, tmp_path) for _ in range(2)]
    assert [each.communicate(timeout=60)[0] for each in both] == ["", ""]
    assert files.asked == [("/a.bin", 0)]


def test_a_killed_process_leaves_nothing_that_is_believed_and_the_next_goes_on(server, tmp_path):
    address, files = server
    gate = threading.Event()
    files.content = Slow(files.content, gate)
    process = child(address, tmp_path)
    assert gate.wait(60)
    process.kill()
    process.wait()
    assert not (tmp_path / "there").exists()
    files.content = {"/a.bin": WHOLE}
    fetch([remote(address)], tmp_path, name="x")
    assert left(tmp_path) == ["a.bin"]


class Slow(dict):
    """Files that stop halfway, and tell when they do."""

    def __init__(self, content, gate):
        super().__init__(content)
        self._gate = gate

    def get(self, path):
        self._gate.set()
        threading.Event().wait(2.0)
        return super().get(path)


@pytest.mark.parametrize("place", ["", "/etc/passwd", "../up", "a/../../b"])
def test_a_place_outside_the_folder_is_no_place(place):
    with pytest.raises(ValueError, match="below the folder"):
        RemoteFile(url="http://127.0.0.1", place=place, sha256=None)
