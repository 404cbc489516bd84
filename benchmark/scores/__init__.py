"""Scores: pure functions of episode records."""
