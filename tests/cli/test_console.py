from ilbench.cli.console import WIDTH_WITHOUT_TERMINAL, wide_console


def test_a_table_has_room_where_there_is_no_terminal():
    assert wide_console().width == WIDTH_WITHOUT_TERMINAL
