"""The picture of demonstrations, of a task with modes and of one without numbers to draw."""

from __future__ import annotations

import pytest

from ilbench.checks.demonstrations_figure import draw_demonstrations
from ilbench.demonstrations import ensure_demonstrations
from ilbench.errors import StorageError
from ilbench.testing.toys import HARBOR


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return [ensure_demonstrations(HARBOR, cache=cache, workers=1, count=count) for count in (8, 4)]


def test_it_names_the_sets_that_are_compared(data, tmp_path):
    first, second = data
    draw_demonstrations(first, [second], tmp_path / "both.svg")
    drawn = (tmp_path / "both.svg").read_text()
    for words in (f"{HARBOR.id}: {first.name}, 8 demonstrations", second.name, "modes (dotted: even)"):
        assert f"<!-- {words} -->" in drawn


def test_a_place_where_nothing_can_be_written_is_told(data, tmp_path):
    with pytest.raises(StorageError, match="the picture cannot be written"):
        draw_demonstrations(data[0], [], tmp_path / "nowhere" / "x.png")
    with pytest.raises(StorageError, match="the picture cannot be written"):
        draw_demonstrations(data[0], [], tmp_path / "x.unknown")
