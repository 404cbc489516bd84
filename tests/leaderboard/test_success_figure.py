from made_up import row_of

from ilbench.leaderboard.success_figure import success_figure


def test_the_success_figure_draws_each_row_where_its_rate_is(board):
    axes = success_figure(board).axes[0]
    filled = [
        line for line in axes.lines if line.get_marker() == "o" and line.get_markerfacecolor() != "white"
    ]
    rates = [row_of(board, "good").split(task.id).success.value for task in board.tasks]
    assert [line.get_xdata()[0] for line in filled] == rates
