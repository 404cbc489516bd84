from dataclasses import replace
from pathlib import Path

from made_up import REGISTRY, A, B, make_run

from ilbench.leaderboard import build
from ilbench.leaderboard.pooling import pool


def lying(path, name, successes, **changes):
    return replace(make_run(name, successes, **changes), path=Path(path))


def pooled(*runs, tasks=(A, B)):
    return pool({("x", "baseline", False, "2", "full", None): runs}, tasks)


def test_the_same_episodes_in_two_folders_are_one_row():
    runs = [lying("a/x", "x", {A: 5}), lying("b/x", "x", {A: 5, B: 7})]
    (one,) = pooled(*runs)
    assert one.folder == ""
    assert len(one.records[0]) == len(runs[1].records)


def test_times_do_not_make_episodes_differ():
    first = lying("a/x", "x", {A: 5})
    slower = [
        one.model_copy(update={"times": one.times.model_copy(update={"env_s": 9.0})}) for one in first.records
    ]
    assert len(pooled(first, replace(first, path=Path("b/x"), records=tuple(slower)))) == 1


def test_other_records_of_the_same_episodes_make_rows_apart_that_are_called_by_their_folders():
    runs = [lying(f"results/{home}/x", "x", {A: k}, seed=0) for home, k in (("one", 5), ("two", 6))]
    assert [one.folder for one in pooled(*runs)] == ["one", "two"]
    rows = build(runs, REGISTRY).ranked
    assert [(row.name, row.label) for row in rows] == [("x", "x (in two)"), ("x", "x (in one)")]


def test_training_seeds_of_each_folder_stay_together():
    runs = [lying(f"{home}/x-{s}", "x", {A: k}, seed=s) for home, k in (("a", 5), ("b", 6)) for s in (0, 1)]
    assert [(one.folder, len(one.records)) for one in pooled(*runs)] == [("a", 2), ("b", 2)]


def test_a_folder_that_contradicts_itself_makes_a_row_of_each_run():
    runs = [lying(f"a/x-{k}", "x", {A: k}, seed=0) for k in (5, 6, 7)]
    assert [one.folder for one in pooled(*runs)] == ["x-5", "x-6", "x-7"]


def test_the_same_path_twice_gets_a_number_and_the_order_of_runs_does_not_matter():
    runs = [lying("<memory>", "x", {A: k}, digest=str(k) * 4) for k in (5, 6)]
    assert [one.folder for one in pooled(*runs)] == ["<memory>, 1", "<memory>, 2"]
    assert pooled(*runs) == pooled(*runs[::-1])


def test_only_records_of_the_tasks_that_are_asked_for_are_kept_and_compared():
    runs = [lying("a/x", "x", {A: 5, B: 1}), lying("b/x", "x", {A: 5, B: 2})]
    (one,) = pooled(*runs, tasks=(A,))
    assert {record.task for record in one.records[0]} == {A}
