"""The code behind an import string: which files its digest covers."""

from __future__ import annotations

import functools
import importlib
import os
import sys

import pytest

from ilbench.digest import text_digest
from ilbench.errors import InvalidSubmissionError
from ilbench.importing import load_object
from ilbench.runner.submissions.sources import source_digest

FILES = {
    "sources_pkg/__init__.py": "",
    "sources_pkg/policies/mine.py": "from sources_pkg.nets import Net\nmade = Net()\ndef act(o): return 0\n",
    "sources_pkg/nets.py": "class Net:\n    def act(self, o): return 0\n",
    "sources_lone.py": "def act(o): return 0\n",
    "sources_user.py": "from sources_lone import act\nx = 1\n",
    "sources_parts/sub/mine.py": "def act(o): return 0\n",
    "sources_parts/nets.py": "",
}
"""A package, two lone modules, and a package without ``__init__.py``."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def digest(text):
    for name in [name for name in sys.modules if name.startswith("sources_")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return source_digest(text, load_object(text))


PACKAGED = "sources_pkg.policies.mine:act"
COVERED = [
    (PACKAGED, "sources_pkg/policies/mine.py", True),
    (PACKAGED, "sources_pkg/nets.py", True),
    (PACKAGED, "sources_pkg/new.py", True),
    (PACKAGED, "sources_pkg/weights.pt", False),
    (PACKAGED, "sources_lone.py", False),
    ("sources_pkg.policies.mine:made", "sources_pkg/nets.py", True),
    ("sources_parts.sub.mine:act", "sources_parts/nets.py", True),
    ("sources_lone:act", "sources_lone.py", True),
    ("sources_lone:act", "sources_user.py", False),
    ("sources_user:act", "sources_user.py", True),
    ("sources_user:act", "sources_lone.py", True),
]


@pytest.mark.parametrize(("text", "file", "covered"), COVERED)
def test_the_digest_is_that_of_the_package_or_of_a_lone_module_and_where_it_is_defined(
    folder, text, file, covered
):
    before = digest(text)
    with (folder / file).open("a") as source:
        source.write("\n# edited\n")
    assert (digest(text) != before) is covered


def test_the_digest_is_the_same_wherever_the_package_lies(folder, tmp_path, monkeypatch):
    before = digest(PACKAGED)
    (tmp_path / "sources_pkg").rename(tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "moved").rename(tmp_path / "elsewhere" / "sources_pkg")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    assert digest(PACKAGED) == before


def test_what_is_built_in_has_the_digest_of_its_name():
    assert source_digest("builtins:len", len) == text_digest("builtins:len")


def test_code_of_an_installed_package_does_not_count_beside_the_module_that_names_it(folder):
    (folder / "sources_lone.py").write_text("import functools\nact = functools.partial(print)\n")
    assert isinstance(load_object("sources_lone:act"), functools.partial)
    assert digest("sources_lone:act") != text_digest("sources_lone:act")


def test_an_editors_lock_is_no_source_and_a_source_in_another_encoding_is_one(folder):
    before = digest(PACKAGED)
    (folder / "sources_pkg" / ".#nets.py").symlink_to("me@nowhere")
    assert digest(PACKAGED) == before
    (folder / "sources_pkg" / os.fsdecode(b"\xff.py")).write_bytes(b"# \xe9")
    assert digest(PACKAGED) != before


def test_a_source_that_cannot_be_read_is_named(folder):
    (folder / "sources_pkg" / "memory.py").symlink_to("/proc/self/mem")
    with pytest.raises(InvalidSubmissionError, match=r"memory.py: it cannot be read"):
        digest(PACKAGED)
