"""The training loops of the examples: they run, their glue is short, and their scores are anybody's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import ilbench
from ilbench.demonstrations import ensure_demonstrations

FOLDER = Path(__file__).parents[2] / "examples" / "training"
LOOPS = ("torch_loop", "sb3_callback", "scikit_learn")
NUM_DEMONSTRATIONS = 4
SUBMISSION = f"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, {str(FOLDER)!r})
from torch_loop import Policy, make_network


def load():
    network = make_network()
    network.load_state_dict(torch.load(Path(__file__).with_name("weights.pt"), weights_only=True))
    return Policy(network)
"""


def glue_of(name):
    """Returns the lines between the marks, empty ones aside."""
    lines, inside = [], False
    for line in (FOLDER / f"{name}.py").read_text().splitlines():
        if line.strip().startswith("# glue:"):
            inside = line.strip() == "# glue: begin"
        elif inside and line.strip():
            lines.append(line)
    return lines


@pytest.fixture(scope="module", autouse=True)
def demonstrations(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        patch.syspath_prepend(str(FOLDER))
        ensure_demonstrations("d3il/avoiding-v3", count=NUM_DEMONSTRATIONS, workers=1)
        yield


@pytest.mark.parametrize("name", LOOPS)
def test_what_connects_a_training_loop_is_at_most_twelve_lines(name):
    assert 3 <= len(glue_of(name)) <= 12


def test_a_torch_loop_ends_with_the_same_weights_whether_or_not_it_is_scored():
    from torch_loop import train

    scored = train(steps=20, score_every=10, num_demonstrations=NUM_DEMONSTRATIONS)
    plain = train(steps=20, score_every=1000, num_demonstrations=NUM_DEMONSTRATIONS)
    for one, other in zip(scored.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.fixture(scope="module")
def in_hand(demonstrations):
    """Returns a network, how it is played, and its run."""
    from torch_loop import TASK, Policy, make_network

    network, options = make_network(), {"task": TASK, "split": "test", "repeats": 9}
    return network, options, ilbench.run(Policy(network), **options)


@pytest.mark.parametrize("place", ["inline", "process"])
def test_the_network_in_hand_makes_the_records_that_its_weights_make_from_a_folder(in_hand, tmp_path, place):
    network, options, here = in_hand
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    (tmp_path / "policy.py").write_text(SUBMISSION)
    (tmp_path / "submission.toml").write_text('name = "mine"\nentry = "policy:load"\n')
    there = ilbench.run(tmp_path, **options, out=tmp_path.parent / f"run-{place}", place=place)
    assert [record.digest() for record in here.records] == [record.digest() for record in there.records]


def test_a_stable_baselines3_callback_logs_scores_while_the_agent_learns():
    from sb3_callback import train

    _, score = train(steps=256, every=128)
    assert len(score.successes) == 2
    assert all(0 <= success <= 1 for success in score.successes)


def test_a_scikit_learn_policy_is_scored_for_each_of_its_settings():
    from scikit_learn import search

    found = search((1, 4), NUM_DEMONSTRATIONS)
    assert list(found) == [1, 4]
    assert all(0 <= success <= 1 for success in found.values())


def test_the_overhead_is_measured_on_the_same_episodes():
    from overhead import measure

    found = measure(episodes=2, rounds=1)
    assert found.steps > 0
    assert 0 < found.ratio < 20
    assert sys.modules["overhead"].TASK in {task.id for task in ilbench.tasks(suite="navigation")}
