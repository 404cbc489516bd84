"""robomimic's files by address: of the tasks that are also ours, one each."""

from __future__ import annotations

from ilbench.demonstrations import load_formats
from ilbench.tasks.manipulation.robosuite.robomimic_downloads import DOWNLOADS


def test_three_tasks_have_one_file_each_where_the_format_will_look_for_it():
    assert [download.name for download in DOWNLOADS] == ["robomimic-ph", "robomimic-mh"]
    for download in DOWNLOADS:
        assert [part.task.split("/")[1].rpartition("-")[0] for part in download.parts] == [
            "lift",
            "can",
            "square",
        ]
        for part in download.parts:
            (file,) = part.files()
            assert file.place == part.path
            assert file.url.endswith(f"/v1.5/{part.path}")
            assert load_formats()[part.format].find is not None
