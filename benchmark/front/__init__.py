"""The front door: what a researcher calls, and what every command calls too.

Everything here composes rooms below it, and imports them when it is called. Tasks, baselines and policy
loaders come through registries, so this room knows no suite and no baseline by name.
"""
