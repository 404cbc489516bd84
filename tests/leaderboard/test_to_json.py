import json

from made_up import EVIL, A

from ilbench.leaderboard import render


def test_json_holds_the_scores_and_the_name_as_given(board):
    content = json.loads(render(board, "json"))
    assert {EVIL, "good"} <= {r["name"] for r in content["ranked"]}
    good = next(r for r in content["ranked"] if r["name"] == "good")
    assert good["scores"][A]["splits"]["test"]["success"]["value"] == 0.75
