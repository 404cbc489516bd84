from ilbench.leaderboard.headings import break_title


def test_titles_break_after_slashes_and_dashes():
    assert break_title("navigation/pointmaze-medium-v1", 10) == ["navigation/", "pointmaze-", "medium-v1"]
    assert break_title("gap") == ["gap"]
