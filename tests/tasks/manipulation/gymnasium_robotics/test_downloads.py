from __future__ import annotations

import hashlib

import pytest

from ilbench.contract.registry import find_task
from ilbench.demonstrations import load_formats
from ilbench.demonstrations.downloads import load_downloads
from ilbench.tasks.manipulation.gymnasium_robotics.downloads import DOWNLOADS


@pytest.mark.parametrize("download", DOWNLOADS, ids=[download.name for download in DOWNLOADS])
def test_every_part_is_a_task_of_ours_read_from_the_file_that_is_fetched(download):
    assert load_downloads()[download.name] == download
    for part in download.parts:
        assert find_task(part.task).id == part.task
        assert part.format in load_formats()
        assert [file.place for file in part.files()] == [part.path]


def test_the_doors_file_is_the_one_that_is_declared(human_data):
    content = (human_data / "adroit" / "adroit-door-human-demos.pickle").read_bytes()
    (file,) = load_downloads()["adroit-human"].chosen("adroit/door-v1")[0].files()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
