from __future__ import annotations

from dataclasses import replace

import pytest

import ilbench.cli.show as command
from ilbench.contract.registry import find_task, load_registry

FULL_LINES = 42
MORE_LINES = {
    "procgen/coinrun-v1": 50,
    "minigrid/door-key-8x8-v1": 46,
    "navigation/pointmaze-large-v1": 46,
    "navigation/ogbench-pointmaze-teleport-stitch-v1": 44,
}
"""Tasks with many shifts, each of which is said."""


def shown(task, monkeypatch, capsys, **options):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("ilbench.task", lambda name: task, raising=False)
    command.show(task.id, **options)
    return capsys.readouterr().out


def test_brackets_in_a_tasks_texts_are_shown_as_they_are(monkeypatch, capsys):
    task = replace(find_task("d3il/avoiding-v3"), summary="Reach [red]the line[/red].", source="A [paper].")
    text = shown(task, monkeypatch, capsys)
    assert "Reach [red]the line[/red]." in text
    assert "A [paper]." in text


def check_size(task, text):
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= MORE_LINES.get(task.id, FULL_LINES)


@pytest.mark.parametrize("name", ["d3il/sorting-4-v2", "robosuite/lift-v2", *MORE_LINES])
def test_a_task_is_shown_in_a_screenful_of_80_columns(name, monkeypatch, capsys):
    check_size(find_task(name), shown(find_task(name), monkeypatch, capsys))


@pytest.mark.slow
@pytest.mark.parametrize("task", load_registry().values(), ids=lambda task: task.id)
def test_every_task_is_shown_in_a_screenful_of_80_columns(task, monkeypatch, capsys):
    check_size(task, shown(task, monkeypatch, capsys))


def test_a_family_of_shifts_is_said_once(monkeypatch, capsys):
    text = shown(find_task("d3il/avoiding-v3"), monkeypatch, capsys)
    assert text.count("The start is 12 mm times the severity") == 1
    assert "shift/context-range-1 to 5 (16)" in text


@pytest.mark.parametrize("name", ["d3il/avoiding-v3", "procgen/coinrun-v1"])
def test_the_full_text_holds_every_text_whole(name, monkeypatch, capsys):
    task = find_task(name)
    text = " ".join(shown(task, monkeypatch, capsys, is_full=True).split())
    words = [task.source, task.spec_digest(), *(f.description for f in task.observation), *task.modes]
    assert [part for part in words if " ".join(part.split()) not in text] == []


def test_modes_that_fill_more_than_a_line_are_shown_from_the_first_to_the_last(monkeypatch, capsys):
    task = find_task("d3il/avoiding-v3")
    assert f"24, from {task.modes[0]} to {task.modes[-1]}" in shown(task, monkeypatch, capsys)
