"""What is kept of an episode beside its record: its film, its path."""
