"""The list of D3IL's files, beside the real ones."""

from __future__ import annotations

from ilbench.demonstrations.fetching import sha256_of
from ilbench.tasks.d3il.human import DOWNLOADS

FILES = {part.path: part.files() for part in DOWNLOADS[0].parts}


def test_all_recordings_of_two_tasks_are_listed_once():
    assert {name: len(files) for name, files in FILES.items()} == {"avoiding": 96, "inserting": 800}
    assert sum(file.size for file in FILES["inserting"]) == 655_173_586
    assert len({file.sha256 for file in FILES["avoiding"]}) == 96
    assert len({file.sha256 for file in FILES["inserting"]}) >= 793  # seven people's files were copied


def test_the_listed_lengths_and_checksums_are_those_of_the_real_files(human_data):
    there = human_data / "d3il-human"
    real = {file.name: file for file in there.glob("inserting/all_data-sample/*.pkl")}
    listed = [(there / file.place, file) for file in FILES["avoiding"]]
    listed += [
        (real[file.place.split("/")[-1]], file) for file in FILES["inserting"] if file.place[-14:] in real
    ]
    assert len(listed) == 100
    assert all((path.stat().st_size, sha256_of(path)) == (file.size, file.sha256) for path, file in listed)
