"""Downloads as declared values: fetched, then read by the same format as a local copy."""

from __future__ import annotations

import hashlib
import sys

import pytest
from made_up import install
from public_files import public

from ilbench.demonstrations import Download, Part, RemoteFile, fetch_part, load_downloads, load_formats
from ilbench.demonstrations.downloads import downloads_folder, unpinned_checksums
from ilbench.errors import DuplicateNameError, PluginError, UsageError
from ilbench.testing.toys import HARBOR


def declared(*files, task=HARBOR.id, path=""):
    part = Part(task=task, format="npz", files=lambda: files, path=path)
    facts = {"summary": "Three.", "license": "MIT", "citation": "Doe 2020", "origin": "here"}
    return Download(name="three", parts=(part,), **facts)


def test_what_the_format_is_given_is_below_the_folder_of_the_download(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with public({"/x": b"12"}) as (address, _):
        unpinned = RemoteFile(url=f"{address}/x", place="a/x", sha256=None)
        download = declared(unpinned, path="a")
        assert (
            fetch_part(download, download.parts[0], cache=tmp_path) == tmp_path / "downloads" / "three" / "a"
        )
    known = unpinned_checksums(download, download.parts[0], tmp_path)
    assert known == {"a/x": hashlib.sha256(b"12").hexdigest()}


def test_a_task_that_a_download_lacks_is_answered_with_those_it_has():
    download = declared()
    assert download.chosen() == download.chosen(HARBOR.id) == download.parts
    with pytest.raises(UsageError, match=rf"no demonstrations of 'd3il/x'; it has those of {HARBOR.id}"):
        download.chosen("d3il/x")


def test_every_declared_download_names_formats_tasks_and_whole_checksums():
    formats = load_formats()
    downloads = load_downloads()
    assert {"d3il-human", "robomimic-ph", "robomimic-mh"} <= set(downloads)
    for download in downloads.values():
        assert downloads_folder(download).name == download.name
        for part in download.parts:
            assert formats[part.format].find is not None
            places = [file.place for file in part.files()]
            assert len(set(places)) == len(places) > 0
            assert all(file.url.startswith("https://") for file in part.files())
            assert all(file.sha256 is None or len(file.sha256) == 64 for file in part.files())


PACKAGE = """
from ilbench.demonstrations import Download
ONE = Download(name="{name}", summary="", parts=(), license="", citation="", origin="")
VALUE = {value}
"""


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [("mine", "(ONE,)", None), ("d3il-human", "ONE", DuplicateNameError), ("mine", "3", PluginError)],
)
def test_a_package_adds_its_own(tmp_path, monkeypatch, name, value, error):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lab", raising=False)
    install(tmp_path, "downloads", PACKAGE.format(name=name, value=value))
    try:
        if error is None:
            assert "mine" in load_downloads()
        else:
            with pytest.raises(error):
                load_downloads()
    finally:
        sys.modules.pop("lab", None)  # other tests install theirs under this name
