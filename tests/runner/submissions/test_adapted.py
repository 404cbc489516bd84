"""What a worker is told of weights that an adapter loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.adapted import adapted, find_weights
from ilbench.runner.submissions.adapters import find_adapter
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.testing.toys import HARBOR

ONNX = find_adapter("onnx")


def test_options_weights_and_mapping_become_the_arguments_of_each_task():
    spec = PolicySpec(place="process", arguments={"providers": ["CPU"]}, search_path=("/copy",))
    found = adapted(ONNX, Path("/copy/p.onnx"), MappingTable(chunk=3), spec, [HARBOR])[HARBOR.id]
    assert (found.load, found.search_path) == ("ilbench_guest.adapters.onnx:Policy", ("/copy",))
    assert found.arguments["path"] == "/copy/p.onnx"
    assert found.arguments["providers"] == ["CPU"]
    assert found.arguments["mapping"]["chunk"] == 3


def test_inline_the_guest_package_is_our_own():
    found = adapted(ONNX, Path("p"), MappingTable(), PolicySpec(), [HARBOR])[HARBOR.id]
    assert found.load == "ilbench.guest.adapters.onnx:Policy"


def test_an_option_of_a_name_that_is_taken_is_refused():
    spec = PolicySpec(arguments={"path": "elsewhere"})
    with pytest.raises(InvalidSubmissionError, match=r"'arguments.path' is what the adapter 'onnx' is given"):
        adapted(ONNX, Path("p"), MappingTable(), spec, [HARBOR])


@pytest.mark.parametrize("name", ["missing.onnx", "../outside.onnx"])
def test_weights_lie_in_the_folder(tmp_path, name):
    (tmp_path / "outside.onnx").touch()
    (tmp_path / "inside").mkdir()
    with pytest.raises(InvalidSubmissionError, match="field 'weights': expected a file or a folder"):
        find_weights(tmp_path / "inside", name)
