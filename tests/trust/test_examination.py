"""Runs of a toy task, true and forged, and what an examination finds."""

from __future__ import annotations

import json
import shutil
import warnings

import numpy as np
import pytest

import ilbench
from ilbench.digest import json_digest
from ilbench.errors import UsageError
from ilbench.runner.provenance import ProvenanceWarning
from ilbench.runs.digested_json import DIGEST, to_digested_json
from ilbench.runs.folder import HEADER, JOURNAL
from ilbench.runs.identity import EpisodeId
from ilbench.runs.journal import to_line
from ilbench.runs.record import EpisodeRecord
from ilbench.testing.toys import HARBOR, toy_task

INLINE = {"place": "inline", "sandbox": "none"}
HONEST = "def act(observation):\n    return [0.5 if observation['state'][0] > -0.2 else -0.1]\n"
BY_HEART = """
import numpy as np
KNOWN = {bytes.fromhex(one) for one in %r}
class Policy:
    def reset(self, seed, task):
        self.speed = None
    def act(self, observation):
        if self.speed is None:
            self.speed = float(observation["state"].tobytes() in KNOWN)
        return [self.speed or -0.1]
"""


def starts(task):
    """Yields the first thing that a policy sees in each public episode, as anybody can find out."""
    env = task.make_env()
    for split in ("train", "test"):
        for context, where in enumerate(task.contexts(split)):
            for repeat in range(2):
                seed = EpisodeId(task.id, split, context, repeat).seed("environment")
                observation, _ = env.reset(seed=seed, options={"context": where})
                yield observation["state"].astype(np.float32).tobytes().hex()


def write(folder, code, entry):
    folder.mkdir()
    (folder / "submission.toml").write_text(f'name = "{folder.name}"\nentry = "policy:{entry}"\n')
    (folder / "policy.py").write_text(code)
    return folder


def played(folder, **how):
    how = {"split": ["train", "test"], "preset": "full", "workers": 1, "place": "inline", **how}
    return ilbench.run(folder, task=HARBOR, out=folder.parent / f"run-{folder.name}", **how)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return played(write(tmp_path_factory.mktemp("honest") / "honest", HONEST, "act"))


@pytest.fixture(scope="module")
def by_heart(tmp_path_factory):
    code = BY_HEART % list(starts(HARBOR))
    return played(write(tmp_path_factory.mktemp("heart") / "heart", code, "Policy"))


def examined(of, **how):
    """Returns what is found of a run, or of another one in its place."""
    policy = of.path.parent / of.path.name.removeprefix("run-")
    how = {"policy": policy, "tasks": [HARBOR], "seed": "s", "workers": 1, **INLINE, **how}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvenanceWarning)
        return ilbench.verify_run(how.pop("run", of), **how)


def forged(run, folder, change):
    """Returns the run of another folder, its journal changed, digests that fit."""
    shutil.copytree(run.path, folder)
    records = [json.loads(line) for line in (run.path / JOURNAL).read_text().splitlines()]
    change(records)
    contents = [{name: value for name, value in one.items() if name != DIGEST} for one in records]
    lines = [to_line(EpisodeRecord.model_validate(one)) for one in contents]
    (folder / JOURNAL).write_text("".join(lines))
    return ilbench.load_run(folder)


def flip(records):
    wrong = next(one for one in records if not one["success"])
    wrong |= {"success": True, "terminated": True, "truncated": False, "mode": 1}


def test_an_honest_run_that_is_played_again_in_whole_is_re_run(honest):
    found = examined(honest, replays="all")
    assert (found.rung, found.differences) == ("re-run", ())
    assert (found.replays.num_replayed, found.replays.found_out_from) == (32, 1 / 32)


def test_few_replays_and_too_few_public_contexts_to_confirm_anything(honest):
    found = examined(honest, replays=6, fresh=40)
    assert (found.rung, len(found.replays.episodes)) == ("spot-replayed", 6)
    assert (found.fresh[0].verdict, found.differences) == ("undecided", ())


def test_progress_counts_replays_and_fresh_episodes_alike(honest):
    told = []
    examined(honest, replays=3, fresh=4, on_progress=lambda *done: told.append(done))
    assert told == [(number, 7) for number in range(1, 8)]


def test_a_flipped_success_is_found_out_with_the_fields_in_which_it_differs(honest, tmp_path):
    forgery = forged(honest, tmp_path / "forged", flip)
    found = examined(honest, run=forgery, replays="all")
    assert found.rung == "refuted"
    (line,) = found.differences
    assert "success True, replayed False" in line


def test_a_dropped_episode_is_found_out_without_playing_anything(honest, tmp_path):
    found = examined(honest, run=forged(honest, tmp_path / "forged", list.pop), replays=0)
    assert found.rung == "refuted"
    assert found.problems[0] == "1 of 32 planned episodes have no record"
    assert found.replays is None


def test_another_weight_file_is_named_and_refutes_nobody(honest, tmp_path):
    folder = shutil.copytree(honest.path.parent / "honest", tmp_path / "honest")
    (folder / "policy.py").write_text(HONEST.replace("0.5", "0.4"))
    found = examined(honest, policy=folder, replays=6)
    assert (found.other_submission, found.rung) == ("policy.py changed", "recomputed")


def test_other_packages_make_differences_prove_nothing(honest, tmp_path):
    forgery = forged(honest, tmp_path / "forged", flip)
    header = json.loads((forgery.path / HEADER).read_text())
    header.pop(DIGEST)
    header["packages"]["numpy"] = "1.0"
    (forgery.path / HEADER).write_text(to_digested_json(header))
    found = examined(honest, run=forgery.path, replays="all")
    assert (found.rung, len(found.differences)) == ("recomputed", 1)
    assert "numpy 1.0 -> " in found.drift[0]


def test_who_knows_the_public_contexts_by_heart_is_found_out_on_fresh_ones_alone(by_heart):
    assert all(record.success for record in by_heart.records)
    found = examined(by_heart, replays="all", fresh=40)
    assert found.rung == "refuted"
    (fresh,) = found.fresh
    assert (fresh.verdict, fresh.public.value) == ("differs", 1.0)
    assert fresh.fresh.value < 0.2
    assert not found.replays.differing


def test_fresh_contexts_of_a_task_that_draws_none_are_refused_before_anything_is_played(honest):
    with pytest.raises(UsageError, match=r"no task of the run .* can be compared on fresh contexts"):
        examined(honest, tasks=[toy_task(draw_fresh=None)], fresh=4)


def test_an_attestation_is_written_beside_the_run_under_a_name(honest, tmp_path):
    run = ilbench.load_run(shutil.copytree(honest.path, tmp_path / "run"))
    found = examined(honest, run=run, replays=3, verifier="Jane Doe", reveal=True)
    content = json.loads((run.path / "attestations.json").read_text())
    (kept,) = content["attestations"]
    assert (kept["verifier"], kept["seed"]) == ("Jane Doe", "s")
    assert content[DIGEST] == json_digest({"attestations": [found.model_dump(mode="json")]})
