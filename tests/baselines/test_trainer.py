import dataclasses
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from line import LINE, line_demonstrations, trajectory
from torch.utils.data import DataLoader

from ilbench.baselines import load_policy
from ilbench.baselines.bc_mlp import BehaviorCloningConfig
from ilbench.baselines.checkpoint import (
    METADATA,
    TRAINING,
    WEIGHTS,
    CheckpointError,
    load_metadata,
)
from ilbench.baselines.dataset import DemonstrationDataset, split_windows
from ilbench.baselines.diffusion import DiffusionConfig
from ilbench.baselines.tensors import load_tensors, save_tensors
from ilbench.baselines.trainer import learning_rate, train
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.demonstrations import Demonstrations, Recipe
from ilbench.demonstrations.trajectory import checksum
from ilbench.demonstrations.unpickling import UnsafePickleError
from ilbench.errors import CorruptFileError

SMALL = {
    "bc-mlp": BehaviorCloningConfig(hidden=(16,), steps=40, batch_size=16, log_every=10, checkpoint_every=10),
    "diffusion": DiffusionConfig(
        width=16, blocks=1, steps=40, batch_size=16, log_every=10, checkpoint_every=10
    ),
}
BASELINES = pytest.mark.parametrize("baseline", SMALL)


@pytest.fixture(scope="module")
def demonstrations():
    return line_demonstrations()


@pytest.fixture
def trained(demonstrations, tmp_path):
    return train("bc-mlp", demonstrations, folder=tmp_path / "trained", config=SMALL["bc-mlp"])


def digest(folder):
    return load_metadata(folder).weights_digest


class StoppedError(Exception):
    pass


def stop_at(step):
    def progress(done, _total, _loss):
        if done == step:
            raise StoppedError

    return progress


def train_in_two_goes(baseline, demonstrations, folder, stop):
    with pytest.raises(StoppedError):
        train(baseline, demonstrations, folder=folder, config=SMALL[baseline], progress=stop_at(stop))
    return train(baseline, demonstrations, folder=folder, config=SMALL[baseline])


@BASELINES
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(baseline, demonstrations, tmp_path):
    def weights(name, seed):
        return digest(
            train(baseline, demonstrations, folder=tmp_path / name, config=SMALL[baseline], seed=seed)
        )

    assert weights("a", 0) == weights("b", 0) != weights("c", 1)


def seen_trajectory(index, length=6):
    """Returns a trajectory with a picture, a grid of symbols and words, as Procgen and MiniGrid show them."""
    rng = np.random.default_rng(index)
    actions = rng.integers(7, size=length)
    return replace(
        trajectory(index, length),
        observations={
            "image": rng.integers(256, size=(length + 1, 64, 64, 3)).astype(np.uint8),
            "grid": rng.integers(11, size=(length + 1, 7, 7, 3)).astype(np.uint8),
            "mission": rng.integers(1, 30, size=(length + 1, 10)),
        },
        actions=actions,
        expert_actions=actions,
    )


def test_pictures_symbols_and_words_train_to_the_same_weights_again(tmp_path):
    task = replace(
        LINE,
        observation=(
            Field(name="image", shape=(64, 64, 3), dtype="uint8"),
            Field(name="grid", shape=(7, 7, 3), dtype="uint8"),
            Field(name="mission", shape=(10,), dtype="int64"),
        ),
        action=ActionField(num_actions=7),
    )
    trajectories = tuple(map(seen_trajectory, range(4)))
    shown = Demonstrations(
        task=task,
        recipe=Recipe(count=4, modes=(), noise=0.0),
        trajectories=trajectories,
        checksum=checksum(trajectories),
        metadata={},
        folder=Path("nowhere"),
    )
    config = BehaviorCloningConfig(hidden=(16,), steps=8, batch_size=8, log_every=4, checkpoint_every=4)
    with pytest.raises(StoppedError):
        train("bc-mlp", shown, folder=tmp_path / "parts", config=config, progress=stop_at(8))
    found = {
        name: digest(train("bc-mlp", shown, folder=tmp_path / name, config=config, seed=seed))
        for name, seed in (("parts", 0), ("whole", 0), ("other", 1))
    }
    assert found["parts"] == found["whole"] != found["other"]


@BASELINES
@pytest.mark.parametrize("stop", [20, 30])
def test_a_stopped_and_resumed_training_equals_an_uninterrupted_one(baseline, stop, demonstrations, tmp_path):
    whole = train(baseline, demonstrations, folder=tmp_path / "whole", config=SMALL[baseline])
    parts = train_in_two_goes(baseline, demonstrations, tmp_path / "parts", stop)
    assert digest(parts) == digest(whole)
    assert (parts / "loss.csv").read_bytes() == (whole / "loss.csv").read_bytes()


def test_resuming_goes_on_from_the_last_checkpoint_and_not_from_the_start(demonstrations, tmp_path):
    steps = []
    with pytest.raises(StoppedError):
        train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"], progress=stop_at(30))
    assert load_tensors(tmp_path / TRAINING)["step"] == 20
    train(
        "bc-mlp",
        demonstrations,
        folder=tmp_path,
        config=SMALL["bc-mlp"],
        progress=lambda done, *_: steps.append(done),
    )
    assert steps == [30, 40]


def test_training_leaves_the_global_generator_and_thread_count_alone(demonstrations, tmp_path):
    threads = torch.get_num_threads()
    state = torch.random.get_rng_state()
    train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"])
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_a_finished_training_is_left_alone(trained, demonstrations):
    before = {path.name: path.stat().st_mtime_ns for path in trained.iterdir()}
    train("bc-mlp", demonstrations, folder=trained, config=SMALL["bc-mlp"])
    assert {path.name: path.stat().st_mtime_ns for path in trained.iterdir()} == before


def test_another_training_in_the_same_folder_is_refused_and_the_difference_named(trained, demonstrations):
    before = (trained / WEIGHTS).read_bytes()
    with pytest.raises(CheckpointError, match="training_seed is 0 there and 1 here"):
        train("bc-mlp", demonstrations, folder=trained, config=SMALL["bc-mlp"], seed=1)
    assert (trained / WEIGHTS).read_bytes() == before


def test_an_unfinished_training_of_another_seed_is_not_resumed(demonstrations, tmp_path):
    with pytest.raises(StoppedError):
        train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"], progress=stop_at(30))
    with pytest.raises(CheckpointError, match="training_seed is 0 there and 5 here"):
        train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"], seed=5)


def test_a_finished_folder_holds_what_the_documentation_says(trained, demonstrations):
    assert {path.name for path in trained.iterdir()} == {METADATA, WEIGHTS, "loss.csv", "loss.png"}
    identity = load_metadata(trained).identity
    assert identity.demonstrations == demonstrations.checksum
    assert identity.task_spec_digest == LINE.spec_digest()
    assert identity.config["hidden"] == [16]


def test_the_loss_curve_is_a_table_and_a_picture(trained):
    header, *rows = (trained / "loss.csv").read_text().splitlines()
    assert header == "step,training_loss,validation_loss,learning_rate"
    assert [int(row.split(",")[0]) for row in rows] == [10, 20, 30, 40]
    assert all(float(value) >= 0 for row in rows for value in row.split(","))
    assert (trained / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_without_validation_its_cells_are_empty(demonstrations, tmp_path):
    config = dataclasses.replace(SMALL["bc-mlp"], validation_fraction=0.0)
    train("bc-mlp", demonstrations, folder=tmp_path, config=config)
    assert all(row.split(",")[2] == "" for row in (tmp_path / "loss.csv").read_text().splitlines()[1:])


@BASELINES
def test_a_loaded_policy_acts_and_has_one_thread(baseline, demonstrations, tmp_path):
    policy = load_policy(str(train(baseline, demonstrations, folder=tmp_path, config=SMALL[baseline])))
    policy.reset(0, 0, LINE.description())
    actions = policy.act({"state": np.ones((DEFAULT_WIDTH, policy.history, 2), np.float32)})
    assert actions.shape[0] == DEFAULT_WIDTH
    assert np.isfinite(actions).all()
    assert torch.get_num_threads() == 1


def test_a_missing_checkpoint_is_named_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(CheckpointError, match=r"found: none.*ilbench train"):
        load_policy(tmp_path / "none")


def test_an_unfinished_training_is_no_checkpoint(demonstrations, tmp_path):
    with pytest.raises(StoppedError):
        train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"], progress=stop_at(30))
    with pytest.raises(CheckpointError, match="a training that has not finished"):
        load_policy(tmp_path)


def test_a_changed_weight_is_noticed(trained):
    weights = load_tensors(trained / WEIGHTS)
    weights["head.bias"][0] += 1e-6
    save_tensors(trained / WEIGHTS, weights)
    with pytest.raises(CorruptFileError, match=r"weights\.pt: expected weights with digest"):
        load_policy(trained)


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_truncated_file_of_weights_is_noticed(trained, keep):
    (trained / WEIGHTS).write_bytes((trained / WEIGHTS).read_bytes()[:keep])
    with pytest.raises(CorruptFileError, match=r"weights\.pt: not a file of tensors"):
        load_policy(trained)


def test_missing_weights_are_named(trained):
    (trained / WEIGHTS).unlink()
    with pytest.raises(CorruptFileError, match=r"weights\.pt: cannot be read \(No such file"):
        load_policy(trained)


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("dump", [pickle.dump, torch.save], ids=["pickle", "torch"])
@pytest.mark.parametrize("name", [WEIGHTS, TRAINING])
def test_a_file_that_would_run_code_is_refused_and_runs_none(name, dump, demonstrations, tmp_path):
    folder = tmp_path / "checkpoint"
    train("bc-mlp", demonstrations, folder=folder, config=SMALL["bc-mlp"])
    with (folder / name).open("wb") as file:
        dump(Bomb(tmp_path / "ran"), file)
    with pytest.raises((CorruptFileError, UnsafePickleError), match=rf"{name}: (not|refused)"):
        load_tensors(folder / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.pop("weights_digest"), "'weights_digest': Field required"),
        (
            lambda data: data["identity"].update(training_seed="x"),
            r"'identity\.training_seed': Input should be",
        ),
        (lambda data: data["identity"]["config"].update(hidden=[32]), r"hidden\.0\.weight of \(32, 2\)"),
        (lambda data: data["identity"]["config"].update(layers=3), "network in weights.pt .*'layers'"),
    ],
)
def test_edited_metadata_is_named_with_the_field(trained, change, message):
    data = json.loads((trained / METADATA).read_text())
    change(data)
    (trained / METADATA).write_text(json.dumps(data))
    with pytest.raises(CorruptFileError, match=message):
        load_policy(trained)


def test_a_damaged_training_is_not_resumed(demonstrations, tmp_path):
    (tmp_path / TRAINING).write_bytes(b"half a fi")
    with pytest.raises(CorruptFileError, match=r"training\.pt: not a file of tensors"):
        train("bc-mlp", demonstrations, folder=tmp_path, config=SMALL["bc-mlp"])


def test_a_baseline_that_is_not_trained_says_so(demonstrations, tmp_path):
    with pytest.raises(CheckpointError, match="'random' is not trained"):
        train("random", demonstrations, folder=tmp_path)


def test_whole_demonstrations_are_kept_out_for_validation(demonstrations):
    training, validation = split_windows(demonstrations, 0.2, seed=0)
    owner = np.repeat(np.arange(10), [len(t) for t in demonstrations.trajectories])
    assert sorted([*training.tolist(), *validation.tolist()]) == list(range(len(owner)))
    assert len(set(owner[validation])) == 2
    assert not set(owner[training]) & set(owner[validation])


def test_a_data_loader_batches_the_dataset(demonstrations):
    dataset = DemonstrationDataset(demonstrations, history=2, chunk=3)
    batch = next(iter(DataLoader(dataset, batch_size=4)))
    assert len(dataset) == demonstrations.num_steps
    assert batch["observations"]["state"].shape == (4, 2, 2)
    assert batch["actions"].shape == (4, 3, 1)
    assert batch["mask"].dtype == torch.bool


def test_the_learning_rate_rises_linearly_and_falls_as_half_a_cosine():
    config = BehaviorCloningConfig(steps=110, warmup_steps=10, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in (0, 9, 10, 60, 110)]
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.5, 0.0])
