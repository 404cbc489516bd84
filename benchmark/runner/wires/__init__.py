"""The wires of other projects: what openpi and vla-eval speak."""
