from __future__ import annotations

import pytest

from ilbench.cli.verify import verify
from ilbench.cli.verify_run import command_line, show
from ilbench.errors import UsageError
from ilbench.runs.attestation import Attestation, FreshFinding, Rate, Replays

RATE = Rate(value=0.5, low=0.4, high=0.6, num_contexts=100, num_episodes=100)
FRESH = FreshFinding(
    task="t/a-v1",
    public=RATE,
    fresh=RATE,
    loss=0.3,
    low=0.2,
    high=0.4,
    sure_loss=0.1,
    verdict="differs",
    contexts="c",
    records="r",
)


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def shown(capsys, **of):
    of = {"header": "h", "records": "r", "at": "2026", "command": "c", "seed_hash": "s", **of}
    show(Attestation(**of))
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("given", [["--seed", "abc"], ["--seed=abc"]])
def test_the_seed_is_in_no_command_that_is_kept(given):
    kept = command_line(["verify", "runs/x", *given, "--fresh", "9"])
    assert "abc" not in kept
    assert kept.startswith("ilbench verify runs/x --seed")
    assert kept.endswith("SECRET --fresh 9")


def test_replays_are_shown_with_what_they_would_have_missed(capsys):
    replays = Replays(num_replayed=20, num_recorded=100, found_out_from=0.13)
    said = shown(capsys, replays=replays, submission="abcdef")
    assert "20 of 100 episodes; a run with a share of changed episodes passes with probability" in said
    assert "0.8 at 1%, 0.32 at 5%" in said
    assert said.endswith("this run is spot-replayed")


def test_what_differs_is_shown_line_by_line(capsys):
    replays = Replays(num_replayed=9, num_recorded=9, differing=("t:test:0:0: length 3, replayed 4",))
    said = shown(capsys, problems=("one lacks",), replays=replays, fresh=(FRESH,), drift=("mujoco",))
    assert said.count("DIFFERS") == 4
    assert "t:test:0:0: length 3, replayed 4" in said
    assert "loss of +0.300 [+0.200, +0.400]" in said
    assert said.endswith("this run is refuted")


def test_tasks_without_fresh_contexts_are_named_with_the_reason(capsys):
    assert "fresh, t/b-v1 none: one start" in shown(capsys, without_fresh={"t/b-v1": "one start"})


@pytest.mark.parametrize("how", [{"everything": True}, {"fresh": 3}, {"attest": "J"}, {"seed": "s"}])
def test_what_is_about_a_run_is_refused_of_a_submission(how):
    with pytest.raises(UsageError, match="random is no run folder"):
        verify("random", **how)
