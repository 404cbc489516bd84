"""Said once for all tests: MuJoCo reads how to draw without a display when it is first imported."""

from ilbench.headless import choose_backend

choose_backend()
