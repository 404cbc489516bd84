import io

from ilbench.cli.progress import ProgressBar


def test_without_a_terminal_the_last_unit_prints_a_plain_line(capsys):
    with ProgressBar("work", 2, "units") as bar:
        bar.advance()
        assert capsys.readouterr().err == ""
        bar.advance("done")
    assert capsys.readouterr().err.startswith("work: 2/2, ")


def test_a_total_may_become_known_later(capsys):
    with ProgressBar("work", 0, "units") as bar:
        bar.show_of(3, 3, "all")
    assert "work: 3/3" in capsys.readouterr().err


def test_a_bar_on_a_terminal_shows_a_label_as_text(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "160")
    with ProgressBar("[/red]\x1b[2J" + "x" * 1000, 2, "units") as bar:
        bar.advance("[/bold]")
    shown = terminal.getvalue()
    assert "[/red][2J" in shown
    assert "[/bold]" in shown
    assert "\x1b[2J" not in shown
