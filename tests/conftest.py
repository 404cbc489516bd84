"""Said once for all tests: how to draw without a display, and that examples are the same each time."""

from hypothesis import settings

from ilbench.contract.headless import choose_backend

choose_backend()  # MuJoCo reads it when it is first imported
settings.register_profile("ilbench", deadline=None, derandomize=True)
settings.load_profile("ilbench")
