"""The fixed arithmetic: settings under which NumPy and torch give the same bits on every processor with AVX2.

Both choose their kernels by the processor, and other kernels round otherwise: after a thousand steps of a
training, in other weights. The choice is made once, when they are imported, from variables of the
environment. So processes that train, act or simulate are given these when they are started. One that imports
NumPy or torch without them keeps what it has, and `in_force` tells.

What each variable does is documented by its library: MKL's Conditional Numerical Reproducibility
(``MKL_CBWR``), oneDNN's "CPU dispatcher control", NumPy's "CPU/SIMD optimizations", OpenBLAS' README.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from ilbench.errors import ILBenchWarning, UsageError

Arithmetic: TypeAlias = Literal["fixed", "native"]
"""``fixed``: the same bits on every processor with AVX2. ``native``: whatever is fastest on this one."""

VARIABLE = "ILBENCH_ARITHMETIC"
"""The environment variable that asks for another arithmetic than the fixed one."""

_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "OPENBLAS_CORETYPE": "Haswell",  # matrix products and linear algebra of NumPy and SciPy
        "OPENBLAS_NUM_THREADS": "1",  # more threads sum in another order
        "NPY_DISABLE_CPU_FEATURES": _AVX512,  # exp and others of NumPy
        "ATEN_CPU_CAPABILITY": "avx2",  # torch's own vectorized kernels
        "ONEDNN_MAX_CPU_ISA": "AVX2",  # what torch leaves to oneDNN
        "MKL_CBWR": "COMPATIBLE",  # what torch leaves to MKL: its only code that two vendors share
    }
)
"""The variables that make up the fixed arithmetic; torch is held to one thread where it is used."""

_LIBRARIES = ("numpy", "torch")


class ArithmeticWarning(ILBenchWarning):
    """Numbers that may come out otherwise on another processor."""


def wanted_arithmetic() -> Arithmetic:
    """Returns the arithmetic that ``ILBENCH_ARITHMETIC`` asks for, the fixed one where it is not set.

    Raises:
        UsageError: It is set to something else.
    """
    found = os.environ.get(VARIABLE, "") or "fixed"
    if found == "fixed":
        return "fixed"
    if found == "native":
        return "native"
    raise UsageError(f"environment variable {VARIABLE}: found {found!r}, expected 'fixed' or 'native'")


def arithmetic_environment(
    arithmetic: Arithmetic, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Returns the environment of a process that is to compute so.

    Args:
        arithmetic: How. A native process inherits no setting that the fixed arithmetic made.
        environment: What it inherits; this process' own environment if not given.
    """
    inherited = dict(os.environ if environment is None else environment)
    if arithmetic == "fixed":
        return {**inherited, **SETTINGS}
    return {name: value for name, value in inherited.items() if SETTINGS.get(name) != value}


def fix_arithmetic() -> None:
    """Puts the wanted arithmetic into force in this process, which must not have imported NumPy or torch yet.

    Call it in the first lines of a script that trains or scores a baseline in its own process. The command
    line and the processes that it starts do.

    Raises:
        UsageError: ``ILBENCH_ARITHMETIC`` is set to something else than ``fixed`` and ``native``.

    Warns:
        ArithmeticWarning: NumPy or torch was imported before, under other settings.
    """
    wanted = wanted_arithmetic()
    if wanted == "native" or in_force() == "fixed":
        return
    if _imported():
        warn_of_native("what is computed in this process")
        return
    os.environ.update(SETTINGS)


def in_force() -> Arithmetic:
    """Returns the arithmetic under which this process computes, or would once it imports NumPy or torch.

    The settings are in its environment if it was started with them, or if `fix_arithmetic` came in time.
    """
    return "fixed" if all(os.environ.get(name) == value for name, value in SETTINGS.items()) else "native"


def warn_of_native(what: str) -> None:
    """Warns that something is computed in this processor's own arithmetic, unless that was asked for.

    Warns:
        ArithmeticWarning: The fixed arithmetic is wanted, and not in force.
    """
    import warnings

    if wanted_arithmetic() == "native" or in_force() == "fixed":
        return
    imported = " and ".join(_imported()) or "NumPy"
    warnings.warn(
        f"{what} may differ on another processor: {imported} was imported under this one's own arithmetic; "
        "use the ilbench command, or begin the script with: from ilbench.arithmetic import fix_arithmetic; "
        f"fix_arithmetic(); {VARIABLE}=native says that it is meant to be so",
        ArithmeticWarning,
        stacklevel=3,
    )


def _imported() -> tuple[str, ...]:
    return tuple(name for name in _LIBRARIES if name in sys.modules)
