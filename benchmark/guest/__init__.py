"""The policy's side of the wire. Needs Python and NumPy, nothing of ours, so that it runs in any venv.

The harness imports this package as ``ilbench.guest``; a policy process has it as ``ilbench_guest``.
"""
