"""The door for Gymnasium, in a program that names nothing else."""

import subprocess
import sys

MAKE = """
import gymnasium
env = gymnasium.make("ilbench.gymnasium_ids:ilbench/d3il-avoiding-v3")
assert sorted(env.reset(seed=0)[1]) != []
"""


def test_an_id_can_be_made_by_naming_the_module_in_it():
    done = subprocess.run(
        [sys.executable, "-c", MAKE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
