from __future__ import annotations

import pytest

from ilbench.tasks.manipulation.robosuite.commands import speed

pytest.importorskip("robosuite")


def test_the_speed_of_a_task_is_shown_beside_robosuites_and_mujocos(capsys):
    speed(["robosuite/lift-v2"], rounds=1, steps=3)
    head, row = capsys.readouterr().out.strip().splitlines()
    assert "robosuite" in head
    stock, ours, physics, faster, _ = row.split()[1:]
    assert float(faster) == pytest.approx(
        float(ours.replace(",", "")) / float(stock.replace(",", "")), rel=0.1
    )
    assert float(physics.replace(",", "")) > 0
