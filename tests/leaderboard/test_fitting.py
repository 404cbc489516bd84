import pytest

from ilbench.errors import UnknownNameError
from ilbench.leaderboard.fitting import (
    chosen_columns,
    num_kept,
    renamed,
    short_names,
    shown_columns,
    split_columns,
    split_rows,
    transposed,
    with_decimals,
)
from ilbench.leaderboard.tables import Cell, Column, Table, estimate_cell
from ilbench.scores import Estimate

HALF = Estimate(value=0.4496, low=0.4444, high=0.5, n=9, method="Wilson")


def column(title, *texts, **fields):
    return Column(title=title, cells=tuple(Cell(text=text, key=text) for text in texts), **fields)


TABLE = Table(
    title="Ranked",
    columns=(
        column("#", "1", "2"),
        column("submission", "bc", "dp", is_text=True),
        column("a/push-v1", "p1", "p2", note="n = 9"),
        column("a/lift-v1", "l1", "l2"),
        column("seeds", "3", "4", is_optional=True),
    ),
)


def titles(table):
    return [column.title for column in table.columns]


def test_the_columns_up_to_the_names_say_whose_a_row_is():
    assert num_kept(TABLE) == 2
    assert num_kept(transposed(TABLE)) == 1


def test_optional_and_empty_columns_are_not_shown():
    empty = Column(title="empty", cells=(Cell(), Cell()))
    table = Table(title="", columns=(*TABLE.columns, empty))
    assert titles(shown_columns(table)) == ["#", "submission", "a/push-v1", "a/lift-v1"]


def test_a_column_that_is_chosen_is_shown_beside_the_names_even_if_it_is_optional():
    other = Table(title="other", columns=TABLE.columns[1:3])
    (found,) = chosen_columns([TABLE, other], ["seeds"])
    assert titles(shown_columns(found)) == ["submission", "seeds"]


def test_a_column_that_no_table_has_is_an_error_that_names_those_there_are():
    with pytest.raises(UnknownNameError, match="a/lift-v1"):
        chosen_columns([TABLE], ["a/lift-v2"])


@pytest.mark.parametrize(
    ("digits", "text", "interval"),
    [(0, "0", "[0, 0]"), (1, "0.4", "[0.4, 0.5]"), (3, "0.450", "[0.444, 0.500]")],
)
def test_decimals_are_those_of_the_estimate_not_of_its_text(digits, text, interval):
    table = Table(title="", columns=(Column(title="s", cells=(estimate_cell(HALF),)),))
    (cell,) = with_decimals(table, digits).columns[0].cells
    assert (cell.text, cell.interval) == (text, interval)


def test_a_number_without_interval_gets_decimals_and_a_count_does_not():
    cells = (Cell(text="0.12", key=0.1234), Cell(text="3 / 24", key=3.0), Cell(text="3", key=3.0), Cell())
    found = with_decimals(Table(title="", columns=(Column(title="s", cells=cells),)), 3)
    assert [cell.text for cell in found.columns[0].cells] == ["0.123", "3 / 24", "3", "–"]


def test_a_task_is_called_by_as_little_as_tells_it_apart():
    ids = ["a/push-v1", "a/lift-v1", "b/lift-v1", "c/turn-v1", "c/turn-v2"]
    assert list(short_names(ids).values()) == ["push", "a/lift", "b/lift", "turn-v1", "turn-v2"]


def test_headings_have_short_names_and_shifts_no_prefix():
    table = Table(
        title="a/push-v1", columns=(column("a/push-v1"), column("shift/wind-1"), column("gap, shift/b"))
    )
    found = renamed(table, {"a/push-v1": "push"})
    assert titles(found) == ["push", "wind-1", "gap, b"]
    assert found.title == "a/push-v1"


def test_pieces_repeat_the_names_and_have_room():
    pieces = split_columns(TABLE, 32, lambda column: 10, 1)
    assert [titles(piece)[2:] for piece in pieces] == [["a/push-v1"], ["a/lift-v1"], ["seeds"]]
    assert {tuple(titles(piece)[:2]) for piece in pieces} == {("#", "submission")}


def test_rows_are_split_into_pieces_of_a_number():
    first, second = split_rows(TABLE, 1)
    assert [cell.text for cell in first.lines[0]][:2] == ["1", "bc"]
    assert len(first.lines) == len(second.lines) == 1


def test_a_transposed_table_has_a_column_a_submission():
    found = transposed(TABLE)
    assert titles(found) == ["", "bc", "dp"]
    assert [cell.text for cell in found.lines[1]] == ["a/push-v1", "p1", "p2"]
    assert found.lines[1][0].interval == "n = 9"
    assert len(found.lines) == 4
