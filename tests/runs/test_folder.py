from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ilbench.contract.baseline import TrainedOn
from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError, RunFolderError
from ilbench.runs.digested_json import to_digested_json
from ilbench.runs.folder import (
    JOURNAL,
    RunHeader,
    SubmissionInfo,
    create_run,
    is_vacant,
    load_header,
    load_run,
    load_runs,
    load_sealed,
    seal,
    utc_now,
)
from ilbench.runs.identity import PROTOCOL, EpisodeId, policy_seed
from ilbench.runs.journal import Journal, to_line
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import Block
from ilbench.runs.resuming import check_resumable
from ilbench.runs.submitted import keep_files
from ilbench.storage import UNFINISHED
from ilbench.testing import records

HEADER = RunHeader(
    protocol=PROTOCOL,
    nonce=PUBLISHED_NONCE,
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


def make_record(context, status="ok", **changes):
    return records.make_record(context, task="a/b-v1", status=status, **changes)


def write(folder, *records):
    create_run(folder, HEADER)
    with Journal.open(folder / JOURNAL) as journal:
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
    with Journal.open(tmp_path / "run" / JOURNAL) as journal:
        journal.append(make_record(1))
    assert load_run(tmp_path / "run").missing == ()


def test_an_episode_outside_the_plan_is_refused(tmp_path):
    with pytest.raises(CorruptFileError, match=r"journal.jsonl:1: episode .* is not in the run's plan"):
        write(tmp_path / "outside", make_record(7))


def test_a_run_is_never_overwritten(tmp_path):
    create_run(tmp_path / "run", HEADER)
    with pytest.raises(RunFolderError, match="is not empty"):
        create_run(tmp_path / "run", HEADER)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"protocol": "1"}, "protocol"),
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
    asked = HEADER.model_copy(update={"nonce": ""})
    create_run(tmp_path, asked)
    nonce = load_header(tmp_path).nonce
    assert nonce == "tests"
    check_resumable(tmp_path, asked)
    check_resumable(tmp_path, HEADER.model_copy(update={"nonce": nonce}))


def test_a_run_is_not_resumed_under_another_nonce(tmp_path):
    create_run(tmp_path, HEADER)
    with pytest.raises(RunFolderError, match="it differs in nonce"):
        check_resumable(tmp_path, HEADER.model_copy(update={"nonce": "other"}))


def test_the_nonce_of_a_header_decides_what_policies_are_told():
    episode = EpisodeId("a/b-v1", "test", 0, 0)
    assert HEADER.episode(episode).policy_seed == policy_seed(episode, PROTOCOL, PUBLISHED_NONCE)
    first = HEADER.model_copy(update={"protocol": "1", "nonce": ""})
    assert first.episode(episode).policy_seed == episode.seed("policy")


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


NOT_COMPARED = {
    "nonce",
    "packages",
    "machine",
    "created",
    "training",
    "policy_packages",
    "undeclared",
    "digest",
    "arithmetic",
    "sandbox",
    "served",
}
PUBLISHED = sorted((Path(__file__).parents[2] / "results").glob("**/run.json"))


@pytest.mark.parametrize("file", PUBLISHED[::10], ids=lambda file: file.parent.name)
def test_the_identity_of_a_published_run_is_that_of_what_its_file_says(file):
    written = json.loads(file.read_text())
    compared = {name: written[name] for name in written if name not in NOT_COMPARED}
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


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_header_can_change_unnoticed(tmp_path, bit):
    create_run(tmp_path, HEADER)
    file = tmp_path / "run.json"
    text = file.read_bytes()
    for place in range(len(text) - 1):  # the last byte is the line's end
        file.write_bytes(text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :])
        with pytest.raises(CorruptFileError, match=r"run\.json"):
            load_header(tmp_path)


def edit(folder, **changes):
    file = folder / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_header_that_was_edited_says_in_what_it_is_not_what_is_asked_for(tmp_path):
    like = HEADER.model_copy(update={"packages": {"mujoco": "3.3.0"}})
    create_run(tmp_path, like)
    edit(tmp_path, packages={"mujoco": "3.1.1"}, width=16)
    with pytest.raises(CorruptFileError, match=r"differs in width, packages: mujoco 3\.1\.1, now 3\.3\.0"):
        check_resumable(tmp_path, like)


def rewrite(folder, **changes):
    """Writes a header as `create_run` would, with values that it would not."""
    content = {**HEADER.model_dump(mode="json"), **changes}
    (folder / "run.json").write_text(to_digested_json(content))


REFUSED = {
    "an unknown protocol": ({"protocol": "3"}, RunFolderError, "protocol 3; this version knows"),
    "no nonce": ({"nonce": ""}, CorruptFileError, "field 'nonce'"),
    "a width of zero": ({"width": 0}, CorruptFileError, "field 'width'"),
    "a task that is not named": ({"tasks": {}}, CorruptFileError, "field 'tasks'.* 'a/b-v1'"),
    "a field of another version": ({"later": 1}, CorruptFileError, "field 'later'"),
    "a plan that fills the memory": (
        {"plan": [{"task": "a/b-v1", "split": "test", "num_contexts": 1, "num_repeats": 10**18}]},
        CorruptFileError,
        "field 'plan': found 1000000000000000000 episodes, expected at most",
    ),
}


@pytest.mark.parametrize(("changes", "error", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_header_that_cannot_be_is_refused_by_its_field(tmp_path, changes, error, problem):
    rewrite(tmp_path, **changes)
    with pytest.raises(error, match=problem):
        load_run(tmp_path)


def test_a_header_of_protocol_1_needs_no_digest_and_others_do(tmp_path):
    content = HEADER.model_dump(mode="json")
    (tmp_path / "run.json").write_text(json.dumps({**content, "protocol": "1", "nonce": ""}))
    assert load_header(tmp_path).protocol == "1"
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(CorruptFileError, match="field 'digest': expected the digest of all else, found none"):
        load_header(tmp_path)


@pytest.mark.parametrize("field", ["env_seed", "policy_seed"])
def test_a_record_with_another_seed_than_its_episodes_is_named_by_line_and_field(tmp_path, field):
    problem = f"field '{field}': found 7, expected {getattr(make_record(1), field)}"
    with pytest.raises(CorruptFileError, match=f"journal.jsonl:2: {problem}"):
        write(tmp_path, make_record(0), make_record(1, **{field: 7}))


BEGUN = {
    "arithmetic": "fixed",
    "packages": {"mujoco": "1", "torch": "2"},
    "policy_packages": {"jax": "3", "pip": "4"},
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"packages": {"mujoco": "2", "torch": "2"}}, "was begun with mujoco 1, now 2: .* --overwrite"),
        ({"arithmetic": "native"}, "was begun with fixed arithmetic, now native"),
        ({"policy_packages": {"jax": "4"}}, "was begun with jax 3, now 4 of the policy's interpreter"),
    ],
)
def test_a_run_does_not_go_on_with_other_versions_of_what_can_change_a_number(tmp_path, changes, problem):
    create_run(tmp_path, HEADER.model_copy(update=BEGUN))
    with pytest.raises(RunFolderError, match=problem):
        check_resumable(tmp_path, HEADER.model_copy(update={**BEGUN, **changes}))


def test_an_installer_or_a_package_that_is_no_longer_there_changes_no_number(tmp_path):
    create_run(tmp_path, HEADER.model_copy(update=BEGUN))
    now = {**BEGUN, "packages": {"mujoco": "1"}, "policy_packages": {"jax": "3", "pip": "5"}}
    check_resumable(tmp_path, HEADER.model_copy(update=now))


def test_a_whole_run_that_was_not_sealed_is_sealed_and_what_was_replaced_is_kept(tmp_path):
    failed = make_record(0, "env_error")
    write(tmp_path, make_record(1), failed, make_record(0))
    run = load_sealed(tmp_path)
    assert (tmp_path / JOURNAL).read_text() == "".join(map(to_line, run.records))
    assert [attempt.line for attempt in load_run(tmp_path).history.attempts] == [to_line(failed)]
    assert run.history.replaced() == load_run(tmp_path).history.replaced() != ""


def test_what_killed_processes_left_is_no_content(tmp_path):
    assert is_vacant(tmp_path / "none")
    for name in (".lock", f"{UNFINISHED}7-run.json", ".replaced"):
        (tmp_path / name).touch()
    assert is_vacant(tmp_path)
    create_run(tmp_path, HEADER)
    assert not is_vacant(tmp_path)


def test_a_run_that_is_being_replaced_is_not_found_among_runs(tmp_path):
    write(tmp_path / "run", make_record(0))
    shutil.copytree(tmp_path / "run", tmp_path / "run/.replaced")
    assert [run.path for run in load_runs(tmp_path)] == [tmp_path / "run"]
