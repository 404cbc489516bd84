"""MuJoCo's C functions for compiled loops, which step a model without coming back to Python in between.

A function takes the addresses of model and data, as MuJoCo's Python objects tell them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llvmlite.binding  # type: ignore[import-untyped]
import mujoco
from numba import types

# The library that the Python package has loaded already, so that its functions are found by their names.
llvmlite.binding.load_library_permanently(
    str(next(Path(mujoco.__file__).parent.glob(f"libmujoco*{mujoco.__version__}*")))
)
POINTER: Any = types.CPointer(types.float64)  # type: ignore[no-untyped-call]
mj_step: Any = types.ExternalFunction("mj_step", types.void(types.intp, types.intp))
mj_step1: Any = types.ExternalFunction("mj_step1", types.void(types.intp, types.intp))
mj_step2: Any = types.ExternalFunction("mj_step2", types.void(types.intp, types.intp))
mj_full_m: Any = types.ExternalFunction("mj_fullM", types.void(types.intp, POINTER, POINTER))
mj_jac_site: Any = types.ExternalFunction(
    "mj_jacSite", types.void(types.intp, types.intp, POINTER, POINTER, types.int32)
)
