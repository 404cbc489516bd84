"""Files of tensors: what torch wrote comes back, and nothing in a file is believed or run."""

from __future__ import annotations

import io
import pickle
import zipfile

import pytest
import torch

from ilbench.baselines.tensors import load_tensors, save_tensors
from ilbench.demonstrations.unpickling import UnsafePickleError
from ilbench.errors import CorruptFileError

WHOLE = torch.arange(12.0).reshape(3, 4)
CONTENT = {
    "rows": WHOLE,
    "turned": WHOLE.T,
    "part": WHOLE[1:, ::2],
    "double": torch.tensor([1.5], dtype=torch.float64),
    "whole": torch.tensor([-3, 2**40]),
    "bool": torch.tensor([[True], [False]]),
    "none": torch.zeros(0, 3),
    "number": torch.tensor(2.5),
    "generator": torch.Generator().manual_seed(3).get_state(),
}


@pytest.fixture
def path(tmp_path):
    save_tensors(tmp_path / "some.pt", {**CONTENT, "plain": {"x": [1, 2.5, None, True, ("a",)]}})
    return tmp_path / "some.pt"


def repacked(path, change, how=zipfile.ZIP_STORED):
    """Writes an archive anew, with `change` of name and content of each member."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, change(name, content))


def test_what_was_saved_comes_back_as_torch_reads_it(path):
    found, theirs = load_tensors(path), torch.load(path, weights_only=True)
    assert found.keys() == theirs.keys()
    assert found["plain"] == theirs["plain"]
    for name in CONTENT:
        assert (found[name].dtype, found[name].shape) == (theirs[name].dtype, theirs[name].shape)
        assert torch.equal(found[name], theirs[name])


def test_the_state_of_a_module_comes_back(tmp_path):
    layer, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    save_tensors(tmp_path / "a.pt", {"layer": layer.state_dict()})
    other.load_state_dict(load_tensors(tmp_path / "a.pt")["layer"])
    assert torch.equal(other.weight, layer.weight)


def test_a_tensor_that_says_it_is_larger_than_the_file_is_refused(tmp_path):
    save_tensors(tmp_path / "a.pt", {"wide": torch.zeros(1).expand(10**12)})
    with pytest.raises(CorruptFileError, match="a tensor of shape"):
        load_tensors(tmp_path / "a.pt")


def test_numbers_that_are_cut_packed_or_changed_are_noticed(path):
    good = path.read_bytes()
    repacked(path, lambda name, content: content[: -4 * ("/data/" in name)] or content)
    with pytest.raises(CorruptFileError, match="bytes of numbers, expected"):
        load_tensors(path)
    path.write_bytes(good)
    repacked(path, lambda name, content: content, zipfile.ZIP_DEFLATED)
    with pytest.raises(CorruptFileError, match="bytes of numbers, expected"):
        load_tensors(path)
    path.write_bytes(good.replace(WHOLE.numpy().tobytes(), bytes(48)))
    with pytest.raises(CorruptFileError, match="Bad CRC-32"):
        load_tensors(path)


class Call:
    def __reduce__(self):
        return print, ("ran",)


def test_a_call_is_refused_and_not_made(path, capsys):
    content = pickle.dumps({"x": Call()}, 2)
    repacked(path, lambda name, old: content if name.endswith("data.pkl") else old)
    with pytest.raises(UnsafePickleError, match=r"some\.pt: refused, as it asks for __builtin__\.print"):
        load_tensors(path)
    assert capsys.readouterr().out == ""


def test_what_is_no_archive_or_holds_no_names_is_named(tmp_path):
    buffer = io.BytesIO()
    torch.save([1], buffer)
    for content, problem in ((b"", "not a zip"), (buffer.getvalue(), "named values, found list")):
        (tmp_path / "a.pt").write_bytes(content)
        with pytest.raises(CorruptFileError, match=rf"a\.pt: not a file of tensors .*{problem}"):
            load_tensors(tmp_path / "a.pt")
