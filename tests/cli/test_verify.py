from __future__ import annotations

import pytest

from ilbench.cli.verify import verify


def test_what_was_compared_is_said_with_the_number_of_episodes(capsys):
    with pytest.raises(SystemExit) as end:
        verify("random", ["d3il/avoiding-v2"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert shown.startswith("same       d3il/avoiding-v2, 8 episodes each  1 × 1:")
    assert "killed at" in shown
