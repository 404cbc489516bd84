from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = CONFIG["tool"]["setuptools"]["package-dir"]


def test_every_package_folder_is_listed():
    found = {
        ".".join((name, *path.parent.relative_to(ROOT / folder).parts))
        for name, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(CONFIG["tool"]["setuptools"]["packages"])


def test_every_data_file_is_shipped():
    shipped = CONFIG["tool"]["setuptools"]["package-data"]
    for name, folder in FOLDERS.items():
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".json", ".xml", ".html", ".typed"} and "__pycache__" not in path.parts:
                assert _is_shipped(path, shipped), f"{path} is in no pattern of package-data ({name})"


def test_what_simulators_and_torch_are_pinned_to_agrees_in_both_places():
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    for extra in CONFIG["project"]["optional-dependencies"].values():
        for requirement in extra:
            name, exact, version = requirement.partition("==")
            assert not exact or pins[name] == version


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_the_wheel_holds_only_the_package(wheel):
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"ilbench"}


def test_the_wheel_holds_contexts_types_and_page(wheel):
    assert "ilbench/py.typed" in wheel
    assert "ilbench/leaderboard/page.html" in wheel
    assert "ilbench/tasks/d3il/data/avoiding-v3/contexts.json" in wheel
    assert "ilbench/tasks/d3il/data/avoiding-v3/golden.json" in wheel


def _is_shipped(path, shipped):
    for package, patterns in shipped.items():
        base = ROOT / _folder(package)
        if any(path in base.glob(pattern) for pattern in patterns):
            return True
    return False


def _folder(package):
    name = max((n for n in FOLDERS if package == n or package.startswith(n + ".")), key=len)
    return "/".join([FOLDERS[name], *package[len(name) :].strip(".").split(".")]).rstrip("/")
