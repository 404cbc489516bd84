import io

import pytest
from matplotlib.figure import Figure

from ilbench.leaderboard import save_figures
from ilbench.leaderboard.diversity_figure import diversity_figure
from ilbench.leaderboard.figures import FORMATS as FIGURES
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.leaderboard.success_figure import success_figure


def test_figures_are_files_with_the_same_bytes_twice(board, tmp_path):
    first = save_figures(board, tmp_path / "a")
    second = save_figures(board, tmp_path / "b")
    names = [f"{name}.{suffix}" for name in ("success", "profile", "diversity") for suffix in FIGURES]
    assert [path.name for path in first] == names
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


def overlaps(figure: Figure):
    """Returns pairs of texts that lie on each other, drawn at the figure's own size."""
    figure.savefig(io.BytesIO(), format="png")
    texts = [
        t for axes in figure.axes for t in (*axes.get_yticklabels(), *axes.get_xticklabels(), axes.title)
    ]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text() and t.get_visible()]
    return [(a, b) for i, (a, x) in enumerate(boxes) for b, y in boxes[i + 1 :] if x.overlaps(y)]


@pytest.mark.parametrize("draw", [success_figure, diversity_figure, profile_figure])
def test_no_two_labels_of_a_figure_overlap(board, draw):
    assert overlaps(draw(board)) == []
