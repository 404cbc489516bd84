"""Run in a policy's own interpreter: an adapter beside the library's own call, on the same observations.

Needs what the adapters need: Python, NumPy, the library and the guest package.
"""
