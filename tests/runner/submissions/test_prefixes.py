"""``PREFIX:WEIGHTS``: a file of another library, played without a folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from adapting import write_onnx

from ilbench.errors import InvalidSubmissionError, UsageError
from ilbench.runner.hosts.places import make_host
from ilbench.runner.hosts.sandboxes.choice import SandboxError
from ilbench.runner.submissions.adapters import find_adapter
from ilbench.runner.submissions.placement import placement_of
from ilbench.runner.submissions.prefixes import has_prefix, load_weights
from ilbench.testing.toys import HARBOR


@pytest.fixture
def weights(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.onnx").write_bytes(b"model")
    (tmp_path / "net.onnx.data").write_bytes(b"weights")
    (tmp_path / "notes.txt").write_text("not for you")
    return tmp_path


def loaded(text, **options):
    with load_weights(text, [HARBOR], placement_of(**options)) as submission:
        return submission


@pytest.mark.parametrize(
    ("text", "expected"), [("onnx:a", True), ("onx:a", False), ("onnx", False), ("", False)]
)
def test_a_prefix_is_the_name_of_an_adapter(text, expected):
    assert has_prefix(text) == expected


def test_a_file_becomes_a_submission_named_after_it(weights):
    submission = loaded("onnx:net.onnx")
    assert submission.info.model_dump(include={"name", "kind", "entry"}) == {
        "name": "net",
        "kind": "weights",
        "entry": "onnx:net.onnx",
    }
    assert submission.policies[HARBOR.id].place == "process"


def test_workers_load_a_copy_of_the_file_and_of_what_belongs_to_it(weights):
    with load_weights("onnx:net.onnx", [HARBOR]) as submission:
        copy = Path(submission.policies[HARBOR.id].arguments["path"])
        assert {one.name for one in copy.parent.iterdir()} == {"net.onnx", "net.onnx.data"}
        (weights / "net.onnx").write_bytes(b"another")
        assert copy.read_bytes() == b"model"


def test_the_digest_is_that_of_the_weights_wherever_they_lie(weights):
    before = loaded("onnx:net.onnx").info.digest
    (weights / "sub").mkdir()
    for name in ("net.onnx", "net.onnx.data"):
        (weights / name).rename(weights / "sub" / name)
    assert loaded("onnx:sub/net.onnx").info.digest == before
    (weights / "sub" / "net.onnx.data").write_bytes(b"trained on")
    assert loaded("onnx:sub/net.onnx").info.digest != before


def test_the_digest_covers_the_adapters_code(weights, monkeypatch):
    before = loaded("onnx:net.onnx").info.digest
    monkeypatch.setattr("ilbench.runner.submissions.adapters.SHARED", ())
    assert loaded("onnx:net.onnx").info.digest != before


def test_a_folder_may_be_the_weights(weights):
    (weights / "model").mkdir()
    (weights / "model" / "net").write_bytes(b"1")
    submission = loaded("onnx:model")
    assert (submission.info.name, "model/net" in submission.files) == ("model", True)


def test_a_file_that_is_not_there_is_named(weights):
    with pytest.raises(
        InvalidSubmissionError, match=r"as in onnx:policy.onnx; found nothing at .*/nott.onnx"
    ):
        loaded("onnx:nott.onnx")


def test_an_interpreter_of_its_own_computes_as_it_likes_and_says_what_it_has(weights):
    submission = loaded("onnx:net.onnx", python=sys.executable)
    spec = submission.policies[HARBOR.id]
    assert (spec.python, spec.arithmetic) == (sys.executable, "native")
    assert submission.packages["numpy"]


THEIRS = """
from ilbench_guest.adapters.mapping import FieldMapping, ModelInput

class Policy:
    def __init__(self, path, mapping):
        self.speed = float(open(path).read())
        self.fields = FieldMapping(mapping)
        self.feed = self.fields.bind([ModelInput("state", (2,), "float64")])

    def reset(self, lane, seed, task):
        pass

    def act(self, observations):
        return self.fields.actions(0 * self.feed(observations)["state"][:, :1] + self.speed)
"""


def test_an_adapter_of_another_package_plays_by_its_own_module_and_our_mapping(weights, monkeypatch):
    (weights / "theirs").mkdir()
    (weights / "theirs" / "speedboat.py").write_text(THEIRS)
    (weights / "fast.txt").write_text("0.75")
    theirs = replace(find_adapter("onnx"), name="boat", entry="speedboat:Policy", folder=weights / "theirs")
    monkeypatch.setattr("ilbench.runner.submissions.adapters.load_plugins", lambda group, kind: (theirs,))
    with load_weights("boat:fast.txt", [HARBOR]) as submission:
        host = make_host(submission.policies[HARBOR.id], HARBOR, 2, 30.0, 30.0)
        host.reset(0, 1)
        assert host.act([0]).chunk(0).tolist() == [[0.75]]
        host.close()


def test_an_inline_policy_has_no_interpreter_of_its_own(weights):
    with pytest.raises(UsageError, match="leave out --python or --place"):
        loaded("onnx:net.onnx", python=sys.executable, place="inline")


def first_action(**options):
    """Returns what the model answers first, and where its process was kept."""
    with load_weights("onnx:net.onnx", [HARBOR], placement_of(**options)) as submission:
        spec = submission.policies[HARBOR.id]
        host = make_host(spec, HARBOR, 2, 30.0, 30.0)
        host.observations["state"][:] = 0.5
        host.reset(0, 1)
        action = host.act([0]).chunk(0).tolist()
        host.close()
    return action, spec.sandbox


def test_weights_and_adapter_are_seen_in_a_sandbox_and_answer_the_same(bwrap, weights):
    pytest.importorskip("onnxruntime", reason="a real model has to be loaded inside")
    pytest.importorskip("onnx", reason="a real model has to be made")
    (weights / "net.onnx.data").unlink()
    write_onnx(weights / "net.onnx")
    outside, inside = first_action(), first_action(sandbox="bwrap")
    assert inside == (outside[0], "bwrap")


def test_weights_that_play_inline_are_in_no_sandbox(bwrap, weights):
    with pytest.raises(SandboxError, match="needs a process of the policy's own, found --place inline"):
        loaded("onnx:net.onnx", sandbox="bwrap", place="inline")
