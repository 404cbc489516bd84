"""Where this project keeps things on a machine."""

from pathlib import Path

import pytest

from ilbench.home import cache_folder


@pytest.mark.parametrize(("said", "folder"), [("/data/ilbench", "/data/ilbench"), ("~/x", Path.home() / "x")])
def test_a_variable_says_where(said, folder, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", said)
    assert cache_folder() == Path(folder)


def test_else_it_is_where_caches_of_a_user_are(monkeypatch):
    monkeypatch.delenv("ILBENCH_HOME", raising=False)
    assert cache_folder() == Path.home() / ".cache" / "ilbench"
