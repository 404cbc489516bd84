from __future__ import annotations

import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import returns

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import find_task
from ilbench.errors import InvalidPolicyError, RunFolderError
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.lineup import FewerLanesWarning, Lineup, Resources, ResourcesError
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.folder import JOURNAL, Run, load_run
from ilbench.runs.plan import make_plan
from ilbench.runs.submission_info import SubmissionInfo

GUESTS = str(Path(__file__).parents[1] / "guests")
TASK = "sea:TASK"
EPISODES = 12
NUM_RETURNS = len(returns.variants(returns.CONTINUOUS))


def begin(folder, policy, *, module="manners", place="inline", task=TASK, arguments=None, episodes=EPISODES):
    found = find_task(task)
    spec = PolicySpec(
        load=f"{module}:{policy}", arguments=arguments or {}, search_path=(GUESTS,), place=place
    )
    info = SubmissionInfo(name=policy, kind="object", entry=policy, digest=policy)
    submission = Submission(info=info, policies={found.id: spec})
    plan = make_plan([found], splits=["test"], num_contexts=1, num_repeats=episodes)
    header = make_header(submission, [found], plan, "custom")
    return open_run(folder, header), Lineup(tasks={found.id: found}, policies=submission.policies)


def play(folder, policy, *, workers=1, lanes=8, timeout_s=30.0, on_record=lambda record: None, **begin_with):
    run, lineup = begin(folder, policy, **begin_with)
    resources = Resources(num_workers=workers, num_lanes=lanes, timeout_s=timeout_s)
    return evaluate(run, lineup, resources, on_record=on_record)


def digests(run: Run) -> list[str]:
    return [record.digest() for record in run.records]


def guilty(run: Run) -> list[bool]:
    return [record.policy_seed % 3 == 0 for record in run.records]


@pytest.fixture(scope="module")
def wanderings(tmp_path_factory):
    return play(tmp_path_factory.mktemp("wanderer") / "run", "Wanderer", lanes=1)


@pytest.mark.parametrize(
    ("workers", "lanes", "place"), [(1, 8, "inline"), (2, 3, "inline"), (2, 8, "process")]
)
def test_records_do_not_depend_on_workers_lanes_or_place(tmp_path, wanderings, workers, lanes, place):
    run = play(tmp_path / "run", "Wanderer", workers=workers, lanes=lanes, place=place)
    assert digests(run) == digests(wanderings)


def test_episodes_differ_by_their_seed(wanderings):
    assert len({record.action_digest for record in wanderings.records}) == EPISODES


def test_a_chunk_of_actions_plays_like_its_actions_one_by_one(tmp_path, wanderings):
    run = play(tmp_path / "run", "Chunks", workers=2)
    same = [a.action_digest == b.action_digest for a, b in zip(run.records, wanderings.records, strict=True)]
    assert all(same)


def test_a_policy_that_asks_for_history_is_shown_it(tmp_path):
    runs = [play(tmp_path / place, "Remembers", place=place, episodes=2) for place in ("inline", "process")]
    assert digests(runs[0]) == digests(runs[1])
    assert {record.status for record in runs[0].records} == {"ok"}


@pytest.mark.parametrize("policy", ["OneAtATime", "straight"])
def test_single_episode_policies_are_lifted(tmp_path, policy):
    runs = [play(tmp_path / str(lanes), policy, lanes=lanes, episodes=4) for lanes in (1, 8)]
    assert digests(runs[0]) == digests(runs[1])
    assert {record.status for record in runs[0].records} == {"ok"}


@pytest.mark.parametrize("place", ["inline", "process"])
def test_one_object_plays_single_episodes_in_one_lane_and_says_so(tmp_path, place):
    expected = digests(play(tmp_path / "class", "OneAtATime", episodes=6))
    with pytest.warns(FewerLanesWarning, match="the entry point is one and the same object, 'OneAtATime'"):
        run = play(tmp_path / "object", "ONE", place=place, workers=2, episodes=6)
    assert digests(run) == expected


def returned_later(folder, number, place, lanes):
    """Returns a run whose guilty episodes are answered with a variant from the second step on."""
    how = {"rows": "CONTINUOUS", "number": number}
    return play(folder, "Later", module="returns", arguments=how, place=place, lanes=lanes, episodes=6)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(NUM_RETURNS))
def test_whatever_is_returned_has_the_same_record_in_every_place_and_number_of_lanes(tmp_path, number):
    runs = [
        returned_later(tmp_path / f"{place}-{lanes}", number, place, lanes)
        for place in ("inline", "process")
        for lanes in (1, 8)
    ]
    assert [digests(run) for run in runs] == [digests(runs[0])] * 4
    faults = {record.status for record in runs[0].records} - {"ok"}
    assert all(record.status == "ok" for record in runs[0].records if record.policy_seed % 3)
    assert faults <= {"invalid_action", "policy_error"}


FAULTS = [
    ("Raises", "inline", "policy_error", "ValueError: I lost my way (manners.py"),
    ("Raises", "process", "policy_error", "ValueError: I lost my way (manners.py"),
    ("NotANumber", "inline", "invalid_action", "expected finite numbers, found [nan"),
    ("NotANumber", "process", "invalid_action", "expected finite numbers, found [nan"),
    ("ChangesShape", "inline", "invalid_action", "expected numbers of shape (2), or (K, 2) for"),
    ("Dies", "process", "policy_error", "the policy process ended (killed by signal 9)"),
    (
        "Dies",
        "inline",
        "policy_error",
        "the worker process ended while the policy had the word (killed by signal 9)",
    ),
]


@pytest.mark.parametrize(("policy", "place", "status", "reason"), FAULTS)
def test_a_fault_is_laid_at_the_guilty_episode_alone(tmp_path, wanderings, policy, place, status, reason):
    run = play(tmp_path / "run", policy, workers=2, place=place)
    assert [record.status == status for record in run.records] == guilty(run)
    assert all(r.reason.startswith(reason) for r in run.records if r.status != "ok")
    for record, clean in zip(run.records, wanderings.records, strict=True):
        assert record.status != "ok" or record.action_digest == clean.action_digest


@pytest.mark.parametrize("place", ["inline", "process"])
def test_a_hang_is_cut_short_and_named(tmp_path, place):
    run = play(tmp_path / "run", "Hangs", place=place, timeout_s=0.5, episodes=4)
    assert [record.status == "timeout" for record in run.records] == guilty(run)
    assert any(guilty(run))
    assert {r.reason for r in run.records if r.status == "timeout"} == {
        "the policy did not answer within 0.5 s"
    }


def test_a_policy_fault_counts_as_a_failure_with_what_was_played(tmp_path):
    run = play(tmp_path / "run", "Raises", episodes=6)
    fault = next(record for record in run.records if record.status == "policy_error")
    assert (fault.success, fault.length, fault.terminated, fault.truncated) == (False, 3, False, False)


def test_records_of_faults_do_not_depend_on_lanes(tmp_path):
    runs = [play(tmp_path / str(lanes), "ChangesShape", lanes=lanes) for lanes in (1, 8)]
    assert digests(runs[0]) == digests(runs[1])


def test_an_environment_error_has_no_verdict_and_is_played_again_on_resume(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(GUESTS)
    run = play(tmp_path / "run", "Wanderer", task="brittle:TASK", workers=2)
    broken = [record for record in run.records if record.status == "env_error"]
    assert [r.env_seed % 3 == 0 for r in run.records] == [r.status == "env_error" for r in run.records]
    assert {record.success for record in broken} == {None}
    assert all(r.reason.startswith("RuntimeError: the simulator is out of tune") for r in broken)
    assert [episode.repeat for episode in run.missing] == [record.repeat for record in broken]


def ilbench_processes(text="ilbench"):
    """Returns the living descendants of this process whose command has that text."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile, or its parent has not heard of its end yet
            found += [process] if text in " ".join(process.cmdline()) else []
    return found


def test_a_killed_worker_changes_no_record(tmp_path, wanderings):
    killed = []

    def kill_once(record):
        if not killed:
            killed.extend(ilbench_processes("local_worker")[:1])
            killed[0].send_signal(signal.SIGKILL)

    run = play(tmp_path / "run", "Wanderer", workers=2, lanes=2, on_record=kill_once)
    assert killed
    assert digests(run) == digests(wanderings)


def test_an_interrupted_run_resumes_to_the_same_file(tmp_path, wanderings):
    def interrupt(record):
        if record.repeat == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(tmp_path / "run", "Wanderer", on_record=interrupt, lanes=2)
    assert 0 < len(load_run(tmp_path / "run").records) < EPISODES
    played = []
    run = play(tmp_path / "run", "Wanderer", on_record=played.append)
    assert digests(run) == digests(wanderings)
    assert len(played) < EPISODES


def test_a_run_that_is_finished_plays_nothing_again(tmp_path):
    play(tmp_path / "run", "Wanderer", episodes=2)
    before = (tmp_path / "run" / JOURNAL).read_bytes()
    play(tmp_path / "run", "Wanderer", episodes=2, on_record=lambda record: pytest.fail("played again"))
    assert (tmp_path / "run" / JOURNAL).read_bytes() == before


def test_workers_leave_no_process_behind(tmp_path):
    play(tmp_path / "run", "Wanderer", workers=2, place="process", episodes=4)
    deadline = time.monotonic() + 5
    while ilbench_processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not ilbench_processes()


@pytest.mark.parametrize("place", ["inline", "process"])
def test_a_wrong_action_shape_is_found_on_the_first_step(tmp_path, place):
    with pytest.raises(
        InvalidPolicyError, match=r"first step: expected numbers of shape \(2\), or.*\(8, 3\)"
    ):
        play(tmp_path / "run", "WrongShape", place=place)
    assert load_run(tmp_path / "run").records == ()


@pytest.mark.parametrize("place", ["inline", "process"])
def test_what_is_no_policy_is_refused_with_what_was_expected(tmp_path, place):
    with pytest.raises(InvalidPolicyError, match=r"NOT_A_POLICY.*expected a class or factory"):
        play(tmp_path / "run", "NOT_A_POLICY", place=place)


def test_a_folder_of_another_submission_is_refused_and_untouched(tmp_path):
    play(tmp_path / "run", "Wanderer", episodes=2)
    before = (tmp_path / "run" / JOURNAL).read_bytes()
    with pytest.raises(
        RunFolderError, match=r"holds another run: it differs in submission .*'Wanderer'.*'Chunks'"
    ):
        play(tmp_path / "run", "Chunks", episodes=2)
    assert (tmp_path / "run" / JOURNAL).read_bytes() == before


def test_lanes_beyond_the_width_are_refused(tmp_path):
    with pytest.raises(ResourcesError, match=r"lanes must be in \[1, 8\]"):
        play(tmp_path / "run", "Wanderer", lanes=9)


LOST = "the worker process ended while the policy had the word"
HOSTILE = [
    ("Leaves", "inline", "policy_error", f"{LOST} (exit code 3)"),
    ("LeavesAChild", "inline", "policy_error", f"{LOST} (exit code 5)"),
    ("EndsItsParent", "process", "policy_error", f"{LOST} (killed by signal 9)"),
    ("ClosesAll", "inline", "policy_error", f"{LOST} (it closed its socket)"),
    ("Shrinks", "inline", "ok", None),
    ("Shrinks", "process", "ok", None),
    ("Remembers", "inline", "policy_error", "ValueError: not yet"),
    ("Remembers", "process", "policy_error", "ValueError: not yet"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "place", "status", "reason"), HOSTILE)
def test_whatever_a_policy_does_to_its_process_is_laid_at_it(tmp_path, policy, place, status, reason):
    run = play(tmp_path / "run", policy, module="hostile", place=place, episodes=3, lanes=2, timeout_s=5.0)
    told = [(record.status, record.reason) for record in run.records]
    for record, (found, why) in zip(run.records, told, strict=True):
        assert found == (status if record.policy_seed % 3 == 0 else "ok")
        assert found == "ok" or why.startswith(reason)


def test_a_policy_that_is_killed_from_outside_is_tried_again(tmp_path):
    arguments = {"file": str(tmp_path / "killed")}
    run, lineup = begin(tmp_path / "run", "FirstDies", module="hostile", place="process", arguments=arguments)
    run = evaluate(run, lineup, Resources(num_lanes=1))
    assert {record.status for record in run.records} == {"ok"}
    reasons = [attempt.reason for attempt in load_run(run.path).history.attempts]
    assert set(reasons) == {"the policy process ended (killed by signal 9)"}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux tells of other processes")
@pytest.mark.parametrize("place", ["inline", "process"])
def test_what_a_policy_started_ends_with_its_run(tmp_path, place):
    how = {"arguments": {"file": str(tmp_path / "pids"), "orphan": True}, "episodes": 1, "lanes": 1}
    play(tmp_path / "run", "Family", module="hostile", place=place, **how)
    started = [int(line) for line in (tmp_path / "pids").read_text().split()]
    assert len(started) >= 3
    assert not [p for p in started if psutil.pid_exists(p) and psutil.Process(p).status() != "zombie"]


def test_loading_has_a_limit_that_is_named_in_every_place(tmp_path):
    run, lineup = begin(tmp_path / "run", "Slow", module="hostile")
    with pytest.raises(InvalidPolicyError, match=r"it did not load within 2 s; .* --load-timeout"):
        evaluate(run, lineup, Resources(load_timeout_s=2.0))


@pytest.mark.parametrize("place", ["inline", "process"])
def test_a_policy_that_dies_while_it_loads_is_named_with_its_end(tmp_path, place):
    with pytest.raises(InvalidPolicyError, match=r"load.*\(killed by signal 9\)"):
        play(tmp_path / "run", "Lost", module="hostile", place=place)


@pytest.mark.parametrize("place", ["inline", "process"])
def test_no_file_of_a_policy_or_of_the_working_folder_shadows_a_module(tmp_path, monkeypatch, place):
    (tmp_path / "work").mkdir()
    for name in ("random", "json", "numpy", "mujoco", "gymnasium", "guest"):
        (tmp_path / "work" / f"{name}.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PYTHONPATH", ":.")
    run, lineup = begin(tmp_path / "run", "Calm", module="hostile", place=place, episodes=2)
    (spec,) = lineup.policies.values()
    own = spec.model_copy(update={"search_path": (str(tmp_path / "work"), GUESTS)})
    run = evaluate(run, Lineup(tasks=lineup.tasks, policies={find_task(TASK).id: own}))
    assert {record.status for record in run.records} == {"ok"}


def test_a_run_that_was_killed_before_it_was_sealed_is_sealed_by_the_next_start(tmp_path, wanderings):
    shutil.copytree(wanderings.path, tmp_path / "run")
    journal = tmp_path / "run" / JOURNAL
    sealed = journal.read_bytes()
    journal.write_bytes(b"".join(reversed(sealed.splitlines(keepends=True))))
    begin(tmp_path / "run", "Wanderer")
    assert journal.read_bytes() == sealed


def test_every_start_that_plays_is_counted_and_no_other(tmp_path):
    play(tmp_path / "run", "Wanderer", episodes=1)
    assert play(tmp_path / "run", "Wanderer", episodes=1).history.num_starts == 1
