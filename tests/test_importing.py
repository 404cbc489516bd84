"""Import strings: what is one, where it leads, and what is said where it leads nowhere."""

from __future__ import annotations

import pathlib

import pytest

from ilbench.importing import ImportStringError, is_import_string, load_object


@pytest.mark.parametrize("text", ["pathlib:Path", "os.path:join", "pathlib:Path.cwd"])
def test_a_module_and_a_name_in_it_are_an_import_string(text):
    assert is_import_string(text)


@pytest.mark.parametrize(
    "text", ["pathlib", "pathlib:", ":Path", "a b:c", "./folder", "C:\\here", "a::b", ""]
)
def test_other_text_is_none(text):
    assert not is_import_string(text)
    with pytest.raises(ImportStringError, match=r"expected 'package\.module:name'"):
        load_object(text)


def test_it_leads_to_the_object_or_to_a_part_of_it():
    assert load_object("pathlib:Path") is pathlib.Path
    assert load_object("pathlib:Path.exists") is pathlib.Path.exists


def test_a_name_that_a_module_lacks_is_said():
    with pytest.raises(ImportStringError, match=r"'pathlib' has no 'Pth' \(asked for as 'pathlib:Pth'\)"):
        load_object("pathlib:Pth")


def test_a_module_that_is_not_installed_is_pythons_own_error():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        load_object("no_such_module:name")
