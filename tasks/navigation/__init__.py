"""The navigation family: mazes in continuous space and on grids."""

from ilbench.tasks.navigation.specs import TASKS as POINT_MAZES
from ilbench.tasks.navigation.tunnel_specs import TASKS as TUNNEL_MAZES

TASKS = (*POINT_MAZES, *TUNNEL_MAZES)
