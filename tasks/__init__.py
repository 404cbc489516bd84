"""The tasks: one folder a suite or a few, with environments, contexts, experts and a list `TASKS`.

The package is also the function `ilbench.tasks`: ``ilbench.tasks(suite="d3il")`` returns a suite's tasks.
"""

from ilbench.callable_module import make_callable

if __name__ != "ilbench.tasks":
    raise ImportError("import this package as ilbench.tasks")

make_callable(__name__, "ilbench.front.finding:tasks")
