"""One way to read a journal, packed or not; what is packed is the same each time, and bounded."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.errors import CorruptFileError
from ilbench.runs.journal_file import JOURNAL, PACKED, journal_lines, journal_of, packed

LINES = b'{"a":1}\n{"b":2}\n'


@given(st.binary(max_size=500))
def test_what_is_packed_unpacks_to_itself_and_packs_to_the_same_bytes(content):
    assert gzip.decompress(packed(content)) == content
    assert packed(content) == packed(content)


def test_lines_are_the_same_packed_or_not(tmp_path):
    (tmp_path / JOURNAL).write_bytes(LINES)
    (tmp_path / PACKED).write_bytes(packed(LINES))
    assert list(journal_lines(tmp_path / JOURNAL)) == list(journal_lines(tmp_path / PACKED))


def test_a_folder_has_the_journal_that_is_there(tmp_path):
    assert journal_of(tmp_path).name == JOURNAL
    (tmp_path / PACKED).touch()
    assert journal_of(tmp_path).name == PACKED


def test_two_journals_are_refused(tmp_path):
    (tmp_path / PACKED).touch()
    (tmp_path / JOURNAL).touch()
    with pytest.raises(CorruptFileError, match="expected one journal"):
        journal_of(tmp_path)


def test_a_small_file_that_unpacks_to_a_large_one_is_read_no_further_than_allowed(tmp_path):
    (tmp_path / PACKED).write_bytes(packed(LINES * 100_000))
    with pytest.raises(CorruptFileError, match="at most 10000 bytes when unpacked"):
        list(journal_lines(tmp_path / PACKED, 10_000))


@pytest.mark.parametrize("damage", [lambda d: d[:-9], lambda d: d[:20] + b"?" + d[21:], lambda d: b"no gzip"])
def test_a_damaged_file_is_one_error(tmp_path, damage):
    (tmp_path / PACKED).write_bytes(damage(packed(LINES * 20)))
    with pytest.raises(CorruptFileError, match="gz: "):
        list(journal_lines(tmp_path / PACKED))
