import shutil

import bundles
import pytest


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """Returns a bundle with nothing wrong, which no test changes."""
    return bundles.made_bundle(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def bundle(sound, tmp_path):
    """Returns a copy of it beside its submission, which a test may change."""
    shutil.copytree(sound.parent / "mine", tmp_path / "mine")
    return shutil.copytree(sound, tmp_path / "bundle")
