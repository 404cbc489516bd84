"""Baselines as an open registry of values."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.contract.baseline import Baseline, TrainedOn, Training, find_baseline, load_baselines
from ilbench.contract.registry import find_task
from ilbench.digest import json_digest
from ilbench.errors import CheckpointError, MissingPackageError, UnknownNameError, UsageError

TASK = "d3il/avoiding-v3"
LEARNED = TrainedOn(weights="w", spec_digest="s")


def describe_as_trained_on_this(folder: Path) -> TrainedOn:
    return replace(LEARNED, spec_digest=find_task(TASK).spec_digest())


def describe_as_trained_on_another(folder: Path) -> TrainedOn:
    return LEARNED


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setitem(sys.modules, "baseline_of_others", sys.modules[__name__])


def trained(describe):
    training = Training(train="unused:train", describe=f"baseline_of_others:{describe.__name__}")
    return Baseline(name="mine", summary="", entry="mine:load", training=training)


def test_every_baseline_of_this_project_is_found_by_name():
    assert {"random", "expert", "bc-mlp", "diffusion"} <= set(load_baselines())
    with pytest.raises(UnknownNameError, match="did you mean 'diffusion'"):
        find_baseline("difusion")


def test_the_digest_is_that_of_version_weights_and_settings():
    version = "0.1.0"
    baseline = find_baseline("bc-mlp")
    assert find_baseline("random").digest({}) == json_digest({"version": version})
    assert baseline.digest({TASK: LEARNED}) == json_digest({"version": version, TASK: ["w", ""]})
    others = (replace(LEARNED, weights="v"), replace(LEARNED, settings="s"))
    assert len({baseline.digest({TASK: one}) for one in (LEARNED, *others)}) == 3


def test_an_untrained_baseline_is_told_apart_from_the_expert():
    task = find_task(TASK)
    assert find_baseline("expert").policy(task, Path(), 0).privileged
    assert find_baseline("random").policy(task, Path(), 0).arguments == {}


def test_a_trained_baseline_is_given_the_folder_of_its_checkpoint(tmp_path):
    spec = trained(describe_as_trained_on_this).policy(find_task(TASK), tmp_path, 3)
    assert spec.arguments == {"folder": str(tmp_path / "mine" / TASK / "seed-3")}


def test_a_missing_checkpoint_is_answered_with_the_command(tmp_path):
    with pytest.raises(CheckpointError, match=r"run: ilbench train mine d3il/avoiding-v3 --seed 3$"):
        trained(describe_as_trained_on_this).trained_on(find_task(TASK), tmp_path, 3)


def test_a_checkpoint_of_another_version_of_the_task_is_refused(tmp_path):
    task = find_task(TASK)
    (tmp_path / "mine" / TASK / "seed-0").mkdir(parents=True)
    assert trained(describe_as_trained_on_this).trained_on(task, tmp_path, 0).weights == "w"
    with pytest.raises(CheckpointError, match="another version of d3il/avoiding-v3"):
        trained(describe_as_trained_on_another).trained_on(task, tmp_path, 0)


def test_one_that_needs_a_package_that_is_not_there_says_how_to_install_it():
    training = Training(train="", describe="", package="no-such-package", extra="baselines")
    with pytest.raises(MissingPackageError, match=r"pip install -c constraints.txt -e '\.\[baselines\]'"):
        Baseline(name="mine", summary="", training=training).check_installed()


def test_training_what_is_not_trained_is_a_mistake_of_usage():
    with pytest.raises(UsageError, match="run it: ilbench run random --task d3il/avoiding-v3"):
        find_baseline("random").check_trainable(TASK)
