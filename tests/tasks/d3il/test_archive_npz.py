"""The compact file of Inserting: each demonstration as in its original, and broken files told."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.demonstrations import InvalidArchiveError, load_formats
from ilbench.demonstrations.formats import read_file
from ilbench.errors import CorruptFileError
from ilbench.npz import load_npz
from ilbench.tasks.d3il import TASKS, archive
from ilbench.tasks.d3il.archive_npz import FIELDS, UNIT, find_sets

INSERTING = next(task for task in TASKS if task.id.startswith("d3il/inserting-v"))


def content(lengths=(5, 3)):
    """Returns two demonstrations in which nothing moves."""
    total = sum(lengths)
    arrays = {name: np.zeros((axes, total), np.int32) for name, axes in FIELDS.items()}
    begins = np.cumsum((0, *lengths[:-1]))
    for box in (1, 2, 3):
        arrays[f"box{box}_quat"][0, begins] = 1_000_000
        arrays[f"box{box}_pos"][:, begins] = np.array([[box], [2], [3]]) * 100_000
    return {"lengths": np.array(lengths, np.int32), **arrays}


def read(path, **changes):
    np.savez(path, **{**content(), **changes})
    (found,) = find_sets(path)
    return read_file(found, path)[0]


def test_sums_begin_anew_with_each_demonstration(tmp_path):
    first, second = read(tmp_path / "two.npz")
    assert (len(first), len(second)) == (4, 2)
    objects = [value for box in (1, 2, 3) for value in (box * 0.1, 0.2, 0.0, 1.0)]
    for trajectory in (first, second):
        assert np.allclose(trajectory.observations["state"][:, 4:], objects, atol=1e-6)
        assert not trajectory.success


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lengths": np.array([5, 4])}, r"'des_c_pos': expected whole numbers of shape \(2, 9\)"),
        ({"lengths": np.array([0, 8])}, "'lengths': expected a row of positive whole numbers"),
        ({"lengths": np.array([1, 7])}, "demonstration 0: field 'robot.des_c_pos': expected shape"),
        ({"c_pos": np.zeros((3, 8))}, "'c_pos': expected whole numbers"),
        ({"box2_quat": np.zeros((4, 8), int)}, "demonstration 0: field 'box-2.quat': expected quaternions"),
    ],
)
def test_a_file_that_contradicts_itself_is_told_with_the_field(tmp_path, changes, message):
    with pytest.raises(InvalidArchiveError, match=message):
        read(tmp_path / "bad.npz", **changes)


def test_a_missing_array_an_array_of_objects_and_a_cut_file_are_told(tmp_path):
    with pytest.raises(CorruptFileError, match=r"'c_pos': expected numbers, found object"):
        read(tmp_path / "objects.npz", c_pos=np.array([print]))
    path = tmp_path / "few.npz"
    np.savez(path, lengths=np.array([3]))
    (found,) = find_sets(path)
    with pytest.raises(CorruptFileError, match="'des_c_pos' is missing"):
        read_file(found, path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CorruptFileError, match=r"few.npz: not a whole \.npz file"):
        read_file(found, path)


def test_another_task_or_no_file_is_refused(tmp_path):
    assert load_formats()["d3il-npz"].find is find_sets
    with pytest.raises(InvalidArchiveError, match=r"expected an \.npz file of Inserting, found none"):
        find_sets(tmp_path)
    (tmp_path / "x.npz").touch()
    with pytest.raises(InvalidArchiveError, match=f"a file of {INSERTING.id}"):
        find_sets(tmp_path / "x.npz", next(task.id for task in TASKS if "pushing" in task.id))


def test_a_real_demonstration_is_that_of_its_original(human_data, tmp_path):
    folder = human_data / "d3il-human" / "inserting"
    arrays = load_npz(folder / "inserting-800.npz", ["lengths", *FIELDS])
    with np.load(folder / "inserting-800.npz") as whole:
        names = list(whole["names"])
    ends = np.cumsum(arrays["lengths"])
    (found,) = archive.find_sets(folder / "all_data-sample", INSERTING.id)
    for file in found.files:
        number = names.index(file.name)
        rows = slice(ends[number] - arrays["lengths"][number], ends[number])
        few = {name: values[:, rows] for name, values in arrays.items() if name != "lengths"}
        (compact,) = read(tmp_path / "one.npz", lengths=arrays["lengths"][[number]], **few)
        (original,) = found.read(file)
        assert (compact.success, compact.mode) == (original.success, original.mode)
        assert np.array_equal(compact.rewards, original.rewards)
        gap = np.abs(compact.observations["state"].astype(float) - original.observations["state"])
        places = [0, 1, 2, 3, 4, 5, 8, 9, 12, 13]
        assert gap[:, places].max() < 0.5 * UNIT + 6e-8  # and what 32 bits round
        assert gap.max() < 3 * UNIT  # sine and cosine are sums of products
