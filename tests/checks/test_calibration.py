"""Calibration: lines, their narrowest covering candidate, and the reason where one falls short."""

import pytest

from ilbench.checks.calibration import make_rows, summarize
from ilbench.checks.rate_coverage import Coverage
from ilbench.checks.simulated_policies import Layout


def coverage(method, found, width, **fields):
    layout = Layout(**{"contexts": 30, "repeats": 4, **fields})
    return Coverage(
        score="success", layout=layout, method=method, coverage=found, width=width, num_trials=100
    )


def test_a_candidate_covers_only_if_it_does_whatever_the_correlation():
    easy = coverage("printed", 0.95, 0.3), coverage("before", 0.95, 0.1), coverage("other", 0.94, 0.25)
    hard = tuple(
        coverage(method, found, width, correlation=0.6)
        for method, found, width in (("printed", 0.94, 0.4), ("before", 0.5, 0.1), ("other", 0.93, 0.4))
    )
    first, second = make_rows([easy, hard])
    assert (first.narrowest, first.width_ratio) == ("other", pytest.approx(1.2))
    assert (second.before, second.width_before) == (0.5, 0.1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"seeds": 3, "deviation": 0.3, "rate": 0.2}, "training seeds"),
        ({"rate": 0.02}, "rarer kind"),
        ({"correlation": 0.6, "repeats": 16}, "few contexts"),
    ],
)
def test_a_line_that_covers_too_little_says_why(fields, reason):
    (row,) = make_rows([(coverage("printed", 0.9, 0.3, **fields),)])
    assert reason in row.reason


def test_a_line_that_covers_has_no_reason_to_give():
    (row,) = make_rows([(coverage("printed", 0.95, 0.3),)])
    assert (row.reason, row.before, row.width_ratio) == ("", None, 1.0)


def test_the_summary_tells_the_worst():
    rows = make_rows(
        [(coverage("printed", found, 0.3, rate=0.1 + found / 9),) for found in (0.9, 0.95, 0.99)]
    )
    (line,) = summarize(rows)
    assert (line.layouts, line.worst, line.below, line.above) == (3, 0.9, 1, 1)
