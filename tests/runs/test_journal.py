from __future__ import annotations

import gc
import json

import pytest

from ilbench.errors import CorruptFileError
from ilbench.runs.journal import Journal, read_journal, to_line
from ilbench.runs.record import Times
from ilbench.testing import records


def make_record(repeat=0, **changes):
    own = {"repeat": repeat, "mode": 4, "episode_return": 0.1, "times": Times(env_s=0.5, policy_s=0.25)}
    return records.make_record(**own | changes)


@pytest.fixture
def path(tmp_path):
    with Journal.open(tmp_path / "journal.jsonl") as journal:
        for repeat in range(3):
            journal.append(make_record(repeat))
    return tmp_path / "journal.jsonl"


def test_what_is_written_is_read_back(path):
    assert read_journal(path) == tuple(make_record(repeat) for repeat in range(3))


def test_times_are_outside_the_digest_and_all_else_is_inside():
    record = make_record()
    assert make_record(times=Times(env_s=9.0, policy_s=9.0)).digest() == record.digest()
    for change in (
        {"success": False, "final_success": False},
        {"mode": None},
        {"episode_return": 0.2},
        {"env_seed": 3},
    ):
        assert make_record(**change).digest() != record.digest()


def test_success_at_the_end_is_written_where_there_is_one(path):
    stayed = make_record(final_success=True)
    path.write_text(to_line(make_record()) + to_line(stayed))
    first, second = path.read_text().splitlines()
    assert "final_success" not in first
    assert '"final_success":true' in second
    assert read_journal(path)[1] == stayed


def test_an_edited_line_is_named_by_file_and_number(path):
    first, second, third = path.read_text().splitlines(keepends=True)
    path.write_text(first + second.replace('"success":true', '"success":false') + third)
    with pytest.raises(CorruptFileError, match=r"journal\.jsonl:2: the record was edited"):
        read_journal(path)


def test_a_line_that_was_cut_is_named_by_file_and_number(path):
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptFileError, match=r"journal\.jsonl:3: the line is cut off"):
        read_journal(path)


def test_a_line_that_is_no_record_says_what_was_found(path):
    with path.open("a") as file:
        file.write("hello\n")
    with pytest.raises(CorruptFileError, match=r"journal\.jsonl:4: expected a JSON record, found 'hello"):
        read_journal(path)


def test_an_unknown_field_is_refused(path):
    line = json.loads(to_line(make_record(3)))
    with path.open("a") as file:
        file.write(json.dumps({**line, "bonus": 1}) + "\n")
    with pytest.raises(CorruptFileError, match=r"journal\.jsonl:4: field 'bonus'"):
        read_journal(path)


def test_a_half_written_last_line_is_dropped_when_the_run_goes_on(path):
    with path.open("ab") as file:
        file.write(to_line(make_record(3)).encode()[:40])
    with Journal.open(path) as journal:
        journal.append(make_record(3))
    assert read_journal(path) == tuple(make_record(repeat) for repeat in range(4))


def test_a_line_of_another_form_is_read_if_its_digest_is_right(path):
    record = make_record(3)
    with path.open("a") as file:
        file.write(json.dumps({"digest": record.digest(), **record.content()}, indent=None) + "\r\n")
    assert read_journal(path)[3] == record


def test_a_reason_that_looks_like_fields_is_read_back(path):
    record = make_record(
        3, status="timeout", reason='a,"digest":"' + "0" * 32 + '",b,"times":{"env_s":1}\\ü\n'
    )
    with path.open("a", encoding="utf-8") as file:
        file.write(to_line(record))
    assert read_journal(path)[3] == record


def test_no_byte_of_a_line_but_those_of_its_times_can_change_unnoticed(path):
    line = to_line(make_record(status="timeout", reason="why")).encode()
    times = range(line.index(b'{"env_s"'), line.index(b"}") + 1)
    for place in set(range(len(line) - 1)) - set(times):
        path.write_bytes(line[:place] + bytes([line[place] ^ 2]) + line[place + 1 :])
        with pytest.raises(CorruptFileError, match=r"journal\.jsonl:1"):
            read_journal(path)


def test_records_read_are_those_that_were_made_in_every_respect(path):
    made, read = make_record(0), read_journal(path)[0]
    assert read.model_fields_set == made.model_fields_set
    assert (
        read.model_copy(update={"success": False}).digest()
        == make_record(0, success=False, terminated=True, truncated=False).digest()
    )
    assert hash(read.id) == hash(made.id)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_reading_leaves_the_garbage_collector_as_it_was(path, is_enabled):
    was_enabled = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        read_journal(path)
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
