"""The start of a policy process, run as a script by whatever interpreter the policy has.

``python start.py READ WRITE MEMORY``, the numbers of three descriptors. Nothing is put on the import path for
it: the package that it needs is loaded by its place, under a name of its own.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

PACKAGE = "ilbench_guest"


def leave_the_path() -> None:
    """Takes this script's folder off the import path, and the working folder where it came along."""
    own = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if path and Path(path).resolve() != own]


def load_package() -> None:
    """Makes the package that holds this script importable as `PACKAGE`."""
    folder = Path(__file__).resolve().parents[1]
    file, places = str(folder / "__init__.py"), [str(folder)]
    spec = spec_from_file_location(PACKAGE, file, submodule_search_locations=places)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load the package in {folder}")
    sys.modules[PACKAGE] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


if __name__ == "__main__":
    leave_the_path()
    load_package()
    import_module(PACKAGE + ".serve").main()
