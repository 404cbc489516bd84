from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.contract.baseline import TrainedOn
from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError, RunFolderError
from ilbench.runs.folder import (
    JOURNAL,
    RunHeader,
    SubmissionInfo,
    check_resumable,
    create_run,
    in_plan_order,
    load_header,
    load_run,
    load_runs,
    seal,
    utc_now,
)
from ilbench.runs.identity import EpisodeId, policy_seed
from ilbench.runs.journal import Journal
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.submitted import keep_files

HEADER = RunHeader(
    protocol="1",
    width=8,
    submission=SubmissionInfo(name="mine", kind="object", entry="a:b", digest="d" * 32),
    preset="custom",
    plan=(Block(task="a/b-v1", split="test", num_contexts=2, num_repeats=1),),
    tasks={"a/b-v1": "00"},
    packages={},
    machine={},
    created="2026-01-01T00:00:00+00:00",
)
TRAINED = TrainedOn(weights="w", spec_digest="s")


def make_record(context, status="ok"):
    return EpisodeRecord.model_validate(
        {
            "task": "a/b-v1",
            "split": "test",
            "context": context,
            "repeat": 0,
            "env_seed": 0,
            "policy_seed": 0,
            "initial_digest": None,
            "status": status,
            "reason": None if status == "ok" else "why",
            "success": None if status == "env_error" else True,
            "episode_return": 1.0,
            "length": 1,
            "terminated": True,
            "truncated": False,
            "mode": None,
            "action_digest": "",
            "times": {"env_s": 0.0, "policy_s": 0.0},
        }
    )


def write(folder, *records):
    create_run(folder, HEADER)
    with Journal(folder / JOURNAL) as journal:
        for record in records:
            journal.append(record)
    return load_run(folder)


def test_records_are_in_plan_order_whatever_the_order_they_ended_in(tmp_path):
    run = write(tmp_path / "run", make_record(1), make_record(0))
    assert [record.context for record in run.records] == [0, 1]
    assert run.complete
    assert run.missing == ()


def test_sealing_makes_equal_runs_equal_files(tmp_path):
    runs = [
        write(tmp_path / "a", make_record(1), make_record(0)),
        write(tmp_path / "b", make_record(0), make_record(1)),
    ]
    for run in runs:
        seal(run)
    assert (tmp_path / "a" / JOURNAL).read_bytes() == (tmp_path / "b" / JOURNAL).read_bytes()


def test_an_environment_error_is_missing_until_it_was_played_again(tmp_path):
    run = write(tmp_path / "run", make_record(0), make_record(1, "env_error"))
    assert [episode.context for episode in run.missing] == [1]
    with Journal(tmp_path / "run" / JOURNAL) as journal:
        journal.append(make_record(1))
    assert load_run(tmp_path / "run").missing == ()


def test_an_episode_twice_or_outside_the_plan_is_refused(tmp_path):
    with pytest.raises(CorruptFileError, match=r"journal.jsonl:2: episode .* is recorded a second time"):
        write(tmp_path / "twice", make_record(0), make_record(0))
    with pytest.raises(CorruptFileError, match=r"journal.jsonl:1: episode .* is not in the run's plan"):
        write(tmp_path / "outside", make_record(7))


def test_a_run_is_never_overwritten(tmp_path):
    create_run(tmp_path / "run", HEADER)
    with pytest.raises(RunFolderError, match="is not empty"):
        create_run(tmp_path / "run", HEADER)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"protocol": "2"}, "protocol"),
        ({"preset": "full"}, "preset"),
        ({"tasks": {"a/b-v1": "01"}}, "tasks"),
        ({"plan": (Block(task="a/b-v1", split="test", num_contexts=1, num_repeats=1),)}, "plan"),
    ],
)
def test_a_run_that_differs_is_not_resumed(tmp_path, change, name):
    create_run(tmp_path / "run", HEADER)
    with pytest.raises(RunFolderError, match=f"it differs in {name}"):
        check_resumable(tmp_path / "run", HEADER.model_copy(update=change))


def test_a_run_of_other_files_is_refused_by_their_names(tmp_path):
    create_run(tmp_path, HEADER)
    keep_files(tmp_path, {"model.pt": "file:1", "policy.py": "file:2"})
    other = HEADER.model_copy(
        update={"submission": HEADER.submission.model_copy(update={"digest": "f" * 32})}
    )
    with pytest.raises(
        RunFolderError, match=r"differs in submission \(found .*\): model\.pt changed; choose"
    ):
        check_resumable(tmp_path, other, {"model.pt": "file:3", "policy.py": "file:2"})


def test_a_run_is_resumed_on_another_machine_at_another_time(tmp_path):
    create_run(tmp_path / "run", HEADER)
    check_resumable(
        tmp_path / "run", HEADER.model_copy(update={"created": "later", "machine": {"cores": "9"}})
    )


def test_a_run_that_was_asked_for_no_nonce_is_given_one_and_keeps_it(tmp_path):
    create_run(tmp_path, HEADER)
    nonce = load_header(tmp_path).nonce
    assert nonce == "tests"
    check_resumable(tmp_path, HEADER)
    check_resumable(tmp_path, HEADER.model_copy(update={"nonce": nonce}))


def test_a_run_is_not_resumed_under_another_nonce(tmp_path):
    create_run(tmp_path, HEADER)
    with pytest.raises(RunFolderError, match="it differs in nonce"):
        check_resumable(tmp_path, HEADER.model_copy(update={"nonce": "other"}))


def test_the_nonce_of_a_header_decides_what_policies_are_told():
    run = HEADER.model_copy(update={"protocol": "2", "nonce": "a"})
    episode = EpisodeId("a/b-v1", "test", 0, 0)
    assert run.episode(episode).policy_seed == policy_seed(episode, "2", "a")
    assert HEADER.episode(episode).policy_seed == episode.seed("policy")


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(RunFolderError, match=r"is not a run folder: it has no run.json"):
        load_run(tmp_path)


def test_a_damaged_header_names_file_and_field(tmp_path):
    create_run(tmp_path / "run", HEADER)
    header = tmp_path / "run" / "run.json"
    header.write_text(
        header.read_text().replace('"width": 8', '"width": "wide"').replace('"width":8', '"width":"wide"')
    )
    with pytest.raises(CorruptFileError, match=r"run\.json: field 'width'"):
        load_run(tmp_path / "run")


def test_runs_are_loaded_from_folders_of_runs_sorted_by_path(tmp_path):
    for name in ("b", "a/deep"):
        write(tmp_path / "all" / name, make_record(0))
    write(tmp_path / "alone", make_record(0))
    found = load_runs(tmp_path / "alone", str(tmp_path / "all"))
    assert [run.path for run in found] == [tmp_path / "alone", tmp_path / "all/a/deep", tmp_path / "all/b"]


def test_a_folder_without_any_run_below_it_is_named(tmp_path):
    with pytest.raises(RunFolderError, match=r"holds no run: there is no run\.json in it; make one with"):
        load_runs(tmp_path)


def test_a_run_without_a_journal_has_all_to_play(tmp_path):
    create_run(tmp_path / "run", HEADER)
    run = load_run(tmp_path / "run")
    assert (run.records, len(run.missing), run.complete) == ((), 2, False)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_any_order_of_records_with_errors_played_again_is_one_run(tmp_path_factory, order, failed):
    plan = (Block(task="a/b-v1", split="test", num_contexts=6, num_repeats=1),)
    played = [make_record(i, "env_error" if i in failed else "ok") for i in order]
    again = [make_record(i) for i in order if i in failed]
    records = in_plan_order(tmp_path_factory.getbasetemp(), plan, [*played, *again])
    assert records == tuple(map(make_record, range(6)))


PUBLISHED = sorted((Path(__file__).parents[2] / "results").glob("**/run.json"))


@pytest.mark.parametrize("file", PUBLISHED[::10], ids=lambda file: file.parent.name)
def test_the_identity_of_a_published_run_is_that_of_what_its_file_says(file):
    written = json.loads(file.read_text())
    compared = {name: written[name] for name in written if name not in ("packages", "machine", "created")}
    assert "training" not in written  # older than the field, which changes nothing
    assert load_header(file.parent).identity() == json_digest(compared)


@pytest.mark.parametrize("name", ["nonce", "packages", "machine", "created", "training", "policy_packages"])
def test_where_and_on_what_a_run_was_made_is_no_part_of_its_identity(name):
    other = {"created": "2027-01-01T00:00:00+00:00", "training": {"a/b-v1": TRAINED}}
    changed = HEADER.model_copy(update={name: other.get(name, {"numpy": "1"})})
    assert changed != HEADER
    assert changed.identity() == HEADER.identity()


def test_time_stamps_are_utc_to_the_second():
    stamp = datetime.fromisoformat(utc_now())
    assert stamp.tzinfo == UTC
    assert stamp.microsecond == 0
    assert 0 <= (datetime.now(UTC) - stamp).total_seconds() < 60
