"""The loops of other projects around a policy and an environment that do nothing: each a script of its own.

They import nothing of ours, and run in an environment that has the project.
"""
