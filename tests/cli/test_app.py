from typer.testing import CliRunner

from ilbench.cli.app import app


def test_the_first_page_is_a_tour_and_lists_options_and_commands():
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "160"}).output
    for word in ("A first tour", "--version", "--traceback", "leaderboard", "power"):
        assert word in shown
