from hostile import NAMES

from ilbench.cli.console import LINE_CHARACTERS, WIDTH_WITHOUT_TERMINAL, help_text, say, say_all, wide_console
from ilbench.plain_text import printable, printable_lines


def test_a_table_has_room_where_there_is_no_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert wide_console().width == WIDTH_WITHOUT_TERMINAL


def test_whatever_is_said_is_one_line_that_no_terminal_obeys(capsys):
    for name in NAMES:
        say(name)
    assert capsys.readouterr().out.splitlines() == [printable(name, LINE_CHARACTERS) for name in NAMES]


def test_an_aside_goes_to_standard_error(capsys):
    say("a  b", is_aside=True)
    say_all("c\n\x1bd\n", is_aside=True)
    assert capsys.readouterr() == ("", "a  b\nc\nd\n")


def test_a_text_of_many_lines_keeps_them_and_ends_once(capsys):
    say_all("a\n\tb\x1b[2J\n")
    assert capsys.readouterr().out == printable_lines("a\n\tb\x1b[2J\n")


def test_a_summary_of_others_is_text_in_the_help():
    assert help_text("[/red] of [TASK]") == "\\[/red] of [TASK]"
