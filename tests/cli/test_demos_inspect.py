"""``ilbench demos inspect`` on demonstrations of the toy task."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.demonstrations import MissingDemonstrationsError, ensure_demonstrations
from ilbench.errors import UsageError
from ilbench.testing.toys import HARBOR


@pytest.fixture(scope="module", autouse=True)
def noisy(tmp_path_factory):
    """The name of a data set beside the standard one, both in a cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        ensure_demonstrations(HARBOR, workers=1)
        yield ensure_demonstrations(HARBOR, count=6, noise=0.3, workers=1).name


def inspect(*options):
    command = ["demos", "inspect", "ilbench.testing.toys:HARBOR", *options]
    answer = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    return answer.output if answer.exception is None else answer.exception


def value(shown, name):
    (line,) = [line for line in shown.splitlines() if line.strip().startswith(name)]
    return line.strip().removeprefix(name).split()[0]


def test_each_number_stands_in_a_line_with_what_it_says():
    shown = inspect()
    assert shown.startswith("toys/harbor-v1: expert-v1")
    assert value(shown, "demonstrations") == "8"
    assert value(shown, "success") == "100.0%"
    assert value(shown, "mode balance") == "1.000"  # four to each shore
    assert "1 is even" in shown


def test_the_json_has_all_numbers():
    found = json.loads(inspect("--json"))
    assert (found["task"], found["demonstrations"]) == (HARBOR.id, "expert-v1")
    assert found["num_demonstrations"] == 8


def test_a_data_set_is_chosen_by_its_name(noisy):
    assert value(inspect("--demonstrations", noisy), "demonstrations") == "6"


def test_coverage_is_shared_out_among_the_sets_that_are_compared(noisy):
    assert "SACo" not in inspect()
    assert 0 < float(value(inspect("--against", noisy), "SACo")) < 1


def test_coarser_bins_make_fewer_states():
    coarse, fine = (json.loads(inspect("--json", "--bins", n))["coverage"]["num_states"] for n in ("2", "50"))
    assert coarse < fine


def test_what_contradicts_itself_or_is_not_there_is_refused(noisy):
    assert isinstance(inspect("--demonstrations", noisy, "--count", "3"), UsageError)
    assert isinstance(inspect("--demonstrations", "no-such-v1"), MissingDemonstrationsError)
