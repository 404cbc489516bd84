"""Said once for all tests: how to draw without a display, and that a busy machine fails no example."""

from hypothesis import settings

from ilbench.headless import choose_backend

choose_backend()  # MuJoCo reads it when it is first imported
settings.register_profile("ilbench", deadline=None)
settings.load_profile("ilbench")
