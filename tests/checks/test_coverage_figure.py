import numpy as np
from matplotlib.image import imread

from ilbench.checks.calibration import make_rows
from ilbench.checks.coverage_figure import draw_coverage
from ilbench.checks.rate_coverage import rate_coverage
from ilbench.checks.simulated_policies import layouts


def test_a_picture_shows_every_layout_before_and_after(tmp_path):
    grid = layouts(designs=[(20, 2)], rates=[0.5], seeds=[1, 3])
    rows = make_rows(rate_coverage(grid, 20, np.random.default_rng(0)))
    draw_coverage(rows, tmp_path / "coverage.png")
    assert imread(tmp_path / "coverage.png").shape[:2] == (540, 1200)
