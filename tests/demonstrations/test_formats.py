"""Formats of others: a small one of our own is read into the cache and written out of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ilbench.demonstrations import (
    ExportError,
    ForeignSet,
    Format,
    InvalidArchiveError,
    Trajectory,
    ensure_demonstrations,
    export_set,
    find_sets,
    import_set,
    load_formats,
)
from ilbench.demonstrations.formats import already_imported
from ilbench.errors import CorruptFileError, StorageError


def read(path):
    """Yields one demonstration a line: the positions of a swimmer."""
    for line in path.read_text().splitlines():
        if not line.startswith("["):
            raise CorruptFileError(path, f"expected positions, found {line!r}")
        x = np.array(json.loads(line), dtype=np.float32)[:, None]
        steps = len(x)
        yield Trajectory(
            observations={
                "position": x,
                "image": np.zeros((steps, 32, 32, 3), np.uint8),
                "grid": np.zeros((steps, 3, 3, 3), np.uint8),
                "bits": np.zeros((steps, 4), np.uint8),
            },
            actions=np.diff(x, axis=0),
            expert_actions=np.diff(x, axis=0),
            rewards=np.zeros(steps - 1),
            success=bool(abs(x[-1, 0]) >= 1),
            terminated=True,
            mode=None,
            context=-1,
            seed=0,
        )


def write(demonstrations, path, progress=None):
    for done, t in enumerate(demonstrations.trajectories, start=1):
        with path.open("a") as file:
            file.write(json.dumps(t.observations["position"][:, 0].tolist()) + "\n")
        if progress is not None:
            progress(done, len(demonstrations))


SWUM = Format(name="swum", summary="Positions.", find=lambda path, task: (), write=write)


@pytest.fixture
def found(task, tmp_path):
    """A set of two files with two demonstrations and one."""
    files = tmp_path / "a.txt", tmp_path / "b.txt"
    files[0].write_text("[0, 0.5, 1]\n[0, -0.5]\n")
    files[1].write_text("[0, -1]\n")
    return ForeignSet(task=task, name="swum-v1", files=files, read=read, description="By hand.")


def test_what_is_imported_is_what_was_read_in_order(found, tmp_path):
    demonstrations = import_set(found, "swum", cache=tmp_path)
    assert [t.observations["position"][-1, 0] for t in demonstrations.trajectories] == [1, -0.5, -1]
    assert [t.success for t in demonstrations.trajectories] == [True, False, True]
    assert demonstrations.name == "swum-v1"
    assert demonstrations.metadata["source"]["num_files"] == 2


def test_progress_is_told_after_each_file(found, tmp_path):
    calls = []
    import_set(found, "swum", cache=tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [(1, 2), (2, 2)]


def test_where_it_comes_from_is_the_content_and_names_of_its_files(found, tmp_path):
    def digest(**options):
        return import_set(found, "swum", cache=tmp_path, **options).metadata["source"]["digest"]

    first = digest()
    assert digest(overwrite=True) == first
    found.files[1].write_text("[0, -0.9]\n")
    assert digest(overwrite=True) != first


def test_an_import_that_is_there_is_only_replaced_when_asked(found, tmp_path):
    import_set(found, "swum", cache=tmp_path)
    with pytest.raises(InvalidArchiveError, match=r"swum-v1 exists; replace it with --overwrite"):
        import_set(found, "swum", cache=tmp_path)


def test_a_bad_file_ends_the_import_or_is_left_out_and_noted(found, tmp_path):
    found.files[0].write_text("nonsense\n")
    with pytest.raises(CorruptFileError, match=r"a\.txt: expected positions, found 'nonsense'"):
        import_set(found, "swum", cache=tmp_path)
    demonstrations = import_set(found, "swum", cache=tmp_path, skip_bad=True)
    source = demonstrations.metadata["source"]
    assert (len(demonstrations), source["num_files"], source["num_skipped"]) == (1, 1, 1)
    assert "a.txt" in source["skipped"][0]


def test_files_without_a_demonstration_are_refused_with_the_first_reason(found, tmp_path):
    for file in found.files:
        file.write_text("nonsense\n")
    with pytest.raises(InvalidArchiveError, match=r"none of 2 files .* the first: .*a\.txt"):
        import_set(found, "swum", cache=tmp_path, skip_bad=True)


def test_what_is_exported_can_be_imported_again(task, tmp_path):
    ours = ensure_demonstrations(task, count=3, cache=tmp_path, workers=1)
    calls = []
    path = export_set(ours, SWUM, tmp_path / "new" / "out.txt", progress=lambda *call: calls.append(call))
    again = ForeignSet(task=task, name="again-v1", files=(path,), read=read, description="")
    theirs = import_set(again, "swum", cache=tmp_path)
    for a, b in zip(ours.trajectories, theirs.trajectories, strict=True):
        assert np.array_equal(a.observations["position"], b.observations["position"])
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_an_export_is_whole_or_not_there(task, tmp_path):
    ours = ensure_demonstrations(task, count=3, cache=tmp_path, workers=1)

    def broken(demonstrations, path, progress=None):
        path.write_text("half")
        raise ExportError("cannot be held")

    with pytest.raises(ExportError, match="cannot be held"):
        export_set(ours, replace(SWUM, write=broken), tmp_path / "out" / "out.txt")
    assert not list((tmp_path / "out").iterdir())


def test_a_place_or_a_format_that_takes_no_file_is_named(task, tmp_path):
    ours = ensure_demonstrations(task, count=3, cache=tmp_path, workers=1)
    path = export_set(ours, SWUM, tmp_path / "out.txt")
    with pytest.raises(ExportError, match=r"out\.txt exists; replace it with --overwrite"):
        export_set(ours, SWUM, path)
    with pytest.raises(ExportError, match="format 'swum', but not written"):
        export_set(ours, replace(SWUM, write=None), tmp_path / "other.txt")
    with pytest.raises(StorageError, match="could not be written"):
        export_set(ours, SWUM, path / "below" / "out.txt")


def test_the_formats_of_installed_packages_are_there_by_name():
    formats = load_formats()
    assert {"d3il", "d4rl", "gen_dgrl", "ogbench", "robomimic"} <= formats.keys()
    assert all(name == value.name for name, value in formats.items())


def test_a_format_that_is_only_written_says_so_when_asked_to_read(tmp_path):
    with pytest.raises(InvalidArchiveError, match="written in format 'swum', but not read from it"):
        find_sets(replace(SWUM, find=None), tmp_path)


def test_a_folder_is_exported_as_a_whole_and_replaced_as_a_whole(task, tmp_path):
    ours = ensure_demonstrations(task, count=3, cache=tmp_path, workers=1)

    def write_folder(demonstrations, path, progress=None):
        path.mkdir()
        write(demonstrations, path / "positions.txt")

    shelf = replace(SWUM, write=write_folder)
    path = export_set(ours, shelf, tmp_path / "out")
    (path / "stale").touch()
    export_set(ours, shelf, path, overwrite=True)
    assert [file.name for file in path.iterdir()] == ["positions.txt"]


def test_an_import_of_the_same_files_is_known_again_and_of_others_is_not(found, tmp_path):
    assert already_imported(found, tmp_path) is None
    made = import_set(found, "swum", cache=tmp_path)
    assert already_imported(found, tmp_path).checksum == made.checksum
    found.files[0].write_text("[0, 0.5, 1]\n")
    with pytest.raises(InvalidArchiveError, match="imported from other files; replace it with --overwrite"):
        already_imported(found, tmp_path)
