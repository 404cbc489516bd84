"""The manifest of a bundle, what lies in one, and which files go in unasked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.errors import CorruptFileError
from ilbench.runs.bundle import MANIFEST, MAX_TEXT_BYTES, Manifest, is_code, list_files, read_manifest
from ilbench.runs.digested_json import to_digested_json

SOUND = Manifest(ilbench="1", header="0" * 32, records="1" * 32, num_records=2, files={"a": "2" * 64})


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    (tmp_path / MANIFEST).write_text(to_digested_json(SOUND.model_dump(mode="json")))
    assert read_manifest(tmp_path) == SOUND


@pytest.mark.parametrize(
    ("change", "problem"), [({"files": {"a": "b"}}, "field 'files.a'"), ({"extra": 1}, "field 'extra'")]
)
def test_a_manifest_that_is_none_names_the_field(tmp_path, change, problem):
    (tmp_path / MANIFEST).write_text(to_digested_json({**SOUND.model_dump(mode="json"), **change}))
    with pytest.raises(CorruptFileError, match=problem):
        read_manifest(tmp_path)


def test_a_manifest_that_was_edited_is_refused(tmp_path):
    text = to_digested_json(SOUND.model_dump(mode="json"))
    (tmp_path / MANIFEST).write_text(text.replace('"num_records": 2', '"num_records": 3'))
    with pytest.raises(CorruptFileError, match="the file was edited"):
        read_manifest(tmp_path)


def test_links_are_listed_and_not_followed(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_text("four")
    (tmp_path / "up").symlink_to(tmp_path)
    assert [(one.name, one.size) for one in list_files(tmp_path)] == [("up", None), ("inner/file", 4)]


@given(st.text(max_size=50).filter(lambda text: "\0" not in text))
def test_text_is_code(text):
    assert is_code(text.encode(errors="ignore"))


@pytest.mark.parametrize("content", [b"\0", b"\xff\xfe", b"a" * (MAX_TEXT_BYTES + 1)])
def test_what_is_no_text_or_too_long_is_not(content):
    assert not is_code(content)
