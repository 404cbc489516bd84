"""The policy of a run, found again, and what is said where it is not what it was."""

from __future__ import annotations

import warnings

import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import CheckpointError, MissingPackageError, UsageError
from ilbench.runner.provenance import ProvenanceWarning, find_played_task, find_submission, warn_of_drift
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runs.submitted import keep_files
from ilbench.testing.records import make_record, make_run
from ilbench.testing.toys import HARBOR, toy_task

TASK = find_task("d3il/avoiding-v3")
HARBOR_NAME = "ilbench.testing.toys:HARBOR"
POLICY = "def act(observation):\n    return [0.0, 0.01]\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "submission.toml").write_text('name = "my policy"\nentry = "policy:act"\n')
    (mine / "policy.py").write_text(POLICY)
    return mine


def found_for(run, **whose):
    with find_submission(run, TASK, **whose) as submission:
        return submission


def run_of(policy, *others, **changes):
    """Returns the run of a submission on `TASK`, and on others of these names."""
    with submission_of(policy, [TASK]) as submission:
        info = submission.info
    header = {
        "submission": info,
        "tasks": {TASK.id: TASK.spec_digest(), **dict.fromkeys(others, "0" * 32)},
    }
    return make_run([make_record(task=TASK.id)], **{**header, **changes})


def notes_of(call, *arguments, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*arguments, **options)
    assert all(one.category is ProvenanceWarning for one in caught)
    return [str(one.message) for one in caught]


def act(observation):
    return [0.0, 0.01]


# --- the task


def test_an_episodes_task_is_found_by_its_id_or_where_it_was_said_to_be():
    assert find_played_task(TASK.id) is TASK
    assert find_played_task(HARBOR.id, HARBOR_NAME) == find_played_task(HARBOR.id, HARBOR) == HARBOR


def test_a_task_that_no_package_declares_must_be_handed_over():
    with pytest.raises(UsageError, match=r"declares toys/harbor-v1.*hand the task over: --task package"):
        find_played_task(HARBOR.id)


def test_another_task_than_the_episodes_is_refused():
    with pytest.raises(
        UsageError, match=f"episode is of d3il/avoiding-v3, but '{HARBOR_NAME}' leads to toys"
    ):
        find_played_task(TASK.id, HARBOR_NAME)


def test_a_task_whose_simulator_is_missing_cannot_be_played():
    with pytest.raises(MissingPackageError, match="no-such-simulator"):
        find_played_task(HARBOR.id, toy_task(packages=("no-such-simulator",)))


# --- the submission


def test_a_named_policy_is_found_by_its_name_and_nothing_is_noted():
    assert found_for(run_of("random")).info.name == "random"
    assert notes_of(found_for, run_of("random")) == []


def test_a_folder_must_be_named_since_a_run_keeps_only_its_digest(folder):
    with pytest.raises(UsageError, match=r"scored the submission folder 'my policy'.*--submission PATH"):
        found_for(run_of(folder))
    assert notes_of(found_for, run_of(folder), policy=folder) == []


def test_an_object_in_memory_is_gone_and_its_user_is_told_what_to_name():
    with pytest.raises(
        UsageError, match=r"scored 'act', an object in memory.*a submission that has its weights"
    ):
        found_for(run_of(act))


def test_an_edited_folder_is_another_submission_and_both_digests_are_said(folder):
    run = run_of(folder)
    (folder / "policy.py").write_text(POLICY + "# edited\n")
    with submission_of(folder, [TASK]) as submission:
        now = submission.info.digest
    (note,) = notes_of(found_for, run, policy=folder)
    assert f"its digest is {now[:8]}" in note
    assert f"that of the run's 'my policy' {run.header.submission.digest[:8]}" in note


def test_the_files_that_were_edited_since_are_named(folder, tmp_path):
    run = run_of(folder, path=tmp_path / "run")
    run.path.mkdir()
    with submission_of(folder, [TASK]) as submission:
        keep_files(run.path, submission.files)
    (folder / "policy.py").write_text(POLICY + "# edited\n")
    (note,) = notes_of(found_for, run, policy=folder)
    assert note.endswith(": policy.py changed")


def test_a_policy_may_be_played_in_another_place(folder):
    found = found_for(run_of(folder), policy=folder, place="inline")
    assert found.policies[TASK.id].place == "inline"


def test_where_another_task_of_the_run_is_gone_its_submission_is_found_and_not_vouched_for():
    run = run_of("random", "elsewhere/task-v1")
    (note,) = notes_of(found_for, run)
    assert note.startswith(
        "whether this is the run's submission could not be checked: no task named 'elsewhere"
    )
    with pytest.warns(ProvenanceWarning):
        assert list(found_for(run).policies) == [TASK.id]


def test_a_checkpoint_that_is_missing_is_an_error_with_the_command(tmp_path):
    info = run_of("random").header.submission.model_copy(update={"entry": "bc-mlp", "training_seed": 2})
    with pytest.raises(CheckpointError, match="run: ilbench train bc-mlp d3il/avoiding-v3 --seed 2"):
        found_for(run_of("random", submission=info), checkpoints=tmp_path)


# --- drift


def test_nothing_is_noted_where_all_is_as_it_was():
    import ilbench

    assert notes_of(warn_of_drift, run_of("random", packages={"ilbench": ilbench.__version__}), TASK) == []


def test_other_versions_are_noted_but_only_of_packages_that_can_matter():
    run = run_of("random", packages={"ilbench": "0.0.1", "left-pad": "1"})
    (note,) = notes_of(warn_of_drift, run, TASK)
    assert note.startswith("other versions than the run's: ilbench 0.0.1 -> ")
    assert "left-pad" not in note


def test_another_arithmetic_is_noted():
    run = run_of("random", arithmetic="native")
    assert notes_of(warn_of_drift, run, TASK) == ["the run was played in native arithmetic, this is fixed"]


def test_a_package_that_is_gone_is_noted():
    task = toy_task(packages=("no-such-simulator",))
    run = make_run(tasks={task.id: task.spec_digest()}, packages={"no-such-simulator": "1"})
    assert notes_of(warn_of_drift, run, task) == [
        "other versions than the run's: no-such-simulator 1 -> not installed"
    ]


def test_another_spec_of_the_task_is_noted():
    run = run_of("random", tasks={TASK.id: "0" * 32})
    assert notes_of(warn_of_drift, run, TASK) == [
        "d3il/avoiding-v3 is not what it was: another spec digest than the run's"
    ]
