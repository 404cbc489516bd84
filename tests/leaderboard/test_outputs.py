import pytest
from made_up import REGISTRY, A, B, make_run

from ilbench.errors import UnknownNameError, UsageError
from ilbench.leaderboard import build, render
from ilbench.leaderboard.outputs import OUTPUTS, as_text, find_output, save


@pytest.mark.parametrize("format", [output.name for output in OUTPUTS if output.is_text])
def test_the_same_runs_give_the_same_bytes_whatever_their_order(format):
    runs = [make_run("x", {A: 5, B: 9}, seed=s) for s in range(3)] + [make_run("y", {A: 6, B: 2})]
    first = render(build(runs, REGISTRY), format)
    assert render(build(runs[::-1], REGISTRY), format) == first


def test_an_unknown_format_is_named(board):
    with pytest.raises(UnknownNameError, match="no leaderboard format named 'tex'"):
        render(board, "tex")


@pytest.mark.parametrize("format", [output.name for output in OUTPUTS if output.is_text])
def test_every_format_shows_every_row(board, format):
    text = render(board, format)
    assert all(name in text for name in ("good", "fair", "oracle", "hasty", "none"))


@pytest.mark.parametrize(("name", "options"), [("eee", {}), ("hf", {"dataset": "lab/x"}), ("parquet", {})])
def test_a_folder_or_a_file_is_saved_and_no_text(board, tmp_path, name, options):
    rendered = find_output(name).of(board, **options)
    save(rendered, tmp_path / "out")
    assert (tmp_path / "out").is_file() == (name == "parquet")
    with pytest.raises(UsageError, match="say where with --out"):
        as_text(rendered)


def test_a_folder_that_holds_something_is_not_written_into(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="is not an empty folder"):
        save({"a": "b"}, tmp_path)
