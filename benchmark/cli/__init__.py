"""The command line: the only place that composes tasks, baselines and leaderboard."""
