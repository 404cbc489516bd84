"""Real trainings, of few steps, and what a run's header says of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import ilbench
from ilbench.baselines.checkpoint import load_metadata
from ilbench.contract.baseline import CHECKPOINTS, TrainedOn, find_baseline
from ilbench.demonstrations import MissingDemonstrationsError, ensure_demonstrations, load_demonstrations
from ilbench.demonstrations.training import checkpoints_of, train
from ilbench.errors import UsageError
from ilbench.runner.provenance import ProvenanceWarning
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runs.folder import HEADER, load_header
from ilbench.testing.toys import HARBOR, toy_task

OPEN_WATER = toy_task(id="toys/open-water-v1", env_options={"current": 0.0})
STEPS = 3


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def trained(home, tmp_path_factory):
    """The checkpoints of two tasks, of which one had a data set of its own."""
    root = tmp_path_factory.mktemp("checkpoints")
    few = ensure_demonstrations(OPEN_WATER, count=4, workers=1)
    train("bc-mlp", HARBOR, steps=STEPS, checkpoints=root)
    train("bc-mlp", OPEN_WATER, steps=STEPS, checkpoints=root, demonstrations=few.name)
    return root


def test_a_checkpoint_lies_where_its_baseline_looks_for_it(trained):
    folder = find_baseline("bc-mlp").checkpoint(HARBOR.id, trained, 0)
    assert folder.relative_to(trained) == Path("bc-mlp") / HARBOR.id / "seed-0"
    assert load_metadata(folder).identity.training_seed == 0


def test_a_finished_training_is_left_alone_and_a_folder_of_ones_own_is_used(trained, tmp_path):
    told = []
    folder = train("bc-mlp", HARBOR, steps=STEPS, folder=tmp_path / "own", progress=lambda *p: told.append(p))
    assert folder == tmp_path / "own"
    assert told[-1][:2] == (STEPS, STEPS)
    told.clear()
    train("bc-mlp", HARBOR, steps=STEPS, folder=folder, progress=lambda *p: told.append(p))
    assert told == []


def test_the_same_seed_has_the_same_weights_and_another_has_others(trained, tmp_path):
    def weights(seed):
        folder = train("bc-mlp", HARBOR, steps=STEPS, seed=seed, folder=tmp_path / f"{seed}")
        return find_baseline("bc-mlp").training.described(folder).weights

    here = find_baseline("bc-mlp").trained_on(HARBOR, trained, 0)
    assert weights(0) == here.weights != weights(1)


def test_what_is_not_trained_and_data_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(UsageError, match="'random' is not trained; run it"):
        train("random", HARBOR)
    with pytest.raises(MissingDemonstrationsError, match="toys/harbor-v1"):
        train("bc-mlp", HARBOR, demonstrations="no-such-v1", checkpoints=tmp_path)


def test_checkpoints_of_a_data_set_lie_apart():
    assert checkpoints_of(None) == CHECKPOINTS
    assert checkpoints_of("d3il-human-v1") == CHECKPOINTS / "d3il-human-v1"


@pytest.fixture(scope="module")
def run(trained, tmp_path_factory):
    return ilbench.run(
        "bc-mlp",
        tasks=[HARBOR, OPEN_WATER],
        split="test",
        contexts=2,
        workers=1,
        checkpoints=trained,
        out=tmp_path_factory.mktemp("runs") / "trained",
    )


@pytest.mark.parametrize(("task", "count"), [(HARBOR, None), (OPEN_WATER, 4)], ids=["standard", "named"])
def test_a_runs_header_names_data_set_checksum_and_weights_of_each_task(run, trained, task, count):
    data = load_demonstrations(task, count=count)
    assert run.header.training[task.id] == TrainedOn(
        weights=find_baseline("bc-mlp").trained_on(task, trained, 0).weights,
        spec_digest=task.spec_digest(),
        settings=find_baseline("bc-mlp").trained_on(task, trained, 0).settings,
        demonstrations=data.name,
        checksum=data.checksum,
        num_demonstrations=len(data),
    )


def test_what_a_policy_was_trained_on_survives_in_the_file(run):
    written = json.loads((run.path / HEADER).read_text())["training"][HARBOR.id]
    assert written["demonstrations"] == "expert-v1"
    assert written["num_demonstrations"] == HARBOR.demonstrations.count
    assert load_header(run.path).training == run.header.training


def test_weights_enter_the_identity_by_the_digest_of_the_submission_and_the_rest_does_not(run):
    header = run.header.model_copy(update={"training": {}})
    assert header.identity() == run.header.identity()
    assert run.header.submission.digest == find_baseline("bc-mlp").digest(run.header.training)


@pytest.fixture
def copied(trained, tmp_path):
    """Checkpoints of one's own to edit; and where one of them says how it was trained."""
    root = shutil.copytree(trained, tmp_path / "checkpoints")
    return root, find_baseline("bc-mlp").checkpoint(HARBOR.id, root) / "checkpoint.json"


def digest_of(checkpoints):
    with submission_of("bc-mlp", [HARBOR], checkpoints=checkpoints) as submission:
        return submission.info.digest


@pytest.mark.parametrize("part", ["config", "task"])
def test_whatever_of_a_checkpoint_acts_enters_the_digest(copied, part):
    root, file = copied
    before = digest_of(root)
    content = json.loads(file.read_text())
    (content if part == "task" else content["identity"])[part]["edited"] = 1
    file.write_text(json.dumps(content))
    assert digest_of(root) != before


def test_where_a_checkpoint_lies_and_how_its_training_went_does_not(trained, copied):
    root, file = copied
    file.with_name("loss.csv").unlink()
    assert digest_of(root) == digest_of(trained)


def test_workers_load_the_checkpoint_that_was_hashed(copied):
    root, file = copied
    with submission_of("bc-mlp", [HARBOR], checkpoints=root) as submission:
        file.with_name("weights.pt").write_bytes(b"trained on")
        folder = Path(submission.policies[HARBOR.id].arguments["folder"])
        assert find_baseline("bc-mlp").training.described(folder) == submission.training[HARBOR.id]
        assert (folder / "weights.pt").stat().st_size > 1000
    assert not folder.exists()


def test_a_trained_policy_is_found_again_by_its_run_and_replays_as_recorded(run, trained):
    with pytest.warns(ProvenanceWarning, match="could not be checked: no task named 'toys/open-water-v1'"):
        again = ilbench.replay(run, f"{HARBOR.id}:test:1:0", task=HARBOR, checkpoints=trained)
    assert again.differences == ()
