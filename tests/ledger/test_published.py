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


def test_only_numbers_of_the_same_method_and_task_stand_beside(tmp_path):
    found = numbers(tmp_path, ROW.format(spread="") + ROW.format(spread="").replace(",diffusion,", ",beso,"))
    assert [number.baseline for number in numbers_beside(found, "beso", "d3il/avoiding-v3")] == ["beso"]
    assert numbers_beside(found, "beso", "d3il/pushing-v2") == ()
