"""Records do not depend on workers, lanes, place or a stop, whatever the width of the policy."""

from __future__ import annotations

import pytest

from ilbench.runner.replay import replay


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
