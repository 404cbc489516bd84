"""The navigation suite: mazes in continuous space and on grids."""

from ilbench.tasks.navigation.ant_tasks import TASKS as ANT_MAZES
from ilbench.tasks.navigation.ogbench_tasks import POINT_TASKS
from ilbench.tasks.navigation.pointmaze_tasks import TASKS as POINT_MAZES
from ilbench.tasks.navigation.tunnel_tasks import TASKS as TUNNEL_MAZES

TASKS = (*POINT_MAZES, *POINT_TASKS, *ANT_MAZES, *TUNNEL_MAZES)
