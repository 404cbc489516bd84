"""Fixtures of the front door: a working directory of one's own, runs, a submission."""

from __future__ import annotations

from pathlib import Path

import pytest
from drifting import GUESTS, play


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(GUESTS))


@pytest.fixture(scope="package")
def wanderings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GUESTS))
        patch.chdir(GUESTS)
        return play("manners:Wanderer", out=tmp_path_factory.mktemp("runs") / "wanderer")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A submission, which is also the working directory."""
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    Path("submission.toml").write_text('name = "mine"\nentry = "policy:act"\n')
    Path("policy.py").write_text("def act(observation):\n    return [0.0, 0.008]\n")
    return tmp_path / "mine"
