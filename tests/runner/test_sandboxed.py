"""Runs in the sandbox: the records of a bare process, and what the header promises."""

from __future__ import annotations

import pytest

import ilbench
from ilbench.errors import InvalidSubmissionError, RunFolderError
from ilbench.runner.hosts.sandboxes.choice import SandboxError
from ilbench.runner.provenance import find_submission

POLICY = """\
import numpy as np
class Policy:
    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)
    def act(self, observation):
        return self.rng.normal([0.0, 0.008], 0.006)
"""
PLAY = {"task": "d3il/avoiding-v3", "split": "test", "contexts": 1, "repeats": 1, "workers": 1}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Returns the folder of a submission."""
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policy.py").write_text(POLICY)
    (tmp_path / "mine" / "submission.toml").write_text('name = "mine"\nentry = "policy:Policy"\n')
    return tmp_path / "mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "module"), [("Network", "networks"), ("Leaves", "hostile"), ("Raises", "manners")]
)
def test_a_record_is_the_same_in_and_out_of_the_sandbox(bwrap, stand, digests, policy, module):
    begun = [
        stand(policy, module=module, episodes=4, place="process", sandbox=sandbox)
        for sandbox in ("none", "bwrap")
    ]
    assert digests(begun[0].play()) == digests(begun[1].play())


def test_a_header_says_the_sandbox_and_a_run_goes_on_in_no_other_way(bwrap, mine, tmp_path):
    run = ilbench.run(mine, out=tmp_path / "run", sandbox="auto", **PLAY)
    assert run.header.sandbox == "bwrap"
    with pytest.raises(RunFolderError, match="was begun with the sandbox bwrap, now none"):
        ilbench.run(mine, out=tmp_path / "run", **PLAY)
    with find_submission(run, ilbench.task(PLAY["task"]), policy=mine) as submission:
        assert submission.policies[PLAY["task"]].sandbox == "bwrap"


def test_a_sandbox_is_no_part_of_a_runs_identity(bwrap, stand):
    names = {
        stand("Network", module="networks", place="process", sandbox=sandbox).run.header.identity()
        for sandbox in ("none", "bwrap")
    }
    assert len(names) == 1


@pytest.mark.parametrize("policy", ["random", "json:loads", len])
def test_only_a_folder_is_kept_in_a_sandbox(policy):
    with pytest.raises(SandboxError, match=r"'bwrap' means nothing for the (baseline|import string|object)"):
        ilbench.run(policy, sandbox="bwrap", task=PLAY["task"])


def test_more_memory_than_is_allowed_is_refused_before_the_first_episode(bwrap, mine, tmp_path):
    with (mine / "submission.toml").open("a") as file:
        file.write("[limits]\nmemory_gib = 30\n")
    with pytest.raises(InvalidSubmissionError, match=r"limits.memory_gib': found 30, expected at most 8"):
        ilbench.run(mine, out=tmp_path / "run", sandbox="auto", **PLAY)
    assert not (tmp_path / "run").exists()
