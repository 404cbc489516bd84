import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import UsageError


def power(*arguments):
    return CliRunner().invoke(app, ["power", *map(str, arguments)])


def test_seeds_are_planned_only_where_their_deviation_is_known():
    found = power("--difference", 0.1)
    assert found.exit_code == 0, found.output
    assert "388  different episodes" in found.output
    assert "vary, --seed-deviation" in found.output
    with pytest.raises(UsageError, match="say --seed-deviation"):
        raise power("--difference", 0.1, "--seeds", 5).exception


def test_the_command_shows_contexts_and_seeds():
    found = power("--difference", 0.1, "--seed-deviation", 0.05).output
    assert "training seeds on 100 contexts" in found
    found = power("--difference", 0.1, "--seed-deviation", 0.03, "--seeds", 5, "--repeats", 4).output
    assert "contexts of 5 training seeds × 4 repeats" in found


def test_a_design_tells_what_it_can_see():
    found = power("--contexts", 60, "--repeats", 18, "--within", 0.3, "--seeds", 3, "--seed-deviation", 0.05)
    assert "of two policies on 60 contexts × 18 repeats" in found.output
    assert "of two methods, 3 training seeds each, on 60 contexts" in found.output
    assert max(map(len, found.output.splitlines())) <= 80
    assert "nothing  of two policies on 3 contexts" in power("--contexts", 3).output


def test_without_a_difference_or_a_design_there_is_nothing_to_plan():
    with pytest.raises(UsageError, match="--difference, or what is played"):
        raise power().exception
