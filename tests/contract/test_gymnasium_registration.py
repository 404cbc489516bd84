"""Ids are registered whichever of the two packages is imported first, and cost little."""

import subprocess
import sys

import pytest

from ilbench.contract.gymnasium_registration import gymnasium_id, known_ids
from ilbench.contract.registry import load_registry

TIMED = (
    "import time; import gymnasium; start = time.process_time(); import ilbench\n"
    "print(time.process_time() - start)"
)


def printed(code):
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.split()


@pytest.mark.parametrize("imports", ["import ilbench, gymnasium", "import gymnasium, ilbench"])
def test_all_ids_are_registered_in_either_order_of_imports(imports):
    code = f"{imports}; print(*(name for name in gymnasium.registry if name.startswith('ilbench/')))"
    assert set(printed(code)) >= {gymnasium_id(task_id) for task_id in load_registry()}


def test_importing_ilbench_does_not_import_gymnasium():
    assert printed("import sys, ilbench; print('gymnasium' in sys.modules)") == ["False"]


def test_ids_are_known_without_loading_a_task():
    code = "import sys, ilbench, gymnasium; print(*sys.modules)"
    assert not {"ilbench.contract.task", "ilbench.tasks", "ilbench.contract.registry"} & set(printed(code))


def test_the_hook_leaves_nothing_behind():
    code = "import sys, ilbench, gymnasium; print(*(type(finder).__name__ for finder in sys.meta_path))"
    assert "_Waiting" not in printed(code)


def test_gymnasium_is_loaded_by_its_own_loader():
    code = "import ilbench, gymnasium.envs; print(type(gymnasium.envs.__spec__.loader).__name__)"
    assert printed(code) == ["SourceFileLoader"]


def test_registering_is_quick():
    assert min(float(printed(TIMED)[0]) for _ in range(3)) < 0.2


def test_known_ids_are_those_of_the_registry():
    assert set(known_ids()) == set(load_registry())


def test_gymnasium_itself_works_without_ids_when_ilbench_is_not_imported():
    assert printed("import gymnasium; print(any(k.startswith('ilbench/') for k in gymnasium.registry))") == [
        "False"
    ]
