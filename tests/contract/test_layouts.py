"""What is said of levels by every task that is played on some."""

from __future__ import annotations

import pytest

from ilbench.contract.layouts import Layouts
from ilbench.contract.registry import load_registry

TASKS = {task.layouts: task for task in load_registry().values() if task.layouts is not None}
"""A task of each suite that has levels."""


@pytest.fixture(params=TASKS.values(), ids=list(TASKS))
def task(request):
    return request.param


def test_there_are_suites_with_levels():
    assert len(TASKS) >= 3


def test_a_layout_has_a_digest_that_depends_on_nothing_but_its_context(task):
    layouts, contexts = task.load(task.layouts), task.contexts("test")[:4]
    assert isinstance(layouts, Layouts)
    digests = layouts.digests(task, contexts)
    assert list(layouts.digests(task, contexts[::-1])) == list(digests)[::-1]
    assert len(digests) == 4


def test_the_same_context_twice_is_one_level(task):
    first, *_ = contexts = task.contexts("train")[:2]
    digests = task.load(task.layouts).digests(task, [first, *contexts])
    assert digests[0] == digests[1]
