"""The start of a policy process, run as a script by whatever interpreter the policy has.

``python start.py READ WRITE MEMORY``, the numbers of three descriptors. Nothing is put on the import path for
it: the package that it needs is loaded by its place, under a name of its own.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from os.path import abspath, dirname, join

PACKAGE = "ilbench_guest"


def leave_the_path() -> None:
    """Takes this script's folder off the import path, and the working folder where it came along."""
    own = dirname(abspath(__file__))
    sys.path[:] = [path for path in sys.path if path and abspath(path) != own]


def load_package() -> None:
    """Makes the package that holds this script importable as `PACKAGE`."""
    folder = dirname(dirname(abspath(__file__)))
    spec = spec_from_file_location(PACKAGE, join(folder, "__init__.py"), submodule_search_locations=[folder])
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load the package in {folder}")
    sys.modules[PACKAGE] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


if __name__ == "__main__":
    leave_the_path()
    load_package()
    import_module(PACKAGE + ".serve").main()
