"""Pickles from others: what is data comes out as it went in, and nothing else is ever run."""

from __future__ import annotations

import collections
import datetime
import io
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ilbench.demonstrations import unpickling
from ilbench.demonstrations.unpickling import UnsafePickleError, load_npy, load_plain
from ilbench.errors import CorruptFileError

ARRAYS = {
    "f4": np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
    "f8": np.random.default_rng(0).normal(size=(5, 3)),
    "big endian": np.arange(4, dtype=">i4"),
    "columns first": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every second": np.arange(10)[::2],
    "bool": np.array([True, False]),
    "uint8": np.arange(27, dtype=np.uint8).reshape(3, 3, 3),
    "complex": np.array([1 + 2j]),
    "empty": np.empty((0, 3)),
    "no axes": np.array(3.5),
}
PLAIN = [
    None,
    {"a": [1, 2.5, "text", b"bytes", (True, None)], 3: {4, 5}, "f": frozenset("x")},
    collections.OrderedDict(b=1, a=2),
    10**30,
    bytearray(b"abc"),
]


def written(tmp_path, content, protocol=4):
    file = tmp_path / "demonstration.pkl"
    file.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return file


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_out_as_they_went_in(tmp_path, name, protocol):
    found = load_plain(written(tmp_path, {"array": ARRAYS[name]}, protocol))["array"]
    assert found.dtype == ARRAYS[name].dtype
    assert found.shape == ARRAYS[name].shape
    assert (found == ARRAYS[name]).all()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_containers_come_out_as_they_went_in(tmp_path, value, protocol):
    if protocol < (5 if isinstance(value, bytearray) else 4 if isinstance(value, dict) else 0):
        pytest.skip("older protocols call builtins for bytearrays and sets")
    assert load_plain(written(tmp_path, value, protocol)) == value


@pytest.mark.parametrize("scalar", [np.float64(1.5), np.float32(2.5), np.int32(-3), np.bool_(True)])
def test_numpy_numbers_come_out_as_they_went_in(tmp_path, scalar):
    found = load_plain(written(tmp_path, [scalar]))[0]
    assert (found, found.dtype) == (scalar, scalar.dtype)


def test_the_names_of_numpy_2_are_understood(tmp_path):
    content = pickle.dumps(np.arange(3.0), 2).replace(b"cnumpy.core.multiarray", b"cnumpy._core.multiarray")
    assert load_plain(written(tmp_path, content)).tolist() == [0.0, 1.0, 2.0]


def test_arrays_of_python_2_are_understood(tmp_path):
    array = np.arange(3, dtype="<i2")
    raw = "S'" + "".join(f"\\x{byte:02x}" for byte in array.tobytes()) + "'\n"
    content = (
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        "(I1\n(I3\ntcnumpy\ndtype\n(S'i2'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n" + raw + "tb."
    )
    assert load_plain(written(tmp_path, content.encode())).tolist() == [0, 1, 2]


# --- hostile files


class Calls:
    """Pickles as the call of a function."""

    def __init__(self, function, *arguments):
        self.reduced = (function, arguments)

    def __reduce__(self):
        return self.reduced


class Named:
    """Pickles as a global name that need not exist."""

    def __init__(self, module, name):
        self.code = f"c{module}\n{name}\n".encode()


def calling(module, name, *arguments):
    """Returns the pickle that calls a name with texts."""
    listed = b"".join(b"V" + a.encode("raw_unicode_escape") + b"\n" for a in arguments)
    return Named(module, name).code + b"(" + listed + b"tR."


HOSTILE = {
    "os.system": calling("os", "system", "touch pwned"),
    "posix.system": pickle.dumps(Calls(os.system, "touch pwned")),
    "builtins.eval": pickle.dumps(Calls(eval, "open('pwned', 'w')")),
    "builtins.exec": pickle.dumps([Calls(exec, "open('pwned', 'w')")]),
    "builtins.getattr": pickle.dumps(Calls(getattr, [], "append")),
    "subprocess.Popen": calling("subprocess", "Popen", "touch pwned"),
    "importlib.import_module": calling("importlib", "import_module", "antigravity"),
    "numpy.load": calling("numpy", "load", "pwned"),
    "numpy.fromfile": calling("numpy", "fromfile", "/etc/passwd"),
    "numpy.testing._private.utils.runstring": calling(
        "numpy.testing._private.utils", "runstring", "open('pwned', 'w')"
    ),
    "numpy.f2py.compile": calling("numpy.f2py", "compile", "pwned"),
    "numpy.core.multiarray.fromfile": calling("numpy.core.multiarray", "fromfile", "/etc/passwd"),
    "numpy.memmap": calling("numpy", "memmap", "/etc/passwd"),
    "numpy.ndarray.tofile": calling("numpy", "ndarray.tofile", "pwned"),
    "codecs.decode": calling("codecs", "decode", "pwned", "rot13"),
    "_codecs.decode": calling("_codecs", "decode", "pwned", "zip"),
    "pickle.loads": calling("pickle", "loads", "pwned"),
    "copyreg._reconstructor": calling("copyreg", "_reconstructor", "pwned"),
    "datetime.date": pickle.dumps(datetime.date(2026, 1, 1)),
    "ilbench.demonstrations.unpickling.MAKERS": calling(
        "ilbench.demonstrations.unpickling", "MAKERS", "pwned"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("nested", [False, True])
def test_a_hostile_name_is_refused_and_not_run(tmp_path, monkeypatch, name, nested):
    monkeypatch.chdir(tmp_path)
    content = HOSTILE[name]
    if nested:  # in a list in a dictionary, after an array
        array = pickle.dumps(np.arange(3), 0)[:-1]
        content = b"(VKey\n(l" + array + b"a" + content.removeprefix(b"\x80\x04")[:-1] + b"ad."
        content = content if HOSTILE[name][:1] != b"\x80" else HOSTILE[name]
    file = written(tmp_path, content)
    with pytest.raises(UnsafePickleError) as refused:
        load_plain(file)
    assert f"{file}: refused, as it asks for {name.split('.', 1)[0]}" in str(refused.value)
    assert name in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demonstration.pkl"]


def test_a_hostile_file_is_refused_with_the_name_it_asks_for_before_anything_is_imported(tmp_path):
    file = written(tmp_path, calling("antigravity", "fly"))
    with pytest.raises(UnsafePickleError, match=r"antigravity\.fly"):
        load_plain(file)
    assert "antigravity" not in sys.modules


ODD_ARRAYS = {
    "objects": np.array([{}, None], dtype=object),
    "records": np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]),
    "dates": np.array(["2026-01-01"], dtype="M8[D]"),
    "raw memory": np.zeros(2, dtype="V8"),
}


@pytest.mark.parametrize("name", ODD_ARRAYS)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_anything_but_numbers_are_refused(tmp_path, name, protocol):
    with pytest.raises(UnsafePickleError, match="an array of dtype"):
        load_plain(written(tmp_path, ODD_ARRAYS[name], protocol))


def test_an_array_of_objects_that_hides_a_call_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hidden = np.array([Calls(os.system, "touch pwned")], dtype=object)
    with pytest.raises(UnsafePickleError):
        load_plain(written(tmp_path, hidden))
    assert not (tmp_path / "pwned").exists()


RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR"
FLOATS = b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb"
BROKEN = {
    "an array longer than its bytes": RECONSTRUCT + b"(I1\n(I9\nt" + FLOATS + b"I00\nVabcdefgh\ntb.",
    "an array of negative length": RECONSTRUCT + b"(I1\n(I-1\nt" + FLOATS + b"I00\nVabcdefgh\ntb.",
    "an array of endless length": RECONSTRUCT
    + b"(I1\n(I4611686018427387904\nI4\nt"
    + FLOATS
    + b"I00\nV\ntb.",
    "an array without content": RECONSTRUCT + b".",
    "no bytes": b"",
    "not a pickle": b"hello there",
    "a picture": b"\xff\xd8\xff\xe0" + bytes(100),
    "cut off": pickle.dumps({"robot": np.zeros((50, 3))})[:-40],
    "a promise of a huge bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"abc.",
    "an unknown opcode": b"\x80\x04\xfe.",
    "a persistent id": b"Ppwned\n.",
    "deeply nested": b"(" * 100_000 + b"l" + b"t" * 100_000 + b".",
    "lists too deep to walk": b"]" * 5000 + b"a" * 4999 + b".",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, name):
    file = written(tmp_path, BROKEN[name])
    with pytest.raises((CorruptFileError, UnsafePickleError), match=r"demonstration\.pkl"):
        load_plain(file)


def test_what_makes_arrays_cannot_be_changed_by_a_pickle(tmp_path):
    # BUILD with a "slot state" sets attributes on whatever is on the stack: here our own constructor.
    change = b"cnumpy\nndarray\n(N(dV_make\nNstb."
    with pytest.raises(UnsafePickleError, match="a change of"):
        load_plain(written(tmp_path, change))
    assert load_plain(written(tmp_path, {"still": np.arange(3)}))["still"].tolist() == [0, 1, 2]


def test_the_name_of_a_constructor_is_no_data(tmp_path):
    with pytest.raises(UnsafePickleError, match="a type in the place of data"):
        load_plain(written(tmp_path, {"robot": np.ndarray}))


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    file = written(tmp_path, np.zeros(1000))
    with pytest.raises(CorruptFileError, match=r"bytes, expected at most 100"):
        load_plain(file, max_bytes=100)


def test_a_small_file_cannot_take_the_memory(tmp_path):
    """A memo index of four billion makes the unpickler in C reserve 64 GB."""
    content = b"\x80\x04Nr" + struct.pack("<I", 2**32 - 1) + b"."
    pickletools.dis(content, out=io.StringIO())
    file = written(tmp_path, content)
    code = (
        "import sys; from pathlib import Path\n"
        "from ilbench.demonstrations.unpickling import load_plain; load_plain(Path(sys.argv[1]))"
    )
    memory = ("prlimit", f"--as={4 * 2**30}")
    subprocess.run([*memory, sys.executable, "-c", code, file], check=True)


def test_a_dictionary_that_numpy_saved_is_read(tmp_path):
    path = tmp_path / "one.npy"
    np.save(path, {"frames": np.arange(6).reshape(2, 3), "return": 1.5})
    found = load_npy(path)
    assert found["return"] == 1.5
    assert np.array_equal(found["frames"], [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize("hidden", ["held", "array"])
def test_an_object_that_numpy_saved_and_that_hides_a_call_is_refused(tmp_path, monkeypatch, hidden):
    monkeypatch.chdir(tmp_path)
    call = Calls(os.system, "touch pwned")
    np.save("bad.npy", {"x": call if hidden == "held" else np.array([call], dtype=object)})
    with pytest.raises(UnsafePickleError):
        load_npy(Path("bad.npy"))
    assert not Path("pwned").exists()


def test_a_npy_file_of_numbers_or_of_nothing_is_no_object(tmp_path):
    np.save(tmp_path / "numbers.npy", np.zeros(3))
    (tmp_path / "empty.npy").write_bytes(b"")
    with pytest.raises(CorruptFileError, match="expected one object"):
        load_npy(tmp_path / "numbers.npy")
    with pytest.raises(CorruptFileError, match=r"not a .npy file"):
        load_npy(tmp_path / "empty.npy")


# --- small files that would keep a computer busy for ever


def doubled(levels=60):
    """A tuple that holds one tuple twice, and so on: 4 bytes a level, and 2^levels leaves to hash."""
    return b")" + b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(levels))


ENDLESS = {
    "the hash of a key": b"\x80\x02}" + doubled() + b"Ns.",
    "the hash of a member": b"\x80\x04\x8f(" + doubled() + b"\x90.",
    "the hash of a frozen member": b"\x80\x04(" + doubled() + b"\x91.",
    "the hashes of entries": b"(" + doubled() + b"Nd.",
    "the hash of a pair": b"ccollections\nOrderedDict\n((" + doubled() + b"Nt" + b"ttR.",
    "a shape in a message": RECONSTRUCT + b"(I1\n" + doubled() + FLOATS + b"I00\nVabcdefgh\ntb.",
    "a dtype in a message": b"cnumpy\ndtype\n(" + doubled() + b"I0\nI1\ntR.",
    "an encoding in a message": b"c_codecs\nencode\n(Vx\n" + doubled() + b"tR.",
    "a key too deep for the stack": b"}" + b")" + b"\x85" * 100_000 + b"Ns.",
    "equal hashes": b"\x80\x04}("
    + b"".join(pickle.dumps(n * (2**61 - 1), 4)[11:-1] + b"N" for n in range(1, 9000))
    + b"u.",
    "an array made again and again": b"\x80\x04B" + struct.pack("<I", 2**20) + bytes(2**20) + b"q\x000"
    + RECONSTRUCT + b"(I1\n(I131072\nt" + FLOATS + b"I00\nh\x00tq\x01" + b"bh\x01" * 1_000_000 + b"b.",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_that_would_take_for_ever_is_refused_in_seconds(tmp_path, name):
    file = written(tmp_path, ENDLESS[name])
    start = time.process_time()
    with pytest.raises((CorruptFileError, UnsafePickleError), match=r"demonstration\.pkl"):
        load_plain(file)
    assert time.process_time() - start < 20


def test_a_file_of_more_parts_than_any_demonstration_has_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpickling, "MAX_WORK", 1000)
    assert load_plain(written(tmp_path, b"(" + b"]" * 900 + b"l."))
    with pytest.raises(CorruptFileError, match="more parts than any demonstration has"):
        load_plain(written(tmp_path, b"(" + b"]" * 1000 + b"l."))


def test_a_shape_that_no_array_has_is_refused_before_it_is_multiplied(tmp_path):
    long = b"\x8b" + struct.pack("<i", 2**20) + b"\x7f" * 2**20
    shape = b"(I1\n(" + long * 9 + b"t" + FLOATS + b"I00\nV\ntb."
    with pytest.raises(CorruptFileError, match="shape is no tuple of at most 32 lengths"):
        load_plain(written(tmp_path, b"\x80\x02" + RECONSTRUCT + shape))


def test_only_a_regular_file_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.pkl")
    for read in (load_plain, load_npy):
        with pytest.raises(CorruptFileError, match="found a pipe"):
            read(tmp_path / "pipe.pkl")
