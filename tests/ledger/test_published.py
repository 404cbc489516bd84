from __future__ import annotations

import pytest

from ilbench.errors import CorruptFileError
from ilbench.ledger.published import load_published_numbers, numbers_beside

HEAD = "method,baseline,task,demonstrations,protocol,value,spread,n,unit,source,comparable,reason\n"
ROW = (
    "DDPM,diffusion,d3il/avoiding-v3,d3il-human-v1,late,0.94,{spread},6 seeds,success,A paper,yes,the same\n"
)


def numbers(tmp_path, text):
    path = tmp_path / "published.csv"
    path.write_text(HEAD + text)
    return load_published_numbers(path)


def test_a_number_without_spread_has_none(tmp_path):
    without, with_one = numbers(tmp_path, ROW.format(spread="") + ROW.format(spread="0.02"))
    assert (without.value, without.spread, with_one.spread) == (0.94, None, 0.02)


def test_a_wrong_row_is_named_by_line_and_column(tmp_path):
    with pytest.raises(CorruptFileError, match=r"csv:3: field 'spread'"):
        numbers(tmp_path, ROW.format(spread="") + ROW.format(spread="much"))


def test_a_row_without_a_source_is_refused(tmp_path):
    with pytest.raises(CorruptFileError, match="source"):
        numbers(tmp_path, ROW.format(spread="").replace("A paper", ""))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("comparable,reason\n", "comparable\n"),
            r"csv:1: expected the columns method,baseline.*reason, found",
        ),
        (("yes,the same", "yes,the same,twice"), r"csv:2: expected 12 columns, found 13"),
        (("0.94", "94 %"), r"csv:2: field 'value': .*number.*found '94 %'"),
        (("0.94", "nan"), r"csv:2: field 'value': .*finite"),
        (("yes", "maybe"), r"csv:2: field 'comparable': Input should be 'yes' or 'no', found 'maybe'"),
        (("A paper", '"A paper'), "is not CSV in UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_was_expected(tmp_path, change, problem):
    path = tmp_path / "published.csv"
    path.write_text((HEAD + ROW.format(spread="")).replace(*change))
    with pytest.raises(CorruptFileError, match=problem):
        load_published_numbers(path)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(CorruptFileError, match="there is no such file; expected a table of method,baseline"):
        load_published_numbers(tmp_path / "published.csv")


def test_only_numbers_of_the_same_method_and_task_stand_beside(tmp_path):
    found = numbers(tmp_path, ROW.format(spread="") + ROW.format(spread="").replace(",diffusion,", ",beso,"))
    assert [number.baseline for number in numbers_beside(found, "beso", "d3il/avoiding-v3")] == ["beso"]
    assert numbers_beside(found, "beso", "d3il/pushing-v2") == ()
