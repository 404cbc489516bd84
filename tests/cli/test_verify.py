from __future__ import annotations

import pytest
import served

from ilbench.cli.verify import verify
from ilbench.runner.hosts.remote import RefusedByServerError

TOY = ["ilbench.testing.toys:HARBOR"]


def test_what_was_compared_is_said_with_the_number_of_episodes(capsys):
    with pytest.raises(SystemExit) as end:
        verify("random", ["d3il/avoiding-v3"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert shown.startswith("same       d3il/avoiding-v3, 8 episodes each  1 × 1:")
    assert "killed at" in shown


@pytest.mark.slow  # four runs
def test_what_a_server_serves_is_verified_with_its_token_alone(tmp_path, capsys):
    (tmp_path / "token").write_text("secret")
    offer = served.offer_of(token="secret", num_connections=9)
    with served.serving(offer) as server:
        with pytest.raises(SystemExit) as end:
            verify(f"remote:{server.address}", TOY, token_file=tmp_path / "token", reconnect_s=5.0)
        with pytest.raises(RefusedByServerError, match="token"):
            verify(f"remote:{server.address}", TOY)
    assert (end.value.code, "same" in capsys.readouterr().out) == (0, True)
