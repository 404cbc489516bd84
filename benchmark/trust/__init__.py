"""Trust: how far somebody's run can be believed: it is played again, and on contexts that are new."""
