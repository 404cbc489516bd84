import shutil
from pathlib import Path

from ilbench.checks.published import as_published
from ilbench.leaderboard.given import build_of_given
from ilbench.runs.attestation import Attestation, Replays, add_attestation, what_is_spoken_of
from ilbench.runs.folder import load_run

RESULTS = Path(__file__).parents[2] / "results"


def test_a_declared_board_is_found_and_its_records_are_compared_with_the_ledger():
    board = build_of_given([RESULTS / "adroit-door" / "random", RESULTS / "manipulation"], as_published)
    assert (board.board.name, board.board.preset) == ("manipulation", "standard")
    assert {row.evidence.level for row in board.rows} == {"as published"}
    (remark,) = board.remarks
    assert remark == (
        "1 more run has no task of this board: those of adroit/door-v1 on no board: give their folders alone."
    )


def test_tasks_and_presets_that_are_asked_for_make_a_board_of_their_own():
    task = "robosuite/lift-v2"
    board = build_of_given(RESULTS / "manipulation" / "random", as_published, None, "standard", [task])
    assert (board.board.name, board.board.preset, board.board.tasks) == ("", "standard", (task,))


def test_what_a_named_verifier_attests_takes_a_run_up_the_ladder(tmp_path):
    run = load_run(shutil.copytree(RESULTS / "manipulation" / "random", tmp_path / "random"))
    header, records = what_is_spoken_of(run)
    replays = Replays(num_replayed=3, num_recorded=len(run.records))
    said = {"at": "2026", "command": "c", "seed_hash": "s", "replays": replays, "verifier": "Jane Doe"}
    add_attestation(run, Attestation(header=header, records=records, **said))
    (row,) = build_of_given(run.path, as_published, None, "standard").rows
    assert row.verification == "recomputed"
    (tmp_path / "verifiers.toml").write_text('[verifiers."Jane Doe"]\n')
    (row,) = build_of_given(run.path, as_published, None, "standard").rows
    assert (row.verification, row.evidence.by) == ("spot-replayed", "Jane Doe")
