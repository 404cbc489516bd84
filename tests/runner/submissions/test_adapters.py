"""Adapters: found by name, digested, and refused where their library is not."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest

from ilbench.errors import DuplicateNameError, InvalidSubmissionError, UnknownNameError
from ilbench.runner.submissions.adapters import OURS, SHARED, find_adapter, load_adapters

ADAPTERS = load_adapters()
SB3 = ADAPTERS["sb3"]


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS.keys())
def test_an_adapter_says_what_it_is_by_a_file_that_there_is(adapter):
    module = adapter.entry_in("inline").partition(":")[0]
    assert find_spec(module) is not None
    assert adapter.example.startswith(f"{adapter.name}:")
    assert all("==" in one for one in adapter.requirements)
    assert adapter.summary.endswith(".")


def test_a_name_that_there_is_not_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="no adapter named 'onx'; did you mean 'onnx'"):
        find_adapter("onx")


def test_two_adapters_of_one_name_are_refused(monkeypatch):
    monkeypatch.setattr("ilbench.runner.submissions.adapters.load_plugins", lambda group, kind: (SB3, SB3))
    with pytest.raises(DuplicateNameError, match="adapter 'sb3' is declared twice"):
        load_adapters()


def test_the_code_of_an_adapter_is_its_file_and_what_adapters_share():
    assert {name.rpartition("/")[2] for name in SB3.sources()} == {"sb3.py", *SHARED}
    assert SB3.sources() != ADAPTERS["onnx"].sources()


def test_every_file_of_the_folder_is_an_adapters_or_shared():
    files = {path.name for path in OURS.glob("*.py")} - {"__init__.py", *SHARED}
    assert files == {f"{one.entry.partition(':')[0].rpartition('.')[2]}.py" for one in ADAPTERS.values()}


def test_the_code_of_another_package_is_its_folder(tmp_path):
    (tmp_path / "theirs.py").write_text("class Policy: ...")
    theirs = replace(SB3, name="theirs", entry="theirs:Policy", folder=tmp_path)
    before = theirs.sources()
    (tmp_path / "theirs.py").write_text("class Policy: pass")
    assert before.keys() == {"ilbench.adapters/theirs.py"}
    assert before != theirs.sources()


def test_another_packages_adapter_does_not_play_inline(tmp_path):
    theirs = replace(SB3, entry="theirs:Policy", folder=tmp_path)
    assert theirs.entry_in("process") == "theirs:Policy"
    with pytest.raises(InvalidSubmissionError, match="leave out --place inline"):
        theirs.entry_in("inline")


@pytest.mark.parametrize("name", ["stable_baselines3", "Stable-Baselines3"])
def test_a_library_is_known_by_any_spelling_of_its_name(name):
    SB3.check_library({name: "2.9.2"}, "/env/bin/python")


def test_a_build_of_a_library_is_the_library():
    ADAPTERS["onnx"].check_library({"onnxruntime-gpu": "1.32.0"}, "/env/bin/python")


def test_a_library_that_lacks_is_named_with_what_can_be_done():
    with pytest.raises(InvalidSubmissionError) as caught:
        SB3.check_library({"numpy": "1.26.4"}, "/env/bin/python")
    message = str(caught.value)
    assert "'sb3' needs stable-baselines3, which /env/bin/python does not have" in message
    assert "--python PATH" in message
    assert "ilbench submission new --from sb3" in message


def test_this_interpreter_is_asked_where_none_is_named():
    ADAPTERS["torchscript"].check_library(None, "this")
    with pytest.raises(InvalidSubmissionError, match="needs nowhere"):
        replace(SB3, library="nowhere").check_library(None, "this")
