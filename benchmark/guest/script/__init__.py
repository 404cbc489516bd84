"""The folder of one script, which must hold nothing else: a script finds its neighbors first."""
