import subprocess
import sys

import pytest

from ilbench.arithmetic import (
    SETTINGS,
    VARIABLE,
    ArithmeticWarning,
    arithmetic_environment,
    fix_arithmetic,
    in_force,
    wanted_arithmetic,
    warn_of_native,
)
from ilbench.errors import UsageError


def printed_by(script, environment):
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    return found.stdout.strip(), found.stderr


def test_these_tests_compute_in_the_fixed_arithmetic():
    assert in_force() == "fixed"


def test_a_native_process_inherits_none_of_the_settings_and_all_else():
    inherited = {"HOME": "/home", **SETTINGS}
    assert arithmetic_environment("native", inherited) == {"HOME": "/home"}


def test_a_native_process_keeps_what_its_user_set_otherwise():
    assert arithmetic_environment("native", {"MKL_CBWR": "AVX2"}) == {"MKL_CBWR": "AVX2"}


def test_the_fixed_arithmetic_takes_over_what_the_machine_set():
    assert arithmetic_environment("fixed", {"OPENBLAS_CORETYPE": "SkylakeX"}) == dict(SETTINGS)


def test_it_comes_into_force_before_numpy_is_imported():
    script = (
        "from ilbench.arithmetic import fix_arithmetic, in_force; fix_arithmetic(); import numpy;"
        "import threadpoolctl; print(in_force(), threadpoolctl.threadpool_info()[0]['architecture'])"
    )
    assert printed_by(script, arithmetic_environment("native"))[0] == "fixed Haswell"


def test_it_comes_too_late_after_numpy_and_says_so():
    script = "import numpy; from ilbench.arithmetic import *; fix_arithmetic(); print(in_force())"
    printed, warned = printed_by(script, arithmetic_environment("native"))
    assert printed == "native"
    assert "ArithmeticWarning: what is computed in this process may differ" in warned


@pytest.mark.parametrize(("asked", "expected"), [("", "fixed"), ("fixed", "fixed"), ("native", "native")])
def test_the_variable_asks_for_another(asked, expected, monkeypatch):
    monkeypatch.setenv(VARIABLE, asked)
    assert wanted_arithmetic() == expected


def test_a_misspelled_wish_is_refused(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fast")
    with pytest.raises(UsageError, match="found 'fast', expected 'fixed' or 'native'"):
        fix_arithmetic()


def test_who_asked_for_native_arithmetic_is_not_warned(monkeypatch, recwarn):
    monkeypatch.delenv("MKL_CBWR")
    monkeypatch.setenv(VARIABLE, "native")
    warn_of_native("this")
    assert not recwarn


def test_who_did_not_is_warned(monkeypatch):
    monkeypatch.delenv("MKL_CBWR")
    with pytest.warns(ArithmeticWarning, match=r"this may differ on another processor: numpy"):
        warn_of_native("this")
