"""Every Eval Ever: what the files say. Their schema is that of the package ``every-eval-ever`` 0.3.0.

``ILBENCH_EEE_SCHEMAS`` names the folder ``every_eval_ever/schemas`` of its wheel; with ``jsonschema``
installed the files are then validated.
"""

import hashlib
import json
import os
import re
from pathlib import Path

import pytest
from made_up import EVIL, REGISTRY, A, make_run

from ilbench.leaderboard import build
from ilbench.leaderboard.to_eee import to_eee
from ilbench.runs.verifiers import Trusted

SCHEMAS = Path(os.environ.get("ILBENCH_EEE_SCHEMAS", "/nowhere"))
SAMPLES = re.compile(
    r"data/[^/]+/[^/]+/[^/]+/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}_samples\.jsonl"
)
NEEDED = {
    *("schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "model_info"),
    *("eval_library", "evaluation_results"),
}


@pytest.fixture(scope="module")
def files(board):
    return to_eee(board)


def evaluations(files):
    return [json.loads(text) for name, text in files.items() if name.endswith(".json")]


def test_there_is_one_file_a_submission_and_one_of_its_episodes(board, files):
    assert len(files) == 2 * len(board.rows)
    assert all(one.keys() >= NEEDED for one in evaluations(files))


def test_the_checksum_is_that_of_the_episodes(files):
    for one in evaluations(files):
        detailed = one["detailed_evaluation_results"]
        episodes = files[detailed["file_path"]]
        assert SAMPLES.fullmatch(detailed["file_path"])
        assert detailed["checksum"] == hashlib.sha256(episodes.encode()).hexdigest()
        assert detailed["total_rows"] == len(episodes.splitlines())


@pytest.mark.parametrize(
    ("rung", "whose"),
    [("spot-replayed", "first_party"), ("re-run", "third_party"), ("refuted", "first_party")],
)
def test_scores_are_of_a_third_party_where_it_played_every_episode_again(rung, whose):
    run = make_run("x", {A: 3})
    board = build([run], REGISTRY, attested={run.path: Trusted(rung=rung, by="Jane Doe")})
    source = evaluations(to_eee(board))[0]["source_metadata"]
    assert source["evaluator_relationship"] == whose
    assert source["additional_details"]["verification"] == rung


def test_an_aggregate_is_the_mean_of_the_episodes_that_name_it(files):
    one = evaluations(files)[0]
    found = next(
        r for r in one["evaluation_results"] if r["evaluation_result_id"].endswith("test:success_rate")
    )
    lines = map(json.loads, files[one["detailed_evaluation_results"]["file_path"]].splitlines())
    scores = [
        e["evaluation"]["score"] for e in lines if e["evaluation_result_id"] == found["evaluation_result_id"]
    ]
    assert sum(scores) / len(scores) == found["score_details"]["score"]


def test_the_same_board_gives_the_same_files(board, files):
    assert to_eee(board) == files


def test_a_hostile_name_is_text_and_no_path(files):
    assert all(re.fullmatch("[a-z0-9._/-]+", name) for name in files)
    assert EVIL not in "".join(files.values())


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="ILBENCH_EEE_SCHEMAS names no folder of schemas")
def test_the_files_follow_the_published_schemas(files):
    jsonschema = pytest.importorskip("jsonschema")
    whole, one = (
        jsonschema.Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
        for name in ("eval", "instance_level_eval")
    )
    for name, text in files.items():
        for part in text.splitlines() if name.endswith("l") else [text]:
            (one if name.endswith("l") else whole).validate(json.loads(part))
