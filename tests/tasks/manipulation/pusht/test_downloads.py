from __future__ import annotations

from ilbench.demonstrations import load_formats
from ilbench.demonstrations.downloads import load_downloads
from ilbench.tasks.manipulation.pusht.downloads import DOWNLOADS
from ilbench.tasks.manipulation.pusht.tasks import PUSHT


def test_people_of_pusht_can_be_fetched_by_name():
    (part,) = load_downloads()["pusht-human"].chosen(PUSHT.id)
    assert DOWNLOADS[0].parts == (part,)
    assert part.format in load_formats()
    assert [file.place for file in part.files()] == [part.path]
