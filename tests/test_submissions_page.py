"""The page on submissions says what the code does: its tables, its TOML, its adapter."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ilbench.runner.submissions.adapters import load_adapters
from ilbench.runner.submissions.mapping_table import InputTable, MappingTable
from ilbench.runner.submissions.submission_file import SubmissionFile

PAGE = (Path(__file__).parents[1] / "docs" / "submissions.md").read_text(encoding="utf-8")


def first_cells(header):
    """Returns the code in the first cells of the table that begins with a header."""
    rows = PAGE[PAGE.index(f"| {header}") :].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w[\w-]*)", row.split("|")[1])]


def test_every_adapter_has_its_row_with_its_example():
    adapters = load_adapters()
    assert first_cells("adapter | example") == list(adapters)
    assert all(f"`{one.example}`" in PAGE for one in adapters.values())


def test_every_key_of_the_mapping_has_its_row():
    assert first_cells("key of an input") == list(InputTable.model_fields)
    assert first_cells("key of `[mapping]`") == list(MappingTable.model_fields)


def test_the_toml_is_that_of_a_submission():
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(SubmissionFile.model_validate(tomllib.loads(text)).mapping.inputs) == 4
