"""The baselines: one readable file a method, and the trainer that they share."""

if __name__ != "ilbench.baselines":
    raise ImportError("import this package as ilbench.baselines")
