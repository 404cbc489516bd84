import csv
import io

from made_up import A

from ilbench.leaderboard import render


def test_csv_has_one_line_a_submission_task_and_split(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert len(lines) == len(board.rows) * 3 * 2
    line = next(x for x in lines if (x["submission"], x["task"], x["split"]) == ("good", A, "test"))
    assert (line["success_rate"], line["success_rate_n"], line["gap"]) == ("0.75", "40", "0.25")
    assert (
        next(x for x in lines if x["submission"] == "none" and x["split"] == "test")["behavior_entropy"] == ""
    )
