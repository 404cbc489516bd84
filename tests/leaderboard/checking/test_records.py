import gzip

import pytest
from bundles import problems_of, rewrite

from ilbench.runs.folder import load_run
from ilbench.runs.journal_file import PACKED, packed


def records_of(bundle):
    return list(load_run(bundle).records)


def test_a_dropped_episode_is_named(bundle):
    records = records_of(bundle)
    rewrite(bundle, records[:4] + records[5:])
    assert any(f"no record of {records[4].id}" in line for line in problems_of(bundle))


def test_an_episode_twice_is_named_with_both_lines(bundle):
    records = records_of(bundle)
    rewrite(bundle, [*records[:-1], records[0]])
    assert any("gz:16" in line and "it is in line 1" in line for line in problems_of(bundle))


def test_another_order_is_named(bundle):
    rewrite(bundle, records_of(bundle)[::-1])
    assert any("found another order" in line for line in problems_of(bundle))


def test_more_lines_than_episodes_are_not_read(bundle):
    rewrite(bundle, records_of(bundle) * 3)
    assert any("gz:17: found a line, expected 16 lines" in line for line in problems_of(bundle))


def test_an_episode_of_ours_that_failed_has_to_be_played(bundle):
    records = records_of(bundle)
    blank = {"status": "env_error", "reason": "why", "success": None, "terminated": False, "truncated": False}
    rewrite(bundle, [records[0].model_copy(update=blank), *records[1:]])
    assert any("field 'status': found env_error" in line for line in problems_of(bundle))


def test_a_start_that_is_not_that_of_other_runs_is_named(sound, bundle):
    others = [load_run(sound)]
    records = records_of(bundle)
    rewrite(bundle, [records[0].model_copy(update={"initial_digest": "a" * 32}), *records[1:]])
    assert any("as in other runs on the board" in line for line in problems_of(bundle, others=others))


@pytest.mark.parametrize("line", [b"{}\n", b"[]\n", b"nonsense\n", b"[" * 10**5 + b"\n", b'{"digest":1}\n'])
def test_a_line_that_is_no_record_is_named_and_the_others_are_read(bundle, line):
    lines = gzip.decompress((bundle / PACKED).read_bytes()).splitlines(keepends=True)
    (bundle / PACKED).write_bytes(packed(b"".join([lines[0], line, *lines[2:]])))
    found = problems_of(bundle)
    assert any(one.startswith("journal.jsonl.gz:2") for one in found)
    assert sum("no record of" in one for one in found) == 1
