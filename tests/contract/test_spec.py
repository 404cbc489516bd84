"""The spec digest: a change of what happens changes it, a change of where code lies does not."""

from __future__ import annotations

import importlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.checks.golden import replay_golden, write_golden
from ilbench.contract.registry import load_registry
from ilbench.contract.shipped import load_resource
from ilbench.contract.spec import golden_bits, without_import_strings

TOYS = Path(__file__).parents[1] / "toys" / "ilbench_toys"


@pytest.fixture
def task(tmp_path, monkeypatch):
    """The toy task in a package of its own, ``here``, with a golden trajectory."""
    monkeypatch.syspath_prepend(tmp_path)
    found = package(tmp_path / "here")
    write_golden(found)
    yield found
    load_resource.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] in ("here", "there")]:
        del sys.modules[name]


def package(folder, source=TOYS, **edits):
    """Copies a package, renames it throughout, edits its modules' text and returns its task."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for module in folder.glob("*.py"):
        text = module.read_text().replace(source.name, folder.name)
        for old, new in edits.values():
            text = text.replace(old, new)
        module.write_text(text)
    importlib.invalidate_caches()
    load_resource.cache_clear()
    return importlib.import_module(folder.name).TASK


def test_a_moved_package_has_the_same_digest(task, tmp_path):
    moved = package(tmp_path / "there", tmp_path / "here")
    assert (moved.env, moved.data) == ("there.shore:ShoreEnv", "there:data/shore-v1")
    assert replay_golden(moved).verdict == "identical"
    assert moved.spec_digest() == task.spec_digest()


def test_a_renamed_module_or_class_has_the_same_digest(task, tmp_path):
    moved = package(
        tmp_path / "there", tmp_path / "here", name=("ShoreEnv", "Beach"), mod=(".shore", ".sand")
    )
    (tmp_path / "there" / "shore.py").rename(tmp_path / "there" / "sand.py")
    assert moved.env == "there.sand:Beach"
    assert replay_golden(moved).verdict == "identical"
    assert moved.spec_digest() == task.spec_digest()


def test_a_changed_behavior_drifts_and_its_new_recording_changes_the_digest(task, tmp_path):
    changed = package(tmp_path / "there", tmp_path / "here", step=("STEP_M = 0.1", "STEP_M = 0.11"))
    assert replay_golden(changed).verdict == "drifted"
    write_golden(changed)
    assert replay_golden(changed).verdict == "identical"
    assert changed.spec_digest() != task.spec_digest()


def test_what_is_no_behavior_is_not_covered(task):
    elsewhere = replace(task, env="other.place:Env", expert=None, demonstrations=None, summary="Swim.")
    assert elsewhere.spec_digest() == task.spec_digest()


def test_recording_an_unchanged_environment_again_keeps_the_digest(task):
    before = task.spec_digest()
    write_golden(task)
    assert task.spec_digest() == before


def test_a_task_without_a_golden_trajectory_has_a_digest_of_the_rest(task):
    bare = replace(task, data="here:nowhere", contexts_of=task.data)
    assert golden_bits(bare.golden()) is None
    assert bare.spec_digest() != task.spec_digest()
    assert replace(bare, horizon=31).spec_digest() != bare.spec_digest()


@pytest.mark.parametrize(
    "change",
    [
        {"horizon": 31},
        {"stops_on_success": False},
        {"env_options": {"drift": 0.01}},
        {"packages": ("numpy", "h5py")},
        {"modes": ("left",)},
        {"id": "toys/shore-v2"},
        {"control_hz": 10.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_fixes_an_episode_is_covered(task, change):
    assert replace(task, **change).spec_digest() != task.spec_digest()


@pytest.mark.parametrize("name", ["unit", "description"])
def test_words_about_an_observation_are_not_covered(task, name):
    first, *others = task.observation
    assert (
        replace(task, observation=(replace(first, **{name: "x"}), *others)).spec_digest()
        == task.spec_digest()
    )


@pytest.mark.parametrize("change", [{"shape": (2,)}, {"dtype": "float64"}, {"components": ("y",)}], ids=str)
def test_what_an_observation_looks_like_is_covered(task, change):
    first, *others = task.observation
    assert replace(task, observation=(replace(first, **change), *others)).spec_digest() != task.spec_digest()


def test_import_strings_are_left_out_at_any_depth_and_nothing_else_is():
    options = {
        "env": "a.b:C",
        "size": 3,
        "look": {"rules": "a:B", "names": ["x:Y", "plain", "12:30"]},
        "no": {},
    }
    assert without_import_strings(options) == {"size": 3, "look": {"names": ["plain", "12:30"]}, "no": {}}


def test_the_bits_of_a_golden_trajectory_leave_samples_and_versions_out():
    checkpoint = {"step": 0, "digests": {"state": "00"}, "rounds": ["state"], "values": [0.5]}
    golden = {"seed": 1, "packages": {"numpy": "2"}, "actions": [[0.0]], "checkpoints": [checkpoint]}
    bits = {"seed": 1, "actions": [[0.0]], "checkpoints": [[0, {"state": "00"}]]}
    assert golden_bits(golden) == bits


def test_no_two_registered_tasks_share_a_digest():
    digests = [task.spec_digest() for task in load_registry().values()]
    assert len(set(digests)) == len(digests)
