"""Demonstrations in formats that any task's can be written in: plain arrays, d3rlpy's, LeRobot's."""
