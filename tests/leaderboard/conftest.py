import pytest
from made_up import REGISTRY, board_runs

from ilbench.leaderboard import build


@pytest.fixture(scope="session")
def board():
    """Returns a leaderboard with rows of every kind."""
    return build(board_runs(), REGISTRY)
