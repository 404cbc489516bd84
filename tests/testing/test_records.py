"""Made-up records are as consistent as real ones, and a made-up run is whole."""

import pytest

from ilbench.runs.folder import create_run, load_run, seal
from ilbench.testing.records import make_record, make_records, make_run


@pytest.mark.parametrize(("success", "ended"), [(True, (True, False)), (False, (False, True))])
def test_success_terminates_and_failure_is_truncated(success, ended):
    record = make_record(success=success)
    assert (record.terminated, record.truncated) == ended


@pytest.mark.parametrize(("status", "success"), [("env_error", None), ("timeout", False), ("ok", False)])
def test_a_fault_has_a_reason_and_ours_has_no_success(status, success):
    record = make_record(success=False, status=status)
    assert record.success is success
    assert (record.reason is None) == (status == "ok")


def test_any_field_can_be_another():
    record = make_record(3, task="a/b-v1", mode=2, length=9)
    assert (record.id.task, record.context, record.mode, record.length) == ("a/b-v1", 3, 2, 9)


def test_records_are_on_contexts_in_order():
    assert [(r.context, r.success) for r in make_records((1, 0))] == [(0, True), (1, False)]


def test_a_run_has_the_plan_of_its_records_and_is_complete():
    records = [*make_records((1, 0)), *make_records((1, 1, 1), split="train")]
    run = make_run(records)
    assert run.complete
    assert [(b.split, b.num_contexts) for b in run.header.plan] == [("test", 2), ("train", 3)]


def test_a_run_survives_being_written(tmp_path):
    run = make_run(
        make_records((1, 0, 1)), path=tmp_path / "run", name="mine", training_seed=3, preset="smoke"
    )
    create_run(run.path, run.header)
    seal(run)
    assert load_run(run.path) == run
