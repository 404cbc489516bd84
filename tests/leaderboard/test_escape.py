import pytest

from ilbench.leaderboard.escape import escape_csv, escape_html, escape_latex, escape_markdown, plain


def test_plain_text_has_no_control_characters_and_an_end():
    assert plain("a\n\x1b[0m\u202eb\u2028c") == "a\ufffd\ufffd[0m\ufffdb\ufffdc"
    assert plain("two words") == "two words"
    assert len(plain("x" * 999)) == 48


@pytest.mark.parametrize(
    ("escape", "text", "escaped"),
    [
        (escape_html, "<a href='x'>&", "&lt;a href=&#x27;x&#x27;&gt;&amp;"),
        (escape_markdown, "[a](b)|<i>_*`", "\\[a\\](b)\\|&lt;i&gt;\\_\\*\\`"),
        (escape_latex, "\\input{x}_%π", r"\textbackslash{}input\{x\}\_\%\ensuremath{\pi}"),
        (escape_csv, "=1+1", "'=1+1"),
        (escape_csv, "safe", "safe"),
    ],
)
def test_escapes(escape, text, escaped):
    assert escape(text) == escaped
