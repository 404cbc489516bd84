"""Estimates, intervals, resampling, aggregates: knows no task."""
