"""The leaderboard: who is ranked, what is pooled, and that no name becomes markup."""

import csv
import dataclasses
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.registry import Registry
from ilbench.contract.task import PRESETS, Preset, Split, Task
from ilbench.errors import EmptyScoreError, UnknownNameError
from ilbench.leaderboard import FORMATS, OverlappingRunsError, build, render, save_figures, terminal_view
from ilbench.leaderboard.amount_figure import amount_figure
from ilbench.leaderboard.escape import escape_csv, escape_html, escape_latex, escape_markdown, plain
from ilbench.leaderboard.figures import FORMATS as FIGURES
from ilbench.leaderboard.figures import diversity_figure, success_figure
from ilbench.leaderboard.headings import break_title
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.leaderboard.severity_figure import severity_figure
from ilbench.leaderboard.tables import number
from ilbench.runs.folder import Run, RunHeader, SubmissionInfo
from ilbench.runs.identity import PROTOCOL
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import success_rate, wilson

N = 20
EVIL = '<script>alert("x")</script>|\\_$%&#{}~^`*[a](http://b)\n\x1b[31m\u202e=1+1'


def make_task(task_id, num_modes=0):
    return Task(
        id=task_id,
        summary=f"The task {task_id}.",
        env="toy:Env",
        packages=(),
        extra="all",
        horizon=10,
        success_rule="ever",
        observation=(Field(name="state", shape=(2,)),),
        action=ActionField(shape=(2,)),
        data="ilbench:no-such-folder",
        make_contexts="toy:contexts",
        splits=tuple(
            Split(name=name, num_contexts=N, description="") for name in ("train", "test", "shift/far")
        ),
        presets={preset: Preset(num_contexts=N if preset == "full" else 5) for preset in PRESETS},
        source="",
        license="MIT",
        modes=tuple(map(str, range(num_modes))),
    )


A, B, C = "toy/avoid-v1", "toy/reach-v1", "maze/solve-v1"
REGISTRY = Registry([make_task(A, 4), make_task(B), make_task(C)])


def make_record(task, split, context, success, status="ok"):
    return EpisodeRecord(
        task=task,
        split=split,
        context=context,
        repeat=0,
        env_seed=1,
        policy_seed=2,
        initial_digest=None,
        status=status,
        reason=None,
        success=None if status == "env_error" else success,
        episode_return=float(success),
        length=3,
        terminated=success,
        truncated=not success,
        mode=context % 3,
        action_digest="0" * 32,
        times=Times(env_s=0.0, policy_s=0.0),
    )


def make_run(
    name,
    successes,
    *,
    splits=("train", "test"),
    seed=None,
    preset="full",
    protocol=PROTOCOL,
    spec="a" * 32,
    **submission,
):
    """Returns a real run in which `successes[task]` of the test and all train episodes succeed."""
    size = N if preset == "full" else 5
    blocks = [(task, split) for task in successes for split in splits]
    info = {"kind": "baseline", "entry": name, "digest": f"{seed}" * 4, **submission}
    header = RunHeader(
        protocol=protocol,
        width=DEFAULT_WIDTH,
        submission=SubmissionInfo(name=name, training_seed=seed, **info),
        preset=preset,
        plan=tuple(Block(task=t, split=s, num_contexts=size, num_repeats=1) for t, s in blocks),
        tasks=dict.fromkeys(successes, spec),
        packages={},
        machine={},
        created="2000-01-01T00:00:00Z",
    )
    records = [
        make_record(task, split, context, split == "train" or context < successes[task])
        for task, split in blocks
        for context in range(size)
    ]
    return Run(path=Path(f"runs/{name}-{seed}"), header=header, records=tuple(records))


def without_last(run):
    return Run(path=run.path, header=run.header, records=run.records[:-1])


def with_env_error(run):
    last = run.records[-1]
    broken = make_record(last.task, last.split, last.context, False, "env_error")
    return Run(path=run.path, header=run.header, records=(*run.records[:-1], broken))


@pytest.fixture(scope="module")
def board():
    return build(
        [
            make_run("good", {A: 18, B: 20, C: 10}, seed=0),
            make_run("good", {A: 12, B: 20, C: 10}, seed=1),
            make_run("fair", {A: 10, B: 10, C: 10}),
            make_run("oracle", {A: 20, B: 20, C: 20}, privileged=True),
            make_run("hasty", {A: 5, B: 5, C: 5}, preset="smoke"),
            make_run("none", {A: 0, B: 0, C: 0}),
            make_run(EVIL, {A: 3, B: 3, C: 3}, kind="folder"),
        ],
        REGISTRY,
    )


def row(board, name):
    return next(row for row in board.rows if row.name == name)


def test_rows_are_ranked_by_mean_success_over_tasks(board):
    assert [r.name for r in board.ranked] == ["oracle", "good", "fair", EVIL, "none"]
    assert [r.rank for r in board.ranked] == [None, 1, 2, 3, 4]
    assert row(board, "fair").mean_success.value == pytest.approx(0.5)
    assert row(board, "fair").mean_success.n == 60


def test_equal_means_share_the_better_rank():
    board = build([make_run(n, {A: k}) for n, k in (("x", 9), ("y", 9), ("z", 1))], REGISTRY)
    assert [r.rank for r in board.ranked] == [1, 1, 3]


def test_a_privileged_policy_is_shown_but_not_ranked(board):
    oracle = row(board, "oracle")
    assert oracle.is_reference
    assert oracle.rank is None
    assert oracle.unranked_reason is None


def test_training_seeds_of_a_submission_are_pooled(board):
    good = row(board, "good")
    test = good.split(A)
    assert (test.num_training_seeds, test.success.value, test.success.n) == (2, 0.75, 40)
    assert "training seeds" in test.success.method
    assert test.success.low <= wilson(30, 40).low
    assert good.digests == ("0000", "1111")


def test_runs_of_one_submission_on_different_tasks_make_one_row():
    board = build([make_run("x", {A: 5}), make_run("x", {B: 7})], REGISTRY)
    assert [list(r.scores) for r in board.rows] == [[A, B]]


def test_one_name_of_two_kinds_makes_two_rows():
    board = build([make_run("x", {A: 5}), make_run("x", {A: 5}, kind="folder")], REGISTRY)
    assert sorted(r.kind for r in board.ranked) == ["baseline", "folder"]


def test_two_runs_of_the_same_episodes_are_refused():
    with pytest.raises(OverlappingRunsError, match=r"runs/x-0.*both hold toy/avoid-v1 test.*training seed 0"):
        build([make_run("x", {A: 5}, seed=0), make_run("x", {A: 6}, seed=0)], REGISTRY)


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (make_run("x", {A: 1}, preset="smoke"), "preset smoke, only full is ranked"),
        (without_last(make_run("x", {A: 1})), "incomplete"),
        (with_env_error(make_run("x", {A: 1})), "1 episode ended in an environment error"),
        (make_run("x", {A: 1}, protocol="0"), f"protocol 0, the board has {PROTOCOL}"),
        (
            make_run("x", {A: 1}, spec="b" * 32),
            f"{A} was run under the spec bbbbbbbb, the board has aaaaaaaa",
        ),
    ],
)
def test_a_run_that_is_not_publishable_is_listed_with_the_reason(run, reason):
    others = [make_run("y", {A: 2}), make_run("z", {A: 3})]
    board = build([run, *others], REGISTRY)
    assert [(r.name, r.rank, r.unranked_reason) for r in board.unranked] == [("x", None, reason)]
    assert len(board.ranked) == 2


def test_another_preset_is_ranked_where_it_is_asked_for():
    runs = [make_run("x", {A: 1}, preset="standard"), make_run("y", {A: 1})]
    board = build(runs, REGISTRY, preset="standard")
    assert [row.name for row in board.ranked] == ["x"]
    assert [row.unranked_reason for row in board.unranked] == ["preset full, only standard is ranked"]


def test_a_full_run_that_lacks_test_episodes_of_the_preset_is_unranked():
    run = make_run("x", {A: 5})
    plan = tuple(block for block in run.header.plan if block.split == "train")
    header = run.header.model_copy(update={"plan": plan})
    train = tuple(record for record in run.records if record.split == "train")
    board = build([Run(path=run.path, header=header, records=train)], REGISTRY)
    assert board.unranked[0].unranked_reason == f"{A} lacks 20 of the 20 test episodes of full"
    assert board.unranked[0].mean_success is None


def test_the_mean_is_over_tasks_that_every_ranked_row_has():
    runs = [make_run("x", {A: 20, B: 0}), make_run("y", {B: 10}), make_run("z", {C: 20}, preset="smoke")]
    board = build(runs, REGISTRY)
    assert board.shared_tasks == (B,)
    assert [(r.name, r.mean_success.value) for r in board.ranked] == [("y", 0.5), ("x", 0.0)]
    assert board.unranked[0].mean_success is None


def test_without_a_shared_task_nothing_is_averaged_or_ranked():
    board = build([make_run("x", {A: 20}), make_run("y", {B: 10})], REGISTRY)
    assert [(r.mean_success, r.rank) for r in board.ranked] == [(None, None)] * 2


def test_a_row_that_lacks_a_demanded_task_has_no_mean_instead_of_a_zero():
    board = build([make_run("x", {A: 20}), make_run("y", {A: 1, B: 10})], REGISTRY, tasks=[A, B])
    assert [(r.name, r.rank) for r in board.ranked] == [("y", 1), ("x", None)]
    with pytest.raises(UnknownNameError, match="maze/solve-v1"):
        build([make_run("x", {A: 20})], REGISTRY, tasks=[C])


def test_a_suite_with_two_shared_tasks_has_a_mean_of_its_own(board):
    assert board.suites == ("toy",)
    assert row(board, "good").suite_success["toy"].value == pytest.approx((0.75 + 1) / 2)


def test_unfinished_rows_keep_their_scores_when_nothing_is_ranked():
    board = build([make_run("x", {A: 3}, preset="smoke")], REGISTRY)
    assert board.ranked == ()
    assert board.unranked[0].mean_success.value == pytest.approx(0.6)


def test_no_runs_and_unknown_tasks_are_refused():
    with pytest.raises(EmptyScoreError, match="at least one run"):
        build([], REGISTRY)
    with pytest.raises(UnknownNameError, match="toy/avoid-v1"):
        build([make_run("x", {A: 3})], Registry([make_task(B)]))


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_runs_give_the_same_bytes_whatever_their_order(format):
    runs = [make_run("x", {A: 5, B: 9}, seed=s) for s in range(3)] + [make_run("y", {A: 6, B: 2})]
    first = render(build(runs, REGISTRY), format)
    assert render(build(runs[::-1], REGISTRY), format) == first


def test_an_unknown_format_is_named(board):
    with pytest.raises(UnknownNameError, match="no leaderboard format named 'tex'"):
        render(board, "tex")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_shows_every_row(board, format):
    text = render(board, format)
    assert all(name in text for name in ("good", "fair", "oracle", "hasty", "none"))


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attributes]

    def handle_data(self, data):
        self.text += data


def test_the_page_loads_nothing_and_runs_only_its_own_script(board):
    page = Page(render(board, "html"))
    assert page.tags.count("script") == 1
    links = [value for _, name, value in page.attributes if name in ("src", "href", "action", "srcset")]
    assert len(links) == 3
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert '<script>alert("x")</script>' in page.text.replace("\n", "")


def test_the_page_sorts_by_keyboard_and_numbers(board):
    text = render(board, "html")
    assert text.count("<button type=") == text.count('<th scope="col"')
    assert 'data-key="0.750000"' in text


def test_markdown_rows_have_as_many_cells_as_their_heading(board):
    lines = [line for line in render(board, "md").splitlines() if line.startswith("|")]
    heading = len(re.split(r"(?<!\\)\|", lines[0]))
    assert all(len(re.split(r"(?<!\\)\|", line)) == heading for line in lines[: 2 + len(board.ranked)])
    assert "<script" not in render(board, "md")


def test_latex_braces_and_table_cells_stay_balanced(board):
    text = render(board, "latex")
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert "\\_\\$\\%\\&\\#\\{\\}" in text
    assert text.count("\\begin{tabular}") == 3 + len(board.tasks)


def test_csv_has_one_line_a_submission_task_and_split(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert len(lines) == len(board.rows) * 3 * 2
    line = next(x for x in lines if (x["submission"], x["task"], x["split"]) == ("good", A, "test"))
    assert (line["success_rate"], line["success_rate_n"], line["gap"]) == ("0.75", "40", "0.25")
    assert (
        next(x for x in lines if x["submission"] == "none" and x["split"] == "test")["behavior_entropy"] == ""
    )


def test_json_holds_the_scores_and_the_name_as_given(board):
    content = json.loads(render(board, "json"))
    assert {EVIL, "good"} <= {r["name"] for r in content["ranked"]}
    good = next(r for r in content["ranked"] if r["name"] == "good")
    assert good["scores"][A]["splits"]["test"]["success"]["value"] == 0.75


def test_shifts_have_a_table_of_their_own():
    run = make_run("x", {A: 15})
    block = Block(task=A, split="shift/far", num_contexts=N, num_repeats=1)
    header = run.header.model_copy(update={"plan": (*run.header.plan, block)})
    shifted = tuple(make_record(A, "shift/far", context, context < 5) for context in range(N))
    board = build([Run(path=run.path, header=header, records=run.records + shifted)], REGISTRY)
    assert board.ranked[0].scores[A].gap("shift/far").gap.value == 0.75
    assert f"## {A}, shifts" in render(board, "md")
    assert render(board, "md").endswith("\n")


def test_plain_text_has_no_control_characters_and_an_end():
    assert plain("a\n\x1b[0m\u202eb\u2028c") == "a\ufffd\ufffd[0m\ufffdb\ufffdc"
    assert plain("two words") == "two words"
    assert len(plain("x" * 999)) == 48


@pytest.mark.parametrize(
    ("escape", "text", "escaped"),
    [
        (escape_html, "<a href='x'>&", "&lt;a href=&#x27;x&#x27;&gt;&amp;"),
        (escape_markdown, "[a](b)|<i>_*`", "\\[a\\](b)\\|&lt;i&gt;\\_\\*\\`"),
        (escape_latex, "\\input{x}_%π", r"\textbackslash{}input\{x\}\_\%\ensuremath{\pi}"),
        (escape_csv, "=1+1", "'=1+1"),
        (escape_csv, "safe", "safe"),
    ],
)
def test_escapes(escape, text, escaped):
    assert escape(text) == escaped


def test_titles_break_after_slashes_and_dashes():
    assert break_title("navigation/pointmaze-medium-v1", 10) == ["navigation/", "pointmaze-", "medium-v1"]
    assert break_title("gap") == ["gap"]


def test_a_rounded_zero_has_no_minus():
    assert number(-0.001) == "0.00"
    assert number(-0.001, signed=True) == "+0.00"
    assert number(0.1, signed=True) == "+0.10"


def shown_in_terminal(board, width):
    console = Console(width=width, file=io.StringIO())
    console.print(terminal_view(board))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_terminal_view_fits_the_width_and_cuts_no_number(board, width):
    text = shown_in_terminal(board, width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    low, high = (
        number(end) for end in (row(board, "fair").mean_success.low, row(board, "fair").mean_success.high)
    )
    assert f"{low}–{high}" in text


def test_the_terminal_view_says_why_rows_are_not_ranked(board):
    assert "Not ranked: hasty: preset smoke, only full is ranked." in shown_in_terminal(board, 100)


def test_figures_are_files_with_the_same_bytes_twice(board, tmp_path):
    first = save_figures(board, tmp_path / "a")
    second = save_figures(board, tmp_path / "b")
    names = [f"{name}.{suffix}" for name in ("success", "diversity", "profile") for suffix in FIGURES]
    assert [path.name for path in first] == names
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


def test_without_modes_there_is_no_diversity_figure(tmp_path):
    board = build([make_run("x", {B: 3})], REGISTRY)
    assert diversity_figure(board) is None
    assert [path.name for path in save_figures(board, tmp_path, ["svg"])] == ["success.svg"]
    assert "no diversity to draw" in render(board, "html")


def test_success_over_severity_starts_at_the_test_split(tmp_path):
    splits = (*make_task(B).splits, *(graded(severity) for severity in (1, 2)))
    task = dataclasses.replace(make_task(B), splits=splits)
    board = build([make_run("x", {B: 12}, splits=[split.name for split in splits])], Registry([task]))
    assert board.tasks[0].graded == {"fog": {1: "shift/fog-1", 2: "shift/fog-2"}}
    (panel,) = severity_figure(board).axes
    curve = panel.get_lines()[0]
    assert curve.get_xdata().tolist() == [0, 1, 2]
    assert curve.get_ydata()[0] == 12 / N
    assert "severity.svg" in [path.name for path in save_figures(board, tmp_path, ["svg"])]
    assert "by severity" in render(board, "html")


def graded(severity):
    return Split(name=f"shift/fog-{severity}", num_contexts=N, description="", severity=severity)


def test_without_graded_shifts_there_is_no_severity_figure(board):
    assert severity_figure(board) is None


def test_success_over_the_amount_of_data_joins_submissions_that_are_named_by_it(tmp_path):
    runs = [make_run(f"clone, {amount} levels", {B: k}) for amount, k in ((50, 9), (10, 4), (200, 15))]
    board = build([*runs, make_run("clone", {B: 1})], REGISTRY)
    (panel,) = amount_figure(board).axes
    held_out, on_train = [line for line in panel.get_lines() if len(line.get_xdata()) > 1]
    assert list(held_out.get_xdata()) == list(on_train.get_xdata()) == [10, 50, 200]
    assert list(held_out.get_ydata()) == [4 / N, 9 / N, 15 / N]
    assert panel.get_xlabel() == "number of training levels"
    assert "amount.svg" in [path.name for path in save_figures(board, tmp_path, ["svg"])]


def test_without_two_amounts_of_one_policy_there_is_no_figure_of_them():
    runs = [make_run("clone, 10 levels", {B: 4}), make_run("other, 50 levels", {B: 4})]
    assert amount_figure(build(runs, REGISTRY)) is None


def test_an_unknown_preset_is_named():
    with pytest.raises(UnknownNameError, match="preset"):
        build([make_run("x", {B: 3})], REGISTRY, preset="custom")


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


def test_the_success_figure_draws_each_row_where_its_rate_is(board):
    axes = success_figure(board).axes[0]
    filled = [
        line for line in axes.lines if line.get_marker() == "o" and line.get_markerfacecolor() != "white"
    ]
    rates = [row(board, "good").split(task.id).success.value for task in board.tasks]
    assert [line.get_xdata()[0] for line in filled] == rates


def test_pooled_rate_equals_the_score_of_the_same_records(board):
    runs = [make_run("good", {A: k}, seed=s).records for s, k in ((0, 18), (1, 12))]
    tests = [[r for r in run if r.split == "test"] for run in runs]
    assert row(board, "good").split(A).success == success_rate(*tests)
