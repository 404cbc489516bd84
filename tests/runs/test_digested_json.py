"""A JSON file with a digest: no bit of it can change unnoticed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError
from ilbench.runs.digested_json import digest_problem, read_json_object, to_digested_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=9,
)
CONTENTS = st.dictionaries(st.text().filter(lambda name: name != "digest"), VALUES, max_size=4)
CONTENT = {"width": 8, "plan": [{"task": "a/b-v1"}], "name": "π"}


@given(CONTENTS)
def test_what_is_written_is_read_back_and_found_sound(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("json") / "run.json"
    file.write_text(to_digested_json(content), encoding="utf-8")
    read = read_json_object(file)
    assert digest_problem(read) is None
    assert read == content


def read_sound(file):
    if problem := digest_problem(read_json_object(file)):
        raise CorruptFileError(file, problem)


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_noticed(tmp_path, bit):
    file, text = tmp_path / "run.json", to_digested_json(CONTENT).encode()
    for place in range(len(text) - 1):  # the last byte is the line's end
        file.write_bytes(text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :])
        with pytest.raises(CorruptFileError, match=r"run\.json: "):
            read_sound(file)


def test_a_digest_that_is_missing_or_wrong_is_said_with_what_was_expected():
    assert "expected the digest of all else, found none" in digest_problem(dict(CONTENT))
    problem = digest_problem({**CONTENT, "digest": "00"})
    assert problem.endswith(f"expected {json_digest(CONTENT)}, the digest of what it says, found 00")


BAD = {
    "a name twice": '{"a": 1, "a": 2}',
    "NaN": '{"a": NaN}',
    "an infinity": '{"a": -Infinity}',
    "a list": "[1]",
    "nothing": "",
    "a half": '{"a": 1',
    "a deep one": '{"a": ' + "[" * 100_000,
    "another encoding": json.dumps({"a": 1}).encode("utf-16"),
    "zeros": bytes(100),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_json_object_is_one_clean_error(tmp_path, content):
    file = tmp_path / "run.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CorruptFileError, match=r"run\.json: .*a JSON object.*; restore the file"):
        read_json_object(file)
