from __future__ import annotations

from dataclasses import replace

import ilbench.cli.show as command
from ilbench.contract.registry import find_task


def test_brackets_in_a_tasks_texts_are_shown_as_they_are(monkeypatch, capsys):
    task = replace(find_task("d3il/avoiding-v2"), summary="Reach [red]the line[/red].", source="A [paper].")
    monkeypatch.setattr("ilbench.task", lambda name: task, raising=False)
    command.show("anything")
    shown = capsys.readouterr().out
    assert "Reach [red]the line[/red]." in shown
    assert "A [paper]." in shown
