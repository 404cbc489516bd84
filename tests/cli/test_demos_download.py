"""``ilbench demos download`` from a real server: the data set is that of an import by hand."""

from __future__ import annotations

import hashlib
import json
import sys

import pytest
from made_up import install
from public_files import public
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.demonstrations import DownloadError, load_demonstrations
from ilbench.errors import UnknownNameError, UsageError
from ilbench.tasks.d3il import TASKS

SERVED = """
import json, pickle
from ilbench.demonstrations import Download, Part, RemoteFile
files = [RemoteFile(**facts) for facts in json.loads({files!r})]
VALUE = Download(
    name="few", summary="Few.", license="MIT", citation="Doe 2020", origin="a server of ours",
    parts=(Part(task={task!r}, format="d3il", files=lambda: files, path="avoiding"),),
)
"""
AVOIDING = next(task for task in TASKS if task.id.startswith("d3il/avoiding-v"))
NAMES = ("env_000_00.pkl", "env_001_00.pkl")


@pytest.fixture
def few(tmp_path, monkeypatch, human_data):
    """Yields the files of a server, and where they are, once a download of them is declared."""
    there = human_data / "d3il-human" / "avoiding" / "data"
    content = {f"/{name}": (there / name).read_bytes() for name in NAMES}
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lab", raising=False)
    with public(content) as (address, files):
        facts = [
            {
                "url": f"{address}/{name}",
                "place": f"avoiding/data/{name}",
                "sha256": hashlib.sha256(content[f"/{name}"]).hexdigest(),
                "size": len(content[f"/{name}"]),
            }
            for name in NAMES
        ]
        install(tmp_path, "downloads", SERVED.format(files=json.dumps(facts), task=AVOIDING.id))
        yield files
    sys.modules.pop("lab", None)  # other tests install theirs under this name


def demos(*arguments):
    answer = CliRunner().invoke(app, ["demos", *map(str, arguments)], env={"COLUMNS": "200"})
    failed = answer.exception is not None and not isinstance(answer.exception, SystemExit)
    return answer.exception if failed else answer.output


def test_download_and_import_end_in_the_same_data_set(few, tmp_path):
    shown = demos("download", "few")
    assert "license         MIT" in shown
    assert "demonstrations  2 with" in shown
    fetched = load_demonstrations(AVOIDING, source="d3il-human-v1")
    assert f"checksum        {fetched.checksum}" in shown
    copy = tmp_path / "home" / "downloads" / "few" / "avoiding"
    assert f"checksum        {fetched.checksum}" in demos("import", "d3il", copy, "--overwrite")
    again = load_demonstrations(AVOIDING, source="d3il-human-v1")
    assert again.metadata["source"] == fetched.metadata["source"]


def test_a_second_download_asks_nobody_and_shows_what_is_there(few):
    first = demos("download", "few")
    num_asked = len(few.asked)
    assert demos("download", "few", "--offline").splitlines()[-6:] == first.splitlines()[-6:]
    assert len(few.asked) == num_asked


def test_offline_says_what_to_put_where(few, tmp_path):
    error = demos("download", "few", "--offline")
    assert isinstance(error, DownloadError)
    assert f"as {tmp_path}/home/downloads/few/avoiding/data/{NAMES[0]}" in str(error)
    assert few.asked == []


def test_every_file_is_listed_with_checksum_place_and_address(few):
    lines = demos("download", "few", "--list").splitlines()
    assert [line.split()[0] for line in lines] == [
        hashlib.sha256(few.content[f"/{name}"]).hexdigest() for name in NAMES
    ]
    assert few.asked == []


def test_without_a_name_all_are_listed_and_a_wrong_one_is_answered_with_the_nearest():
    shown = demos("download")
    assert all(name in shown for name in ("d3il-human", "robomimic-ph", "robomimic-mh"))
    error = demos("download", "d3il-humans")
    assert isinstance(error, UnknownNameError)
    assert "did you mean 'd3il-human'" in str(error)
    assert isinstance(demos("download", "d3il-human", "--task", "robosuite/lift-v2"), UsageError)
