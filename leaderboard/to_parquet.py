"""The leaderboard as a Parquet file: the data frame of `ilbench.leaderboard.frame`, for other tools."""

from __future__ import annotations

import io

from ilbench.contract.task import installed_version
from ilbench.errors import MissingPackageError
from ilbench.leaderboard.board import Leaderboard


def to_parquet(board: Leaderboard) -> bytes:
    """Returns every score of a board as the bytes of a Parquet file, a line each.

    Raises:
        MissingPackageError: PyArrow is not installed.
    """
    if installed_version("pyarrow") is None:
        raise MissingPackageError("the format 'parquet'", "pyarrow", "analysis")
    target = io.BytesIO()
    board.frame().to_parquet(target, engine="pyarrow", index=False)
    return target.getvalue()
