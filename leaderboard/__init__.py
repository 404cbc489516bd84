"""The leaderboard: from run folders to tables, figures and a page."""

if __name__ != "ilbench.leaderboard":
    raise ImportError("import this package as ilbench.leaderboard")
