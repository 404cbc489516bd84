"""Plays episodes: a scheduler deals them to workers, whose lanes step environments and ask a policy host."""
