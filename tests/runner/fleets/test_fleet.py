from __future__ import annotations

import pytest

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.fleets.fleet import Message, WorkerConfig


@pytest.mark.parametrize("kept", [None, b"", b"\x00\xff" * 1_000_000])
def test_a_message_survives_as_bytes_with_what_was_kept(kept):
    message = Message({"number": 3, "record": {"reason": "é\n"}}, kept)
    assert Message.unpack(message.pack()) == message


def test_a_workers_config_holds_the_tasks_themselves():
    config = WorkerConfig(
        tasks={IDLE.id: IDLE}, policies={IDLE.id: PolicySpec()}, num_lanes=2, timeout_s=1.0, keeper="states"
    )
    assert WorkerConfig.model_validate_json(config.model_dump_json()) == config
