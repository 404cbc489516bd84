from dataclasses import replace

from made_up import A, B, make_run

from ilbench.scores.comparison.repeated import find_repeated


def on(run, arithmetic):
    return replace(run, header=run.header.model_copy(update={"arithmetic": arithmetic}))


def test_a_policy_is_known_by_its_digest():
    run = make_run("x", {A: 5}, seed=3)
    (found,) = find_repeated([run], [make_run("renamed", {A: 5}, seed=3)])
    assert (found.what, found.training_seed, found.num_equal, found.num_common) == ("policy", 3, 40, 40)


def test_another_training_with_the_same_seed_is_no_other_method():
    first = on(make_run("x", {A: 5}, seed=3), "fixed")
    second = on(make_run("x", {A: 9}, seed=3, digest="b" * 32), "native")
    (found,) = find_repeated([first], [second])
    assert (found.what, found.num_equal, found.num_common) == ("training", 36, 40)
    assert found.differing == (("arithmetic", "fixed", "native"),)


def test_equal_records_are_one_policy_whatever_else_was_packed_with_it():
    (found,) = find_repeated(
        [make_run("x", {A: 5}, seed=0)], [make_run("x", {A: 5}, seed=0, digest="b" * 32)]
    )
    assert found.what == "policy"


def test_other_names_seeds_and_tasks_repeat_nothing():
    run = make_run("x", {A: 5}, seed=0)
    others = [make_run("y", {A: 5}, seed=0, digest="b" * 32), make_run("x", {A: 5}, seed=1)]
    assert find_repeated([run], [*others, make_run("x", {B: 5}, seed=0)]) == ()
