import pytest
from made_up import REGISTRY, B, N, make_run

from ilbench.leaderboard import build, save_figures
from ilbench.leaderboard.amount_figure import amount_figure


def test_success_over_the_amount_of_data_joins_submissions_that_are_named_by_it(tmp_path):
    runs = [make_run(f"clone, {amount} levels", {B: k}) for amount, k in ((50, 9), (10, 4), (200, 15))]
    board = build([*runs, make_run("clone", {B: 1})], REGISTRY)
    (panel,) = amount_figure(board).axes
    held_out, on_train = [line for line in panel.get_lines() if len(line.get_xdata()) > 1]
    assert list(held_out.get_xdata()) == list(on_train.get_xdata()) == [10, 50, 200]
    assert list(held_out.get_ydata()) == [4 / N, 9 / N, 15 / N]
    assert panel.get_xlabel() == "number of training levels"
    assert "amount.svg" in [path.name for path in save_figures(board, tmp_path, ["svg"])]


def test_without_two_amounts_of_one_policy_there_is_no_figure_of_them():
    runs = [make_run("clone, 10 levels", {B: 4}), make_run("other, 50 levels", {B: 4})]
    assert amount_figure(build(runs, REGISTRY)) is None


@pytest.mark.parametrize("amount", ["0", "9" * 13, "9" * 5000, "٣٣", "-1"])
def test_what_no_axis_can_show_is_no_amount(amount):
    runs = [make_run(name, {B: 4}) for name in ("clone, 10 levels", f"clone, {amount} levels")]
    assert amount_figure(build(runs, REGISTRY)) is None
