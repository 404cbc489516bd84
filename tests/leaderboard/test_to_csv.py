import csv
import io

from made_up import A

from ilbench.leaderboard import render


def test_csv_has_one_line_a_submission_task_and_split(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert len(lines) == len(board.rows) * (1 + len(board.suites) + 3 * 2)
    line = next(x for x in lines if (x["submission"], x["task"], x["split"]) == ("good", A, "test"))
    assert (line["success_rate"], line["success_rate_n"], line["gap"]) == ("0.75", "40", "0.25")
    assert (
        next(x for x in lines if x["submission"] == "none" and x["split"] == "test")["behavior_entropy"] == ""
    )


def test_a_line_of_scope_board_holds_the_three_scores_and_what_stands_beside_them(board):
    lines = csv.DictReader(io.StringIO(render(board, "csv")))
    line = next(x for x in lines if (x["submission"], x["scope"]) == ("good", "board"))
    assert (line["rank"], line["mean_success"], line["mean_generalization"]) == ("1", "0.75", "0.75")
    assert (line["diversity_rank_low"], line["modes"], line["verification"]) == ("1", "4", "claimed")
    assert (line["task"], line["success_rate"]) == ("", "")
