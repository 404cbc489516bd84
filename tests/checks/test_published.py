"""Digests of records: what changes them, what does not, and the ledger that holds them."""

from dataclasses import replace

import pytest

from ilbench.checks.published import (
    LEDGER,
    as_published,
    compare_digests,
    digests_below,
    load_published,
    save_published,
)
from ilbench.errors import CorruptFileError
from ilbench.runs.records_digest import records_digest
from ilbench.testing.records import make_records, make_run

RUN = make_run(make_records((1, 0, 1)))


def test_every_run_gets_a_verdict():
    found = {
        name: records_digest(make_run(make_records(s)))
        for name, s in {"a": (1,), "b": (0,), "c": (1, 1)}.items()
    }
    published = {"a": found["a"], "b": found["c"], "d": found["a"]}
    assert compare_digests(found, published) == {
        "a": "as published",
        "b": "changed",
        "c": "not in the ledger",
        "d": "missing",
    }


def test_a_ledger_comes_back_as_it_was_written(tmp_path):
    digests = digests_below(RUN.path.parent, [RUN])
    save_published(tmp_path / "records.json", digests)
    assert load_published(tmp_path / "records.json") == digests
    assert set(digests) == {RUN.path.name}


def test_a_file_that_is_no_ledger_is_named_with_its_field(tmp_path):
    (tmp_path / "records.json").write_text('{"a": {"digest": 1, "num_records": 2}}')
    with pytest.raises(CorruptFileError, match=r"records\.json: field 'a\.digest'"):
        load_published(tmp_path / "records.json")


def test_each_run_is_compared_with_the_nearest_ledger_that_names_it(tmp_path):
    runs = [
        replace(make_run(make_records(found)), path=tmp_path / "runs" / str(found))
        for found in ((1, 0), (0, 1), (1, 1))
    ]
    digests = digests_below(tmp_path, runs[:2])
    forged = {f"runs/{(0, 1)}": digests[f"runs/{(1, 0)}"]}
    save_published(tmp_path / LEDGER, {**digests, **forged})
    assert as_published(runs) == {runs[0].path: True, runs[1].path: False}


def test_a_file_that_is_no_ledger_and_a_run_without_one_say_nothing(tmp_path):
    run = replace(RUN, path=tmp_path / "runs" / "x")
    assert as_published([run]) == {}
    (tmp_path / LEDGER).write_text("[]")
    assert as_published([run]) == {}
