import io

import pandas as pd
import pytest

from ilbench.errors import MissingPackageError
from ilbench.leaderboard import to_parquet as module
from ilbench.leaderboard.to_parquet import to_parquet


def test_a_file_holds_the_frame_and_is_the_same_each_time(board):
    content = to_parquet(board)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(content)), board.frame())
    assert to_parquet(board) == content


def test_without_the_package_it_says_how_to_get_it(board, monkeypatch):
    monkeypatch.setattr(module, "installed_version", lambda name: None)
    with pytest.raises(MissingPackageError, match="analysis"):
        to_parquet(board)
