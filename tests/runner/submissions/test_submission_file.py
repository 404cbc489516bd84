"""``submission.toml``: read, or refused in one line that names file, field, what was found and expected."""

from __future__ import annotations

import os
import time

import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.submission_file import MAX_BYTES, check_name, read_submission_file

VALID = 'name = "mine"\nentry = "policy:Policy"\n'


@pytest.fixture
def written(tmp_path):
    """Returns a function that writes the file."""

    def write(content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "submission.toml").write_bytes(data)
        return tmp_path

    return write


def content_of(folder):
    return read_submission_file(folder)[0]


def refusal(folder):
    with pytest.raises(InvalidSubmissionError) as caught:
        read_submission_file(folder)
    return str(caught.value)


# --- what is read


@pytest.mark.parametrize("key", ["license", "licence"])
def test_the_license_is_read_in_both_spellings(written, key):
    assert content_of(written(f'{VALID}{key} = "MIT"\n')).license == "MIT"


def test_a_byte_order_mark_and_lines_of_another_system_are_read(written):
    assert content_of(written(b"\xef\xbb\xbf" + VALID.replace("\n", "\r\n").encode())).name == "mine"


@pytest.mark.parametrize("name", ["π₀ (ours)", "José", "模仿", 'a "b" \\ {c}', "[/red]", "x" * 100])
def test_a_name_may_hold_anything_that_can_be_shown(written, name):
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assert content_of(written(f'name = "{quoted}"\nentry = "policy:Policy"')).name == name


def test_blanks_around_a_text_and_breaks_in_it_are_no_part_of_it(written):
    text = 'name = """\n  my\tpolicy\n"""\nentry = "policy:Policy"'
    assert content_of(written(text)).name == "my policy"


def test_arguments_are_handed_on_as_they_are(written):
    text = 'a = {b = [1, 2.5, {c = "d"}]}\nflag = true\nlast = 9223372036854775807\n'
    assert content_of(written(f"{VALID}[arguments]\n{text}")).arguments == {
        "a": {"b": [1, 2.5, {"c": "d"}]},
        "flag": True,
        "last": 2**63 - 1,
    }


def test_what_a_policy_needs_in_a_sandbox_is_read(written):
    limits = content_of(written(f"{VALID}[limits]\nmemory_gib = 6\nprocesses = 200\n")).limits
    assert (limits.memory_gib, limits.processes, limits.open_files) == (6.0, 200, 512)


def test_a_link_to_a_file_is_read(written, tmp_path):
    (tmp_path / "linked").mkdir()
    (written(VALID) / "linked" / "submission.toml").symlink_to("../submission.toml")
    assert content_of(tmp_path / "linked").name == "mine"


# --- what is not

BAD = [
    ('name = "mine"\n', "field 'entry' is missing; add a line such as: entry = \"policy:Policy\""),
    (VALID + "color = 1\n", "field 'color' is unknown; known: name, entry"),
    ('name = "m"\nentry = "policy.py"\n', "field 'entry': expected an import string, such as"),
    ("name = \n", "not valid TOML: Invalid value (at line 1, column 8)"),
    (
        VALID + 'training_seed = "one"\n',
        "field 'training_seed': Input should be a valid integer, found 'one'",
    ),
    (VALID + "training_seed = true\n", "field 'training_seed': Input should be a valid integer, found True"),
    (VALID + "training_seed = 9223372036854775808\n", "field 'training_seed': "),
    (VALID + f"training_seed = 0x{'f' * 6000}\n", "found a number of 24000 bits"),
    (VALID + f"training_seed = {'9' * 5000}\n", "not valid TOML: Exceeds the limit"),
    (VALID + "width = 8.0\n", "field 'width': Input should be a valid integer, found 8.0"),
    (VALID + "width = nan\n", "field 'width': Input should be a valid integer, found nan"),
    (VALID + 'authors = "me"\n', "field 'authors': Input should be a valid list, found 'me'"),
    (VALID + "authors = [1]\n", "field 'authors.0': Input should be a valid string, found 1"),
    (VALID + "code = []\n", "field 'code': Input should be a valid string, found a list of 0"),
    (VALID + "license = {a.b.c = 1}\n", "field 'license': Input should be a valid string, found a table"),
    (VALID + f"code{'.a' * 900} = 1\n", "field 'code': Input should be a valid string, found a table"),
    (VALID + f'code = "{"x" * 501}"\n', "field 'code': expected at most 500 characters, found 501"),
    (VALID + "arguments = 1\n", "field 'arguments': Input should be a valid dictionary, found 1"),
    (VALID + "arguments.a = [0, nan]\n", "field 'arguments': expected finite numbers, found nan at 'a[1]'"),
    (VALID + "arguments.a.b = -inf\n", "expected finite numbers, found -inf at 'a.b'"),
    (VALID + "arguments.a = 2021-01-01\n", "found a date at 'a'"),
    (VALID + "arguments.a = 9223372036854775808\n", "whole numbers of 64 bits, found a greater one at 'a'"),
    (VALID + f"arguments{'.a' * 40} = 1\n", "expected at most 16 levels, found more at 'a.a"),
    (VALID + f"arguments.a = {'[' * 3000}", "not valid TOML: nested too deep"),
    (
        'name = "\\u001b[31m"\n',
        "field 'name': expected printable text, found the character U+001B at position 1",
    ),
    ('name = "a\\u202eb"\n', "found the character U+202E at position 2"),
    (
        VALID + 'authors = ["\\u0000"]\n',
        "field 'authors.0': expected printable text, found the character U+0000",
    ),
    ('name = "   "\n', "field 'name': expected a text, found none"),
    (f'name = "{"x" * 101}"\n', "field 'name': expected at most 100 characters, found 101"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_a_faulty_file_is_named_with_field_what_was_found_and_expected(written, content, message):
    said = refusal(written(content))
    assert said.startswith(f"{written(content) / 'submission.toml'}: ")
    assert message in said
    assert said.isprintable()
    assert len(said) < 1000


def test_a_file_in_another_encoding_is_named_with_its_line(written):
    content = 'name = "José"\nentry = "policy:Policy"\n'
    assert "submission.toml:1: expected UTF-8, found the byte 0xe9" in refusal(
        written(content.encode("latin-1"))
    )
    assert "submission.toml:1: expected UTF-8, found the byte 0xff" in refusal(
        written(content.encode("utf-16"))
    )


def test_a_file_that_is_too_large_is_not_read_to_its_end(written, tmp_path):
    with (written(VALID) / "submission.toml").open("ab") as file:
        file.truncate(1 << 40)
    assert f"bytes, expected at most {MAX_BYTES}; put large arguments into a file" in refusal(tmp_path)


@pytest.mark.parametrize("bomb", ["{}{} = 1", "[{}{}]", "a = {}{}"])
def test_no_file_of_the_greatest_size_takes_long(written, bomb):
    started = time.process_time()
    refusal(written(bomb.format("a", ".a" * 4000)))
    assert time.process_time() - started < 10


NO_FILES = {
    "expected a regular file, found a pipe": os.mkfifo,
    "expected a regular file, found a folder": os.mkdir,
    "cannot be read (Too many levels of symbolic links)": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("message", NO_FILES)
def test_only_a_file_is_read(tmp_path, message):
    NO_FILES[message](tmp_path / "submission.toml")
    assert message in refusal(tmp_path)


@pytest.mark.parametrize("name", [".", "nowhere", "\0"])
def test_a_folder_without_one_says_what_it_needs(tmp_path, name):
    assert "it has no submission.toml; it needs at least the lines: name = " in refusal(tmp_path / name)


def test_a_path_longer_than_any_is_refused(tmp_path):
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("x" * 5000))


def test_a_name_is_checked_as_the_file_checks_it():
    assert check_name("  my  policy ") == "my policy"
    with pytest.raises(ValueError, match="U\\+0007 at position 3"):
        check_name("my\apolicy")
