from dataclasses import replace
from pathlib import Path

import pytest
from made_up import A, make_run, record

from ilbench.leaderboard.evidence import SIGNS, find_evidence, own_rung
from ilbench.runs.attempts import Attempt, History
from ilbench.runs.attestation import RUNGS
from ilbench.runs.submission_info import Served
from ilbench.runs.verifiers import Trusted


def lying(folder, **changes):
    """Returns a run that lies in a folder."""
    return replace(make_run("x", {A: 3}, **changes), path=folder)


@pytest.mark.parametrize(
    ("protocol", "num_starts", "published", "level"),
    [
        ("2", 0, None, "sealed"),
        ("2", 1, None, "sealed, logged"),
        ("1", 1, None, "lines sealed"),
        ("1", 0, True, "as published"),
        ("2", 1, False, "changed"),
    ],
)
def test_the_level_is_what_the_folder_shows(tmp_path, protocol, num_starts, published, level):
    run = replace(lying(tmp_path, protocol=protocol), history=History(num_starts=num_starts))
    ledger = {} if published is None else {tmp_path: published}
    assert find_evidence([run], ledger, {}).level == level


@pytest.mark.parametrize("path", [Path("runs/x"), Path("x" * 300), Path("a\0b")])
def test_a_run_without_a_folder_is_in_memory(path):
    assert find_evidence([lying(path)], {}, {}).level == "in memory"


def test_a_row_has_the_least_of_its_runs_and_all_that_was_played_again(tmp_path):
    again = Attempt(**record(0, task=A).id._asdict(), status="env_error", reason="why")
    runs = [lying(tmp_path), replace(lying(Path("runs/x")), history=History(attempts=(again, again)))]
    found = find_evidence(runs, {tmp_path: True}, {})
    assert (found.level, found.num_replayed) == ("in memory", 1)


@pytest.mark.parametrize(
    ("level", "rung"),
    [
        ("in memory", "claimed"),
        ("changed", "claimed"),
        ("sealed", "recomputed"),
        ("as published", "recomputed"),
    ],
)
def test_records_that_lie_in_a_folder_as_they_were_written_are_recomputed(level, rung):
    assert own_rung(level) == rung


def test_a_row_stands_on_the_least_rung_of_its_runs(tmp_path):
    high = Trusted(rung="re-run", by="Jane Doe", at="2026-11-30", because="80 of 80 episodes replayed")
    low = Trusted(rung="spot-replayed", by="Ann Other", at="2026-11-29", because="8 of 80 episodes replayed")
    runs = [lying(tmp_path / "a"), lying(tmp_path / "b")]
    found = find_evidence(runs, {}, {runs[0].path: high, runs[1].path: low})
    assert (found.rung, found.by, found.at) == ("spot-replayed", "Ann Other", "2026-11-29")


def test_where_the_runs_of_a_row_were_played_is_told_of_all_of_them(tmp_path):
    told = Served(wire="openpi", seeded=False)
    runs = [lying(tmp_path) for _ in range(3)]
    changed = ({"sandbox": "bwrap"}, {"served": told}, {"served": told})
    runs = [
        replace(run, header=run.header.model_copy(update=to)) for run, to in zip(runs, changed, strict=True)
    ]
    found = find_evidence(runs, {}, {})
    assert (found.sandbox, found.server) == ("bwrap, none", told.in_words())


def test_every_rung_has_its_sign():
    assert list(SIGNS) == list(RUNGS)
