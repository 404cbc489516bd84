"""The wire over a network: the same messages as over pipes, observations and actions in them as raw rows."""
