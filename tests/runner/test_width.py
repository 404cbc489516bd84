"""Records do not depend on workers, lanes, place or a stop, whatever the width of the policy."""

from __future__ import annotations

import networks
import pytest

import ilbench
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.replay import replay
from ilbench.runner.submissions.loaders import submission_of


def wide(width, episodes):
    return {"module": "networks", "width": width, "episodes": episodes, "arguments": {"width": width}}


@pytest.mark.parametrize("width", [1, 8, 64])
def test_records_depend_on_neither_workers_nor_lanes(stand, digests, width):
    lanes = sorted({1, min(width, 8), width})
    runs = [stand("Network", **wide(width, 12)).play(num_workers=1 + n % 2, num_lanes=n) for n in lanes]
    assert {record.status for record in runs[0].records} == {"ok"}
    assert len({tuple(digests(run)) for run in runs}) == 1


@pytest.mark.parametrize("width", [1, 64])
def test_a_stopped_run_goes_on_to_the_same_records(stand, digests, tmp_path, width):
    def stop(record):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stand("Network", tmp_path / "run", **wide(width, 6)).play(on_record=stop)
    resumed = stand("Network", tmp_path / "run", **wide(width, 6))
    assert len(resumed.run.missing) == 5
    assert digests(resumed.play(num_workers=2)) == digests(stand("Network", **wide(width, 6)).play())


def test_more_than_255_lanes_in_a_process_of_its_own(stand, digests):
    how = wide(300, 300)
    runs = [stand("Network", **how, place=place).play(num_lanes=300) for place in ("inline", "process")]
    assert digests(runs[0]) == digests(runs[1])


def test_a_replay_is_at_the_width_of_the_run(stand):
    one = stand("Network", **wide(64, 3))
    records = one.play().records
    assert not any(again.differences for again in replay(records, one.lineup.of_width(64)))


SIXTEEN = """
import numpy as np

class Policy:{own}
    def reset(self, lane, seed, task):
        assert lane < 16
    def act(self, observations):
        assert observations["state"].shape == (16, 4)
        return np.full((16, 2), [0.0, 0.01])
"""
PLAY = {"task": "sea:TASK", "split": "test", "workers": 1, "repeats": 20, "lanes": 16}
FILE = 'name = "mine"\nentry = "policy:Policy"\nwidth = {width}\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Returns a function that writes a submission whose file says its width."""
    monkeypatch.chdir(tmp_path)

    def write(width):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "submission.toml").write_text(FILE.format(width=width))
        (tmp_path / "mine" / "policy.py").write_text(SIXTEEN.format(own=""))
        return tmp_path / "mine"

    return write


def test_the_width_in_a_submissions_file_reaches_spec_header_and_policy(folder):
    mine = folder(16)
    with submission_of(mine, [ilbench.task(PLAY["task"])]) as submission:
        (spec,) = submission.policies.values()
    run = ilbench.run(mine, **PLAY)
    assert (spec.width, run.header.width) == (16, 16)
    assert {record.status for record in run.records} == {"ok"}


def test_the_width_of_a_class_reaches_spec_header_and_policy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wide16.py").write_text(SIXTEEN.format(own="\n    width = 16"))
    with submission_of("wide16:Policy", [ilbench.task(PLAY["task"])]) as submission:
        (spec,) = submission.policies.values()
    run = ilbench.run("wide16:Policy", **PLAY)
    assert (spec.width, run.header.width) == (16, 16)
    assert {record.status for record in run.records} == {"ok"}


@pytest.mark.parametrize("width", [0, 1025])
def test_a_width_out_of_range_is_refused_with_its_field_before_anything_is_played(folder, width):
    with pytest.raises(InvalidSubmissionError, match=rf"submission.toml: field 'width': .* found {width}"):
        ilbench.run(folder(width), **PLAY)
    wrong = type("Policy", (networks.Network,), {"width": width})
    with pytest.raises(InvalidSubmissionError, match=rf"'width' .* found {width}"):
        ilbench.run(wrong, task=PLAY["task"], split="test")
