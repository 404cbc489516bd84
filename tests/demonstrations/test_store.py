"""Data sets on disk: read by plain Minari without loss, and every damage noticed."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import h5py
import minari
import numpy as np
import pytest

from ilbench.contract.fields import Field
from ilbench.demonstrations import datasets_folder, ensure_demonstrations, load_demonstrations
from ilbench.errors import CorruptFileError, StorageError

THOUGHT = (
    Field(name="distance", shape=(), unit="m"),
    Field(name="strokes", shape=(2,), dtype="int64"),
    Field(name="goal", shape=(24,), dtype="uint8"),
)


def demonstrated_by(task, expert):
    return replace(task, expert=f"ilbench_toys.shore:{expert}")


def made(task, cache, **options):
    return ensure_demonstrations(task, cache=cache, **{"workers": 1, **options})


def thinking(task, procedure=THOUGHT):
    plan = replace(task.demonstrations, procedure=procedure)
    return replace(demonstrated_by(task, "ThinkingSwimmer"), demonstrations=plan)


def arrays_file(demonstrations):
    return demonstrations.folder / "data" / "main_data.hdf5"


def test_plain_minari_reads_the_same_arrays_without_loss(task, tmp_path, monkeypatch):
    demonstrations = made(task, tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(datasets_folder(tmp_path)))
    dataset = minari.load_dataset("ilbench/toys/shore-v1/expert-v1")
    for episode, trajectory in zip(dataset, demonstrations.trajectories, strict=True):
        assert np.array_equal(episode.actions, trajectory.actions)
        for name, values in trajectory.observations.items():
            assert np.array_equal(episode.observations[name].reshape(values.shape), values)


def test_pixels_and_symbols_survive_storage(task, tmp_path):
    t = made(task, tmp_path).trajectories[0]
    x = t.observations["position"][0, 0]
    assert {n: v.dtype for n, v in t.observations.items()} == {f.name: f.dtype for f in task.observation}
    first = np.arange(3072, dtype=np.int64) * 37 + int(x * 1000)
    assert np.array_equal(t.observations["image"][0].ravel(), first % 256)
    assert np.array_equal(t.observations["grid"][0].ravel(), first[:27] % 11)


@pytest.mark.parametrize("name", ["observations/position", "observations/image", "actions", "rewards"])
def test_one_flipped_bit_is_noticed_and_named(task, tmp_path, name):
    path = arrays_file(made(task, tmp_path))
    with h5py.File(path) as file:
        array = file[f"episode_5/{name}"]
        offset = array.id.get_chunk_info(0).byte_offset if array.chunks else array.id.get_offset()
    content = bytearray(path.read_bytes())
    content[offset + 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"expert-v1.*ilbench demos toys/shore-v1 --overwrite"):
        load_demonstrations(task, cache=tmp_path)


@pytest.mark.parametrize("length", [0, 1000, 50_000])
def test_a_truncated_file_is_noticed_and_can_be_replaced(task, tmp_path, length):
    good = made(task, tmp_path)
    os.truncate(arrays_file(good), length)
    with pytest.raises(CorruptFileError, match=r"main_data.hdf5: .* have changed"):
        made(task, tmp_path)
    assert made(task, tmp_path, overwrite=True).checksum == good.checksum


def test_a_cache_that_takes_no_files_is_a_storage_error(task, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="toys/shore-v1 could not be written"):
        made(task, tmp_path / "file")


def test_a_full_disk_leaves_no_data_set(task, tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            made(task, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.rglob("*.hdf5"))


def test_the_experts_procedure_is_stored_for_every_step(task, tmp_path):
    t = made(thinking(task), tmp_path, count=2).trajectories[1]
    assert t.procedure["distance"] == pytest.approx(1 - abs(t.observations["position"][:-1, 0]))
    assert t.procedure["strokes"].dtype == np.int64
    assert np.array_equal(t.procedure["strokes"][:, 1], t.observations["grid"][:-1, 0, 0, 0] + 1)
    texts = {bytes(row).rstrip(b"\0").decode() for row in t.procedure["goal"]}
    assert texts == {"swim right – on"}


def test_plain_minari_reads_the_procedure(task, tmp_path, monkeypatch):
    demonstrations = made(thinking(task), tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(datasets_folder(tmp_path)))
    episode = minari.load_dataset("ilbench/toys/shore-v1/expert-v1")[0]
    found = episode.infos["procedure"]["distance"]
    assert np.array_equal(found, demonstrations.trajectories[0].procedure["distance"])


def test_metadata_that_name_a_function_do_not_have_it_called(task, tmp_path):
    """Plain Minari makes the environment that they name, where they say nothing of the actions."""
    found = made(task, tmp_path, count=2)
    notes = found.folder / "data" / "metadata.json"
    content = json.loads(notes.read_text())
    content.pop("action_space")
    call = {"entry_point": "os:mkdir", "kwargs": {"path": str(tmp_path / "called")}}
    content["env_spec"] = json.dumps({**json.loads(content["env_spec"]), **call})
    notes.write_text(json.dumps(content))
    assert load_demonstrations(task, count=2, cache=tmp_path).checksum == found.checksum
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("content", ["[]", "{", '{"ilbench": 3}', '{"ilbench": {}}', "[" * 10_000, "\x00"])
def test_notes_that_are_none_are_named_with_the_way_out(task, tmp_path, content):
    found = made(task, tmp_path, count=2)
    (found.folder / "data" / "metadata.json").write_text(content)
    for source in (None, found.name):
        with pytest.raises(CorruptFileError, match=r"metadata\.json: .*; generate"):
            load_demonstrations(task, count=2, source=source, cache=tmp_path)
