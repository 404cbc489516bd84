"""The recipe of a policy's environment: pinned, readable, and what is installed."""

from __future__ import annotations

import pytest

from ilbench.vetting.environment import check_requirements

INSTALLED = {"NumPy": "1.26.4", "scikit_learn": "1.5.0"}


def found(tmp_path, text, installed=INSTALLED):
    (tmp_path / "requirements.txt").write_text(text)
    return list(check_requirements(tmp_path / "requirements.txt", installed))


def test_pinned_requirements_that_are_installed_are_fine(tmp_path):
    (one,) = found(tmp_path, "# mine\nnumpy==1.26.4  # old\nscikit-learn==1.5.0\n--index-url https://x\n")
    assert (one.verdict, one.found) == ("ok", "2 requirements, each pinned")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("numpy", "numpy is not pinned; installed is 1.26.4"),
        ("numpy>=1.26", "not pinned"),
        ("numpy==2.0.0", "the environment has numpy 1.26.4, wanted is ==2.0.0"),
        ("torch==2.0.0", "torch is not in the policy's environment"),
        ("a b c", "cannot be read"),
    ],
)
def test_each_other_line_is_a_warning(tmp_path, line, told):
    (one,) = found(tmp_path, f"scikit-learn==1.5.0\n{line}\n")
    assert one.verdict == "warning"
    assert told in one.found
    assert one.remedy


def test_without_an_interpreter_only_the_pins_count(tmp_path):
    (one,) = found(tmp_path, "torch==2.0.0\nonnxruntime @ https://example.org/x.whl\n", {})
    assert one.verdict == "ok"


def test_a_requirement_of_another_system_does_not_count(tmp_path):
    (one,) = found(tmp_path, 'pywin32==306; sys_platform == "nowhere"\n')
    assert one.verdict == "ok"


def test_a_recipe_that_is_not_there_is_an_error(tmp_path):
    (one,) = check_requirements(tmp_path / "requirements.txt", {})
    assert one.verdict == "error"
