from __future__ import annotations

from ilbench.contract.registry import load_registry
from ilbench.tasks.navigation.declaring import NAVIGATION, presets


def test_presets_run_so_many_contexts_once():
    made = presets(5, 50, 200)
    assert {name: (preset.num_contexts, preset.num_repeats) for name, preset in made.items()} == {
        "smoke": (5, 1),
        "standard": (50, 1),
        "full": (200, 1),
    }


def test_every_kind_of_maze_is_of_the_suite():
    tasks = load_registry().select(suite=NAVIGATION.name)
    assert {task.extra for task in tasks} == {NAVIGATION.extra}
    assert all(task.tags >= NAVIGATION.tags for task in tasks)
