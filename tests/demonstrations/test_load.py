"""Loading: what is there is reused, what is not is missed with its command, what is stale is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ilbench.contract.task import Task
from ilbench.demonstrations import (
    DemonstrationsDriftWarning,
    MissingDemonstrationsError,
    StaleDemonstrationsError,
    ensure_demonstrations,
    load_demonstrations,
)


def made(task, cache, **options):
    return ensure_demonstrations(task, cache=cache, **{"workers": 1, **options})


def arrays_file(demonstrations):
    return demonstrations.folder / "data" / "main_data.hdf5"


def test_a_generated_data_set_is_found_by_its_name(task, tmp_path):
    noisy, standard = made(task, tmp_path, noise=0.2), made(task, tmp_path)
    for demonstrations in (noisy, standard):
        found = load_demonstrations(task, source=demonstrations.name, cache=tmp_path)
        assert (found.recipe, found.checksum) == (demonstrations.recipe, demonstrations.checksum)
    with pytest.raises(MissingDemonstrationsError, match=f"there are: .*{noisy.name}"):
        load_demonstrations(task, source="expert-00000000-v1", cache=tmp_path)


def test_a_set_that_can_be_fetched_is_missed_with_the_command_that_fetches_it(tmp_path):
    command = "ilbench demos download d3il-human --task d3il/avoiding-v3"
    with pytest.raises(MissingDemonstrationsError, match=command):
        load_demonstrations("d3il/avoiding-v3", source="d3il-human-v1", cache=tmp_path)


def test_a_second_call_reuses_what_is_there(task, tmp_path):
    first = made(task, tmp_path)
    before = arrays_file(first).stat()
    second = made(task, tmp_path, progress=lambda *_: pytest.fail("generated again"))
    assert second.checksum == first.checksum
    assert arrays_file(second).stat() == before


def test_what_is_not_there_is_missed_with_the_command_that_makes_it(task, tmp_path):
    with pytest.raises(MissingDemonstrationsError, match=r"run: ilbench demos toys/shore-v1$"):
        load_demonstrations(task, cache=tmp_path)


def test_the_command_names_the_dials(task, tmp_path):
    with pytest.raises(MissingDemonstrationsError, match=r"--count 3 --noise 0.0 --modes 1$"):
        load_demonstrations(task, count=3, modes=[1], cache=tmp_path)


def test_demonstrations_of_a_changed_task_are_stale(task, tmp_path):
    made(task, tmp_path)
    with pytest.raises(StaleDemonstrationsError, match="spec_digest"):
        load_demonstrations(replace(task, horizon=29), cache=tmp_path)


def test_a_difference_from_the_published_demonstrations_is_said(task, tmp_path, monkeypatch):
    monkeypatch.setattr(Task, "demonstrations_checksum", lambda self: "0" * 32)
    with pytest.warns(DemonstrationsDriftWarning, match="published 0000"):
        made(task, tmp_path)
