from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.errors import CorruptFileError
from ilbench.ledger.boards import Cell, cells_in_order, load_boards

TWO = """
baselines = ["bc-mlp", "diffusion"]

[[board]]
name = "dear"
task = "d3il/pushing-v2"
minutes = 30
seeds = 2

[[board]]
name = "cheap"
task = "d3il/avoiding-v3"
demonstrations = "d3il-human-v1"
minutes = 5
baselines = ["knn"]
"""


def boards(tmp_path, text=TWO):
    path = tmp_path / "ledger.toml"
    path.write_text(text)
    return load_boards(path)


def test_a_board_without_a_list_has_that_of_the_file(tmp_path):
    dear, cheap = boards(tmp_path)
    assert dear.baselines == ("bc-mlp", "diffusion")
    assert cheap.baselines == ("knn",)
    assert (dear.data, cheap.data) == ("its standard demonstrations", "d3il-human-v1")


def test_one_seed_of_everything_comes_first_and_the_cheapest_of_each(tmp_path):
    found = [(cell.seed, cell.board.name, cell.baseline) for cell in cells_in_order(boards(tmp_path))]
    first = [(0, "cheap", "knn"), (0, "dear", "bc-mlp"), (0, "dear", "diffusion")]
    assert found == [
        *first,
        (1, "cheap", "knn"),
        (1, "dear", "bc-mlp"),
        (1, "dear", "diffusion"),
        (2, "cheap", "knn"),
    ]


def test_a_cell_has_a_folder_of_its_own(tmp_path):
    cell = Cell(board=boards(tmp_path)[1], baseline="knn", seed=2)
    assert cell.folder(Path("ledger")) == Path("ledger/cheap/knn/seed-2")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("minutes = 5", "minutes = 0"), r"board\.1\.minutes"),
        (('name = "cheap"', 'name = "../cheap"'), r"board\.1\.name"),
        (("seeds = 2", "seed = 2"), r"board\.0\.seed"),
        (("[[board]]", "[[board"), "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, change, problem):
    with pytest.raises(CorruptFileError, match=problem):
        boards(tmp_path, TWO.replace(*change))


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(CorruptFileError, match=r"ledger\.toml: there is no such file"):
        load_boards(tmp_path / "ledger.toml")
