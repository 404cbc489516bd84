"""Whether what ships is sound: golden trajectories, held-out levels, coverage of intervals, pictures."""
