"""Run episodes: plan, executor, worker, lanes, journal."""
