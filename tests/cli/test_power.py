import pytest

from ilbench.cli.power import power
from ilbench.errors import UsageError


def test_seeds_are_planned_only_where_their_deviation_is_known(capsys):
    power(
        difference=0.1,
        rate=0.5,
        wanted=0.8,
        significance=0.05,
        correlation=0,
        comparisons=1,
        seed_deviation=None,
        episodes=100,
        seeds=None,
    )
    assert "say how much their rates vary, --seed-deviation" in capsys.readouterr().out
    with pytest.raises(UsageError, match="say --seed-deviation"):
        power(
            difference=0.1,
            rate=0.5,
            wanted=0.8,
            significance=0.05,
            correlation=0,
            comparisons=1,
            seed_deviation=None,
            episodes=100,
            seeds=5,
        )
