"""The files that tasks ship: read once, written readably."""

from __future__ import annotations

import json
import sys
from importlib.resources import files

import pytest

from ilbench.contract.registry import load_registry
from ilbench.contract.shipped import (
    GOLDEN,
    MEASURED,
    json_text,
    load_contexts,
    load_golden,
    load_measured,
    load_resource,
    write_resource,
)
from ilbench.errors import StorageError

REGISTRY = load_registry()
MEASUREMENT = {
    "references": {"random": {"mean_return": -1.5, "success_rate": 0.0, "num_episodes": 100}},
    "demonstrations": {"checksum": "00ff", "modes": {"0": 3}},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A resource folder of a package that is there for one test."""
    (tmp_path / "shipping").mkdir()
    (tmp_path / "shipping" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield "shipping:data/toy-v1"
    sys.modules.pop("shipping", None)
    load_resource.cache_clear()


def test_what_was_never_written_is_empty(folder):
    assert load_contexts(folder) == load_golden(folder) == {}
    assert load_measured(folder).references == {}
    assert load_measured(folder).demonstrations_checksum is None


def test_what_is_written_is_read_at_once(folder):
    assert load_contexts(folder) == {}
    path = write_resource(folder, "contexts.json", {"train": [{"x": 1}]})
    assert load_contexts(folder) == {"train": [{"x": 1}]}
    assert path.parts[-4:] == ("shipping", "data", "toy-v1", "contexts.json")


def test_measurements_come_as_values(folder):
    write_resource(folder, MEASURED, MEASUREMENT)
    found = load_measured(folder)
    assert found.references["random"].mean_return == -1.5
    assert (found.demonstrations_checksum, found.demonstrations_modes) == ("00ff", {"0": 3})


def test_a_folder_that_takes_no_files_is_a_storage_error(folder, tmp_path):
    (tmp_path / "shipping" / "data").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        write_resource(folder, MEASURED, MEASUREMENT)


def test_each_item_of_a_list_has_a_line():
    lines = json_text({"train": [{"x": 1}, {"x": 2}], "seed": 3}).splitlines()
    assert lines == ["{", ' "train": [', '  {"x": 1},', '  {"x": 2}', " ],", ' "seed": 3', "}"]


@pytest.mark.parametrize("name", [MEASURED, GOLDEN])
def test_every_file_that_tasks_ship_is_as_the_writer_writes_it(name):
    for task in REGISTRY.values():
        package, _, inside = task.data.partition(":")
        path = files(package).joinpath(inside, name)
        if path.is_file():
            text = path.read_text()
            assert json_text(json.loads(text)) == text, path
