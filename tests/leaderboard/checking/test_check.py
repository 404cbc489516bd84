"""The check as a whole: what nobody can change unseen, and what a cheat can, so that it is played again."""

import shutil

import pytest
from bundles import BOARD, made_bundle, problems_of, repacked, rewrite
from hypothesis import given, settings
from hypothesis import strategies as st

from ilbench.contract.registry import load_registry
from ilbench.leaderboard.checking.check import check_bundle
from ilbench.runs.folder import load_run
from ilbench.runs.record import EpisodeRecord

FILES = (
    "bundle.json",
    "run.json",
    "journal.jsonl.gz",
    "README.md",
    "scores.json",
    "submission.json",
    "submission/policy.py",
    "submission/submission.toml",
)
BOUND = {
    "task": ("toy/other-v1",),
    "split": ("shift/nowhere", "test"),
    "context": (1, 99),
    "repeat": (7, 8, 10**6),
    "env_seed": (0, 1),
    "policy_seed": (0, 1),
    "length": (251, 10**9),
    "mode": (24, 1000),
    "final_success": (True, False),
}
"""Fields that follow from the plan, the nonce or the task, and values that they cannot have."""


def test_a_bundle_that_was_packed_is_sound(sound):
    assert problems_of(sound) == []


@pytest.mark.parametrize("content", ["{", '{"attestations": [{"verifier": "J"}]}', "[]"])
def test_what_verifiers_said_and_nobody_can_read_is_a_problem_that_names_the_file(sound, tmp_path, content):
    folder = shutil.copytree(sound, tmp_path / "bundle")
    (folder / "attestations.json").write_text(content)
    (told,) = problems_of(folder)
    assert told.startswith("attestations.json: found ")


def test_its_run_is_read_where_it_lies(sound):
    assert check_bundle(sound, load_registry(), board=BOARD).run == load_run(sound)


@settings(max_examples=25)
@given(st.sampled_from(FILES), st.data())
def test_no_byte_of_any_file_can_change_unseen(sound, tmp_path_factory, name, data):
    folder = shutil.copytree(sound, tmp_path_factory.mktemp("changed") / "bundle")
    content = bytearray((folder / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(content)
    assert problems_of(folder)


@pytest.mark.parametrize("name", FILES)
def test_no_file_can_lack_unseen(bundle, name):
    (bundle / name).unlink()
    assert any(name.partition("/")[0] in line or name in line for line in problems_of(bundle))


def test_no_file_can_come_unseen(bundle):
    (bundle / "submission" / "more.py").write_text("print()\n")
    assert any(line.startswith("submission/more.py: found a file") for line in problems_of(bundle))


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, values in BOUND.items() for v in values])
def test_a_cheat_who_recomputes_all_digests_cannot_change_what_is_bound(sound, tmp_path, field, value):
    records = list(load_run(sound).records)
    records[0] = EpisodeRecord(**{**records[0].content(), field: value})
    folder = shutil.copytree(sound, tmp_path / "bundle")
    rewrite(folder, records)
    assert any(line.startswith("journal.jsonl.gz") for line in problems_of(folder))


@given(st.integers(0, 15), st.booleans(), st.integers(1, 250), st.floats(0, 1), st.integers(0, 23))
@settings(max_examples=4)
def test_a_cheat_who_invents_outcomes_that_fit_is_for_who_plays_again(
    sound, tmp_path_factory, place, success, length, episode_return, mode
):
    run = load_run(sound)
    invented = {
        "success": success,
        "terminated": success,
        "truncated": not success,
        "length": length if success else 250,
        "episode_return": episode_return,
        "mode": mode,
    }
    records = [r.model_copy(update=invented) if i == place else r for i, r in enumerate(run.records)]
    assert problems_of(repacked(sound, tmp_path_factory.mktemp("cheat"), records=records)) == []


def test_all_problems_come_in_one_go(bundle, tmp_path):
    toml = 'name = "unknown"\nentry = "policy:act"\n'
    cheat = made_bundle(tmp_path / "cheat", toml, nonce="lucky-7")
    (cheat / "submission" / "policy.py").write_text("exit()\n")
    (cheat / "scores.json").write_text("{}\n")
    found = "\n".join(problems_of(cheat))
    for part in ("nonce", "details.authors", "details.license", "submission/policy.py", "scores.json"):
        assert part in found


def test_a_name_that_looks_like_anothers_is_taken(sound, bundle):
    others = [load_run(sound)]
    info = others[0].header.submission
    other = info.model_copy(update={"name": "Straight-Ahead", "details": {"authors": "C. Uthor"}})
    theirs = others[0].header.model_copy(update={"submission": other})
    object.__setattr__(others[0], "header", theirs)
    assert "a name that is not C. Uthor's" in problems_of(bundle, others=others)[0]


def test_a_folder_that_is_none_is_one_problem(tmp_path):
    assert len(problems_of(tmp_path / "nothing")) == 1
