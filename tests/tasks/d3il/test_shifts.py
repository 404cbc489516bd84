from __future__ import annotations

import pytest

from ilbench.contract.registry import find_task
from ilbench.tasks.d3il import TASKS
from ilbench.tasks.d3il.shifts import KINDS, SEVERITIES
from ilbench.tasks.disturbances import SHIFT_KINDS


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_every_task_is_disturbed_by_the_kinds_of_every_suite(task):
    disturbed = {
        split.name.rpartition("-")[0].removeprefix("shift/") for split in task.splits if split.overlay
    }
    assert disturbed == set(KINDS) - ({"physics"} if "avoiding" in task.id else set())


@pytest.mark.parametrize("severity", SEVERITIES)
def test_an_action_delay_of_a_severity_is_the_same_as_in_another_suite(severity):
    name = f"shift/action-delay-{severity}"
    ours = find_task("d3il/pushing-v2").contexts(name)[0]["disturbance"]
    assert ours == find_task("robosuite/lift-v2").contexts(name)[0]["disturbance"]
    assert ours == SHIFT_KINDS["action-delay"].levels[severity - 1]
