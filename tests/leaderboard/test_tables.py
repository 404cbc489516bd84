from made_up import REGISTRY, A, N, make_run, record

from ilbench.leaderboard import build, render
from ilbench.leaderboard.tables import number
from ilbench.runs.folder import Run
from ilbench.runs.plan import Block


def test_shifts_have_a_table_of_their_own():
    run = make_run("x", {A: 15})
    block = Block(task=A, split="shift/far", num_contexts=N, num_repeats=1)
    header = run.header.model_copy(update={"plan": (*run.header.plan, block)})
    shifted = tuple(
        record(context, context < 5, task=A, split="shift/far", env_seed=1) for context in range(N)
    )
    board = build([Run(path=run.path, header=header, records=run.records + shifted)], REGISTRY)
    assert board.ranked[0].scores[A].gap("shift/far").gap.value == 0.75
    assert f"## {A}, shifts" in render(board, "md")
    assert render(board, "md").endswith("\n")


def test_a_rounded_zero_has_no_minus():
    assert number(-0.001) == "0.00"
    assert number(-0.001, signed=True) == "+0.00"
    assert number(0.1, signed=True) == "+0.10"
