import json

import numpy as np
import pytest
from made_up import outcomes, reach_task, record

from ilbench.scores import MismatchedRecordsError, score_task


def test_score_task_assembles_splits_gaps_and_counts():
    train, test = outcomes(50, 50, split="train", mode=0), outcomes(40, 50, mode=1)
    scores = score_task(reach_task(), [*test, *train, record(60, status="env_error", split="shift/far")])
    assert list(scores.splits) == ["train", "test"]
    assert scores.gap("test").gap.value == pytest.approx(0.2)
    assert scores.gap("test").retention.value == pytest.approx(0.8)
    assert scores.gap("shift/far") is None
    assert scores.num_unscored == 1
    assert scores.splits["test"].normalized_return is None
    assert scores.splits["test"].diversity.num_modes_found == 1


def test_success_at_the_end_is_a_rate_of_its_own_where_episodes_go_on():
    ended = [r.model_copy(update={"final_success": r.context < 5}) for r in outcomes(10, 10)]
    test = score_task(reach_task(stops_on_success=False), ended).splits["test"]
    assert (test.success.value, test.final_success.value) == (1.0, 0.5)
    assert score_task(reach_task(), outcomes(5, 5)).splits["test"].final_success is None


def test_score_task_counts_training_seeds_and_policy_faults():
    faulty = [*outcomes(3, 4), record(7, False, status="timeout")]
    test = score_task(reach_task(), faulty, outcomes(5, 5)).splits["test"]
    assert (test.num_training_seeds, test.num_policy_faults, test.num_episodes) == (2, 1, 10)


def test_score_task_normalizes_by_the_measured_references(tmp_path, monkeypatch):
    data = tmp_path / "toydata" / "data"
    data.mkdir(parents=True)
    (tmp_path / "toydata" / "__init__.py").touch()
    values = {"success_rate": 0.5, "num_episodes": 9}
    references = {"random": {"mean_return": 1.0, **values}, "expert": {"mean_return": 3.0, **values}}
    (data / "measured.json").write_text(json.dumps({"references": references}))
    monkeypatch.syspath_prepend(tmp_path)
    scores = score_task(reach_task(data="toydata:data", modes=()), outcomes(1, 2, episode_return=2.0))
    assert scores.splits["test"].normalized_return.value == 0.5
    assert scores.splits["test"].diversity is None


@pytest.mark.parametrize("stranger", [record(0, task="toy/other-v1"), record(0, split="shift/near")])
def test_score_task_refuses_records_that_are_not_its_own(stranger):
    with pytest.raises(MismatchedRecordsError, match=stranger.id.split):
        score_task(reach_task(), [stranger])


def test_scores_are_the_same_bits_twice_whatever_the_order_of_records():
    rng = np.random.default_rng(3)
    records = [
        record(
            c,
            bool(rng.random() < 0.7),
            repeat=r,
            mode=int(rng.integers(2)),
            episode_return=float(rng.random()),
        )
        for c in range(20)
        for r in range(20)
    ]
    first = score_task(reach_task(), records)
    assert score_task(reach_task(), list(records)) == first
    for _ in range(5):
        mixed = [records[i] for i in rng.permutation(len(records))]
        assert score_task(reach_task(), mixed) == first
