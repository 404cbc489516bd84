"""Data at rest: who an episode is, plans, records, journals, run folders. Knows no simulator."""
