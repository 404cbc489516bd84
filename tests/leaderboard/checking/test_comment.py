from dataclasses import replace

import pytest
from bundles import TASK, made_bundle, repacked
from markdown_it import MarkdownIt

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build
from ilbench.leaderboard.checking.check import check_bundle
from ilbench.leaderboard.checking.comment import comment
from ilbench.runs.folder import load_run

WON = {"success": True, "terminated": True, "truncated": False, "mode": 1}


@pytest.fixture
def boards(sound, tmp_path):
    """Returns the check of a bundle that is better than another, and the board without and with it."""
    run, registry = load_run(sound), load_registry()
    records = [record.model_copy(update=WON) for record in run.records]
    check = check_bundle(repacked(sound, tmp_path, records=records), registry)
    named = run.header.submission.model_copy(update={"name": "b"})
    other = replace(run, header=run.header.model_copy(update={"submission": named}))
    sides = [other], [other, check.run]
    return check, *(build(runs, registry, preset="smoke", tasks=[TASK]) for runs in sides)


def test_a_comment_shows_the_row_its_place_and_its_neighbors(boards):
    text = comment([boards[0]], *boards[1:])
    assert "Before: not on the board. With this bundle: **rank 1**. Verification: 1 recomputed" in text
    assert "| straight ahead |" in text
    assert "| b |" in text


def test_a_comment_says_what_the_submission_says_and_every_problem(boards):
    check, *_ = boards
    text = comment([check], *boards[1:])
    assert "- license: MIT" in text
    assert text.count("\n- ") >= len(check.problems)


def test_a_bundle_that_cannot_be_read_has_no_row(tmp_path):
    text = comment([check_bundle(tmp_path, load_registry())], None, None)
    assert "There is no row to show" in text


def test_what_others_wrote_is_no_markup(tmp_path):
    toml = 'name = "<b>[x](http://evil)</b>"\nentry = "policy:act"\nauthors = ["http://evil", "*A*"]\n'
    check = check_bundle(made_bundle(tmp_path, toml), load_registry())
    board = build([check.run], load_registry(), preset="smoke")
    read = MarkdownIt("commonmark", {"html": True}).enable("table").parse(comment([check], None, board))
    kinds = {inner.type for token in read for inner in token.children or []}
    assert not kinds & {"link_open", "em_open", "code_inline", "image"}
