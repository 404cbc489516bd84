"""How various a policy's behavior is: modes, entropies, divergences, trajectories."""
