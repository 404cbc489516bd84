import pytest
from made_up import REGISTRY, A, make_run, make_task, record

from ilbench.contract.registry import Registry
from ilbench.leaderboard import build
from ilbench.leaderboard.admission import find_conditions, why_unranked
from ilbench.runs.folder import Run
from ilbench.runs.verifiers import Trusted


def without_last(run):
    return Run(path=run.path, header=run.header, records=run.records[:-1])


def with_env_error(run):
    last = run.records[-1]
    broken = record(last.context, False, task=last.task, split=last.split, status="env_error")
    return Run(path=run.path, header=run.header, records=(*run.records[:-1], broken))


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (make_run("x", {A: 1}, preset="smoke"), "preset smoke, only full is ranked"),
        (without_last(make_run("x", {A: 1})), "incomplete"),
        (with_env_error(make_run("x", {A: 1})), "1 episode ended in an environment error"),
        (make_run("x", {A: 1}, protocol="0"), "protocol 0, the board knows 1 and 2"),
        (
            make_run("x", {A: 1}, spec="b" * 32),
            f"{A} was run under the spec bbbbbbbb, the board has {REGISTRY[A].spec_digest()[:8]}",
        ),
    ],
)
def test_a_run_that_is_not_publishable_is_listed_with_the_reason(run, reason):
    others = [make_run("y", {A: 2}), make_run("z", {A: 3})]
    board = build([run, *others], REGISTRY)
    assert [(r.name, r.rank, r.unranked_reason) for r in board.unranked] == [("x", None, reason)]
    assert len(board.ranked) == 2


def test_a_run_that_a_verifier_refuted_is_not_ranked_and_says_by_whom():
    run, other = make_run("x", {A: 9}), make_run("y", {A: 2})
    found = Trusted(rung="refuted", by="Jane Doe", at="2026-11-30T09:00:00", because="success, length")
    board = build([run, other], REGISTRY, attested={run.path: found})
    assert [row.name for row in board.ranked] == ["y"]
    assert board.unranked[0].unranked_reason == "refuted by Jane Doe, 2026-11-30: success, length"


def test_another_preset_is_ranked_where_it_is_asked_for():
    runs = [make_run("x", {A: 1}, preset="standard"), make_run("y", {A: 1})]
    board = build(runs, REGISTRY, preset="standard")
    assert [row.name for row in board.ranked] == ["x"]
    assert [row.unranked_reason for row in board.unranked] == ["preset full, only standard is ranked"]


def test_a_full_run_that_lacks_test_episodes_of_the_preset_is_unranked():
    run = make_run("x", {A: 5})
    plan = tuple(block for block in run.header.plan if block.split == "train")
    header = run.header.model_copy(update={"plan": plan})
    train = tuple(record for record in run.records if record.split == "train")
    board = build([Run(path=run.path, header=header, records=train)], REGISTRY)
    assert board.unranked[0].unranked_reason == f"{A} lacks 20 of the 20 test episodes of full"
    assert board.unranked[0].mean_success is None


def with_header(run, **changes):
    return Run(path=run.path, header=run.header.model_copy(update=changes), records=run.records)


def simulated(version):
    """A task of a simulator, and a run of it that says with which version it was made."""
    tasks = Registry([make_task(A, 4, packages=("no-such-simulator",))])
    packages = {} if version is None else {"no-such-simulator": version}
    return tasks, with_header(make_run("x", {A: 1}), packages=packages)


def test_a_spec_that_the_task_does_not_have_is_not_ranked_even_where_all_runs_claim_it():
    (row,) = build([make_run("x", {A: 20}, spec="b" * 32)], REGISTRY).unranked
    own = REGISTRY[A].spec_digest()[:8]
    assert row.unranked_reason == f"{A} is said to have the spec bbbbbbbb, and has {own} with these packages"


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.0", "no-such-simulator 1.0, the board has 2.0"),
        (None, "it does not say which version of no-such-simulator it was run with"),
        ("2.0", None),
    ],
)
def test_a_run_of_another_simulator_than_the_boards_is_not_ranked(version, reason):
    tasks, run = simulated(version)
    others = [Run(path=r.path, header=r.header, records=r.records) for _, r in (simulated("2.0"),) * 2]
    conditions = find_conditions([run, *others], tasks)
    assert why_unranked(run, tasks, conditions) == reason
