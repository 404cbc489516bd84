"""Commands show any name as text: none breaks one, colors it, links from it or ends up as another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hostile import LONG
from typer.testing import CliRunner

import ilbench
from ilbench.cli.app import app
from ilbench.cli.score import print_scores
from ilbench.errors import UsageError
from ilbench.plain_text import one_line, printable_lines
from ilbench.runs.folder import create_run, load_run, seal
from ilbench.runs.known import known_tasks
from ilbench.testing.toys import HARBOR

TASK = "ilbench.testing.toys:HARBOR"
NAMES = (
    "[/red]",
    "[bold]loud[/bold] [link=https://evil.example]here[/link] :smile:",
    "\x1b[2J\x1b]8;;https://evil.example\x07click",
    "line\nbreak \u202etfel\u2066",
    "中文 π₀ $x_$ `code`",
    LONG + "best",
    LONG + "last",
)


def ahead(observation):
    return np.ones(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns a folder with a real run under every name: they are written into its header, as others may."""
    folder = tmp_path_factory.mktemp("runs")
    played = ilbench.run(ahead, task=HARBOR, split="test", contexts=2, nonce="names")
    for number, name in enumerate(NAMES):
        submission = played.header.submission.model_copy(update={"name": name})
        header = played.header.model_copy(update={"submission": submission})
        create_run(folder / str(number), header)
        seal(replace(played, path=folder / str(number), header=header))
    return folder


def shown(*arguments, width="80"):
    answer = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": width})
    assert answer.exception is None, answer.exception
    assert printable_lines(answer.output) == answer.output
    return answer.output


def test_scores_are_under_every_whole_name(folder):
    output = shown("score", folder, "--task", TASK)
    assert [name for name in NAMES if f"{one_line(name)} (custom)" not in output] == []


def test_two_names_are_compared_as_they_are(folder):
    output = shown("compare", folder / "0", folder / "1")
    assert f"A: {NAMES[0]}   B: {NAMES[1]}" in output


def test_the_report_of_a_run_is_under_its_name(folder, capsys):
    print_scores([load_run(folder / "0")], known_tasks([], [TASK]))
    assert capsys.readouterr().out.startswith("[/red] (custom)")


@pytest.mark.parametrize("name", ["bad\udcff", NAMES[2], NAMES[3]])
def test_a_name_that_cannot_be_printed_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(UsageError, match="expected printable text, found the character"):
        ilbench.run(ahead, task=HARBOR, contexts=1, name=name, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
