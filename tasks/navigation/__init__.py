"""The navigation family: mazes in continuous space and on grids."""

from ilbench.tasks.navigation.ant_specs import TASKS as ANT_MAZES
from ilbench.tasks.navigation.ogbench_specs import POINT_TASKS
from ilbench.tasks.navigation.specs import TASKS as POINT_MAZES
from ilbench.tasks.navigation.tunnel_specs import TASKS as TUNNEL_MAZES

TASKS = (*POINT_MAZES, *POINT_TASKS, *ANT_MAZES, *TUNNEL_MAZES)
