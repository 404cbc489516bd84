"""A suite of one hand-written task, as another package would declare it."""
