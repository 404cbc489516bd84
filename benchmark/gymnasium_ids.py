"""The door for Gymnasium: importing it registers every task, as ``import ilbench`` does.

So ``gymnasium.make("ilbench.gymnasium_ids:ilbench/d3il-avoiding-v3")`` works in a program that names nothing
else of this project, such as a training script that is told an id.
"""

from ilbench.contract.gymnasium_ids import TaskByIndex as TaskByIndex
from ilbench.contract.gymnasium_registration import gymnasium_id as gymnasium_id

__all__ = ["TaskByIndex", "gymnasium_id"]
