"""Trust: how far somebody's run can be believed, found out by playing it again and on contexts that are new."""
