from __future__ import annotations

import json

import pytest

from ilbench.errors import CorruptFileError
from ilbench.runs.attestation import (
    ATTESTATIONS,
    Attestation,
    FreshFinding,
    Rate,
    Replays,
    add_attestation,
    load_attestations,
    what_is_spoken_of,
)
from ilbench.runs.folder import create_run, load_run, seal
from ilbench.testing.records import make_records, make_run

SAME = Replays(num_replayed=3, num_recorded=9)
ALL = Replays(num_replayed=9, num_recorded=9)
OTHER = Replays(num_replayed=3, num_recorded=9, differing=("t:test:0:0: success",))
RATE = Rate(value=0.5, low=0.4, high=0.6, num_contexts=100, num_episodes=100)


def fresh(verdict):
    return FreshFinding(
        task="t/a-v1",
        public=RATE,
        fresh=RATE,
        loss=0.0,
        low=-0.1,
        high=0.1,
        sure_loss=0.1,
        verdict=verdict,
        contexts="c",
        records="r",
    )


def said(**of):
    return Attestation(
        **{"header": "h", "records": "r", "at": "2026", "command": "c", "seed_hash": "s", **of}
    )


@pytest.fixture
def run(tmp_path):
    made = make_run(make_records([1, 0]), path=tmp_path / "run")
    create_run(made.path, made.header)
    seal(made)
    return load_run(made.path)


@pytest.mark.parametrize(
    ("of", "rung"),
    [
        ({}, "recomputed"),
        ({"replays": SAME}, "spot-replayed"),
        ({"replays": ALL}, "re-run"),
        ({"replays": SAME, "fresh": (fresh("agrees"),)}, "confirmed on fresh contexts"),
        ({"fresh": (fresh("agrees"),)}, "recomputed"),
        ({"replays": ALL, "fresh": (fresh("agrees"), fresh("undecided"))}, "re-run"),
        ({"replays": ALL, "fresh": (fresh("agrees"), fresh("differs"))}, "refuted"),
        ({"replays": OTHER}, "refuted"),
        ({"replays": OTHER, "drift": ("mujoco 1 -> 2",)}, "recomputed"),
        ({"replays": ALL, "drift": ("mujoco 1 -> 2",)}, "re-run"),
        ({"replays": OTHER, "other_submission": "a.pt changed"}, "recomputed"),
        ({"replays": ALL, "other_submission": "a.pt changed"}, "recomputed"),
        ({"problems": ("an episode lacks",), "drift": ("mujoco 1 -> 2",)}, "refuted"),
    ],
)
def test_how_far_a_finding_takes_a_run(of, rung):
    assert said(**of).rung == rung


def test_what_was_added_is_read_in_order(run):
    for verifier in ("Jane Doe", "Ann Other"):
        add_attestation(run, said(verifier=verifier, replays=SAME, fresh=(fresh("agrees"),)))
    assert [one.verifier for one in load_attestations(run)] == ["Jane Doe", "Ann Other"]
    assert load_attestations(run)[0] == said(verifier="Jane Doe", replays=SAME, fresh=(fresh("agrees"),))


def test_a_run_beside_which_nothing_lies_has_none(run):
    assert load_attestations(run) == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [('"Jane Doe"', '"John Doe"', "the file was edited"), ("{", "[", "not a JSON object")],
)
def test_a_file_that_was_edited_is_refused(run, old, new, problem):
    file = add_attestation(run, said(verifier="Jane Doe"))
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(CorruptFileError, match=problem):
        load_attestations(run)


def test_an_attestation_of_other_fields_is_refused_by_their_name(run):
    from ilbench.runs.digested_json import to_digested_json

    content = json.loads(said().model_dump_json()) | {"stars": 5}
    (run.path / ATTESTATIONS).write_text(to_digested_json({"attestations": [content]}))
    with pytest.raises(CorruptFileError, match="stars"):
        load_attestations(run)


def test_what_is_spoken_of_changes_with_header_and_records(run):
    header, records = what_is_spoken_of(run)
    file = run.path / "run.json"
    file.write_text(file.read_text() + " ")
    assert what_is_spoken_of(run)[0] != header
    assert what_is_spoken_of(run)[1] == records


def test_differences_are_said_in_a_line_each():
    found = said(problems=("p",), replays=OTHER, fresh=(fresh("differs"),)).differences
    assert found[:2] == ("p", "t:test:0:0: success")
    assert found[2].startswith("t/a-v1: success 0.500 on the public test contexts, 0.500 on 100 fresh ones")
