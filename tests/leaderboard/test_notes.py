"""Footnotes: those of the measures shown, and no others."""

from dataclasses import replace

from made_up import REGISTRY, A, B, make_run, record

from ilbench.leaderboard import build
from ilbench.leaderboard.notes import notes
from ilbench.runs.attempts import Attempt, History
from ilbench.runs.submission_info import Served
from ilbench.runs.verifiers import Trusted
from ilbench.scores.measures import ENTROPY, GAP, SUCCESS


def test_every_measure_on_the_board_is_explained(board):
    text = " ".join(notes(board))
    assert all(measure.note in text for measure in (SUCCESS, GAP, ENTROPY))


def test_without_modes_entropy_is_not_explained():
    board = build([make_run("x", {B: 5})], REGISTRY)
    assert ENTROPY.note not in notes(board)


def test_few_training_seeds_are_said_to_be_few(board):
    assert any("With fewer than 5 training seeds it is wide" in note for note in notes(board))


def test_a_reference_is_explained_only_where_there_is_one(board):
    alone = build([make_run("x", {B: 5})], REGISTRY)
    assert sum("References" in note for note in notes(board)) == 1
    assert not any("References" in note for note in notes(alone))


def test_who_took_a_row_where_it_stands_is_named_and_what_counts_nothing_too():
    run = make_run("x", {A: 3})
    found = Trusted(
        rung="re-run", by="Jane Doe", at="2026-11-30T09", because="all", ignored=("J, 2026: why",)
    )
    said = notes(build([run], REGISTRY, attested={run.path: found}))
    assert "x: re-run, by Jane Doe, 2026-11-30: all." in said
    assert "x: an attestation counts nothing: J, 2026: why." in said


def test_that_what_verifiers_said_cannot_be_read_is_told_loudly_with_the_file():
    run = make_run("x", {A: 3})
    found = Trusted(rung="claimed", because="runs/x/attestations.json is no JSON")
    (said,) = [note for note in notes(build([run], REGISTRY, attested={run.path: found})) if note[:2] == "x "]
    assert said.startswith("x is not believed beyond its claim: ")
    assert said.endswith("may refute it: runs/x/attestations.json is no JSON.")


def test_a_sandbox_and_a_server_are_told_of_a_row():
    run = make_run("x", {A: 3})
    told = {"sandbox": "bwrap", "served": Served(wire="openpi", seeded=False)}
    said = notes(build([replace(run, header=run.header.model_copy(update=told))], REGISTRY))
    assert "x: its policy was kept in a sandbox: bwrap." in said
    assert "x: its policy was on a server: wire openpi, without seeds." in said
    assert not [note for note in notes(build([run], REGISTRY)) if note.startswith("x: its policy")]


def test_a_row_whose_episodes_were_played_again_is_visible_as_such():
    run = make_run("often\x1b[31m", {A: 5})
    failed = record(0, task=A, status="env_error", reason="why")
    again = Attempt(**failed.id._asdict(), status="env_error", reason="why")
    played = replace(run, history=History(num_starts=4, attempts=(again,)))
    line = "often[31m: 1 episode was played more than once: 1 env_error; 4 starts."
    assert notes(build([played], REGISTRY))[-1] == line
    assert not [note for note in notes(build([run], REGISTRY)) if "more than once" in note]
