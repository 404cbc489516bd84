"""The tasks: one folder a suite or a few, with environments, contexts, experts and a list `TASKS`."""

if __name__ != "ilbench.tasks":
    raise ImportError("import this package as ilbench.tasks")
