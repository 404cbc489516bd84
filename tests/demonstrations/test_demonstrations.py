import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import minari
import numpy as np
import pytest

from ilbench.contract.fields import Field
from ilbench.contract.task import Task
from ilbench.demonstrations import (
    DemonstrationError,
    DemonstrationsDriftWarning,
    InvalidRecipeError,
    MissingDemonstrationsError,
    Recipe,
    StaleDemonstrationsError,
    Trajectory,
    Windows,
    datasets_folder,
    ensure_demonstrations,
    load_demonstrations,
    make_recipe,
)
from ilbench.errors import CorruptFileError, StorageError, UnknownNameError
from ilbench.runs.identity import EpisodeId

TOYS = Path(__file__).parents[1] / "toys"
INTERRUPTED = """
import sys
from dataclasses import replace
from pathlib import Path
from ilbench.demonstrations import ensure_demonstrations
from ilbench_toys import TASK
if __name__ == "__main__":
    task = replace(TASK, expert="ilbench_toys.shore:SlowSwimmer")
    ensure_demonstrations(task, cache=Path(sys.argv[1]), workers=2)
"""


@pytest.fixture
def task(monkeypatch):
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setenv("PYTHONPATH", str(TOYS))
    return importlib.import_module("ilbench_toys").TASK


def demonstrated_by(task, expert):
    return replace(task, expert=f"ilbench_toys.shore:{expert}")


def made(task, cache, **options):
    return ensure_demonstrations(task, cache=cache, **{"workers": 1, **options})


def arrays_file(demonstrations):
    return demonstrations.folder / "data" / "main_data.hdf5"


def counting(length):
    """Returns a trajectory whose observation at step t is t and whose expert action there is 10 t."""
    steps = np.arange(length + 1, dtype=np.float32)[:, None]
    actions = 10 * steps[:-1]
    return Trajectory(
        observations={"x": steps},
        actions=actions + 1,
        expert_actions=actions,
        rewards=np.zeros(length),
        success=True,
        terminated=True,
        mode=None,
        context=0,
        seed=0,
    )


# --- generation


def test_the_checksum_does_not_depend_on_the_number_of_workers(task, tmp_path):
    alone = made(task, tmp_path / "1", workers=1)
    together = made(task, tmp_path / "2", workers=2)
    assert alone.checksum == together.checksum


def test_demonstrations_all_succeed_and_show_each_mode_equally_often(task, tmp_path):
    demonstrations = made(task, tmp_path)
    assert demonstrations.mode_counts == {0: 4, 1: 4}
    assert all(t.success for t in demonstrations.trajectories)


def test_progress_is_told_after_each_demonstration(task, tmp_path):
    calls = []
    made(task, tmp_path, count=3, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_failed_attempt_is_repeated_with_the_next_seed_and_counted(task, tmp_path):
    demonstrations = made(demonstrated_by(task, "TiredSwimmer"), tmp_path)
    retries = [t.num_retries for t in demonstrations.trajectories]
    assert demonstrations.metadata["num_retries"] == sum(retries) > 0
    for index, t in enumerate(demonstrations.trajectories):
        attempt = f" attempt {t.num_retries}" if t.num_retries else ""
        identity = EpisodeId(task.id, "train", t.context, index)
        assert t.seed == identity.seed(f"demonstration{attempt}")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_expert_that_always_fails_is_an_error_that_names_the_start(task, tmp_path, workers):
    with pytest.raises(
        DemonstrationError, match=r"demonstration 1 of toys/shore-v1 \(train context 1, mode 1\)"
    ):
        made(demonstrated_by(task, "ObstinateSwimmer"), tmp_path, workers=workers)
    assert not list(tmp_path.rglob("data"))


def test_a_worker_that_dies_is_an_error_and_not_a_wait(task, tmp_path):
    with pytest.raises(DemonstrationError, match="exit code -9"):
        made(demonstrated_by(task, "DrowningSwimmer"), tmp_path, workers=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interruption_leaves_neither_data_nor_processes(task, tmp_path, monkeypatch, number):
    pids, cache = tmp_path / "pids", tmp_path / "cache"
    pids.mkdir()
    monkeypatch.setenv("TOY_PIDS", str(pids))
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    parent = subprocess.Popen([sys.executable, script, cache], stderr=subprocess.DEVNULL)
    wait_until(lambda: len(list(pids.iterdir())) == 2)
    parent.send_signal(number)
    assert parent.wait(10) != 0
    wait_until(lambda: not any(is_running(int(pid.name)) for pid in pids.iterdir()))
    assert not list(cache.rglob("*.hdf5"))


def wait_until(condition, timeout_s=30):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_running(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


# --- the recipe


def test_in_the_long_run_every_context_meets_every_mode(task):
    recipe = Recipe(count=32, modes=(0, 1), noise=0.0)
    pairs = [(a.context, a.mode) for a in (recipe.assignment(task, i) for i in range(32))]
    assert all(pairs.count((context, mode)) == 4 for context in range(4) for mode in (0, 1))


def test_a_smaller_count_gives_the_first_demonstrations(task, tmp_path):
    few, many = made(task, tmp_path, count=3), made(task, tmp_path)
    assert [t.digest() for t in few.trajectories] == [t.digest() for t in many.trajectories[:3]]


def test_only_the_modes_asked_for_are_shown(task, tmp_path):
    assert made(task, tmp_path, modes=[1], count=3).mode_counts == {1: 3}


def test_other_dials_make_another_data_set(task, tmp_path):
    standard, noisy = made(task, tmp_path), made(task, tmp_path, noise=0.2)
    assert noisy.folder != standard.folder
    assert any((t.actions != t.expert_actions).any() for t in noisy.trajectories)
    assert load_demonstrations(task, noise=0.0, cache=tmp_path).checksum == standard.checksum


@pytest.mark.parametrize(
    "dials",
    [{"count": 0}, {"modes": [2]}, {"modes": [0, 0]}, {"noise": -0.1}, {"levels": 5}, {"transitions": 0}],
)
def test_dials_that_make_no_sense_are_refused(task, dials):
    with pytest.raises(InvalidRecipeError, match="demonstrations of toys/shore-v1: "):
        make_recipe(task, **dials)


def test_a_task_without_an_expert_has_no_demonstrations(task):
    with pytest.raises(InvalidRecipeError, match="has no expert"):
        make_recipe(replace(task, expert=None))


def test_another_expert_makes_another_data_set_under_its_own_name(task, tmp_path):
    both = replace(task, alternative_experts={"obstinate": "ilbench_toys.shore:ObstinateSwimmer"})
    other = made(both, tmp_path, expert="obstinate", modes=[0])
    assert other.name.startswith("obstinate-")
    assert other.mode_counts == {0: 8}
    assert load_demonstrations(both, source=other.name, cache=tmp_path).checksum == other.checksum
    with pytest.raises(UnknownNameError, match="did you mean 'obstinate'"):
        make_recipe(both, expert="obstinat")


def test_fewer_levels_are_the_first_train_contexts_at_the_same_count(task, tmp_path):
    few = made(task, tmp_path, levels=2)
    assert [t.context for t in few.trajectories] == [0, 1, 1, 0, 0, 1, 1, 0]
    assert few.mode_counts == {0: 4, 1: 4}
    assert make_recipe(task, levels=4) == make_recipe(task)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fixed_number_of_transitions_is_kept_to_the_step(task, tmp_path, workers):
    calls = []
    budget = made(task, tmp_path, transitions=50, workers=workers, progress=lambda *call: calls.append(call))
    whole = made(task, tmp_path).trajectories
    *full, last = budget.trajectories
    assert budget.num_steps == 50
    assert [t.digest() for t in full] == [t.digest() for t in whole[: len(full)]]
    assert np.array_equal(last.actions, whole[len(full)].actions[: len(last)])
    assert (last.success, last.terminated, last.mode) == (False, False, None)
    assert calls[-1] == (50, 50)


def test_a_generated_data_set_is_found_by_its_name(task, tmp_path):
    noisy, standard = made(task, tmp_path, noise=0.2), made(task, tmp_path)
    for demonstrations in (noisy, standard):
        found = load_demonstrations(task, source=demonstrations.name, cache=tmp_path)
        assert (found.recipe, found.checksum) == (demonstrations.recipe, demonstrations.checksum)
    with pytest.raises(MissingDemonstrationsError, match=f"there are: .*{noisy.name}"):
        load_demonstrations(task, source="expert-00000000-v1", cache=tmp_path)


# --- the cache


def test_a_second_call_reuses_what_is_there(task, tmp_path):
    first = made(task, tmp_path)
    before = arrays_file(first).stat()
    second = made(task, tmp_path, progress=lambda *_: pytest.fail("generated again"))
    assert second.checksum == first.checksum
    assert arrays_file(second).stat() == before


def test_what_is_not_there_is_missed_with_the_command_that_makes_it(task, tmp_path):
    with pytest.raises(MissingDemonstrationsError, match=r"run: ilbench demos toys/shore-v1$"):
        load_demonstrations(task, cache=tmp_path)


def test_the_command_names_the_dials(task, tmp_path):
    with pytest.raises(MissingDemonstrationsError, match=r"--count 3 --noise 0.0 --modes 1$"):
        load_demonstrations(task, count=3, modes=[1], cache=tmp_path)


def test_plain_minari_reads_the_same_arrays_without_loss(task, tmp_path, monkeypatch):
    demonstrations = made(task, tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(datasets_folder(tmp_path)))
    dataset = minari.load_dataset("ilbench/toys/shore-v1/expert-v1")
    for episode, trajectory in zip(dataset, demonstrations.trajectories, strict=True):
        assert np.array_equal(episode.actions, trajectory.actions)
        for name, values in trajectory.observations.items():
            assert np.array_equal(episode.observations[name].reshape(values.shape), values)


def test_pixels_and_symbols_survive_storage(task, tmp_path):
    t = made(task, tmp_path).trajectories[0]
    x = t.observations["position"][0, 0]
    assert {n: v.dtype for n, v in t.observations.items()} == {f.name: f.dtype for f in task.observation}
    first = np.arange(3072, dtype=np.int64) * 37 + int(x * 1000)
    assert np.array_equal(t.observations["image"][0].ravel(), first % 256)
    assert np.array_equal(t.observations["grid"][0].ravel(), first[:27] % 11)


@pytest.mark.parametrize("name", ["observations/position", "observations/image", "actions", "rewards"])
def test_one_flipped_bit_is_noticed_and_named(task, tmp_path, name):
    path = arrays_file(made(task, tmp_path))
    with h5py.File(path) as file:
        array = file[f"episode_5/{name}"]
        offset = array.id.get_chunk_info(0).byte_offset if array.chunks else array.id.get_offset()
    content = bytearray(path.read_bytes())
    content[offset + 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"expert-v1.*ilbench demos toys/shore-v1 --overwrite"):
        load_demonstrations(task, cache=tmp_path)


@pytest.mark.parametrize("length", [0, 1000, 50_000])
def test_a_truncated_file_is_noticed_and_can_be_replaced(task, tmp_path, length):
    good = made(task, tmp_path)
    os.truncate(arrays_file(good), length)
    with pytest.raises(CorruptFileError, match=r"main_data.hdf5: .* have changed"):
        made(task, tmp_path)
    assert made(task, tmp_path, overwrite=True).checksum == good.checksum


def test_demonstrations_of_a_changed_task_are_stale(task, tmp_path):
    made(task, tmp_path)
    with pytest.raises(StaleDemonstrationsError, match="spec_digest"):
        load_demonstrations(replace(task, horizon=29), cache=tmp_path)


def test_a_difference_from_the_published_demonstrations_is_said(task, tmp_path, monkeypatch):
    monkeypatch.setattr(Task, "demonstrations_checksum", lambda self: "0" * 32)
    with pytest.warns(DemonstrationsDriftWarning, match="published 0000"):
        made(task, tmp_path)


def test_a_cache_that_takes_no_files_is_a_storage_error(task, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="toys/shore-v1 could not be written"):
        made(task, tmp_path / "file")


def test_a_full_disk_leaves_no_data_set(task, tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            made(task, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.rglob("*.hdf5"))


# --- what the expert computed


THOUGHT = (
    Field(name="distance", shape=(), unit="m"),
    Field(name="strokes", shape=(2,), dtype="int64"),
    Field(name="goal", shape=(24,), dtype="uint8"),
)


def thinking(task, procedure=THOUGHT):
    plan = replace(task.demonstrations, procedure=procedure)
    return replace(demonstrated_by(task, "ThinkingSwimmer"), demonstrations=plan)


def test_the_experts_procedure_is_stored_for_every_step(task, tmp_path):
    t = made(thinking(task), tmp_path, count=2).trajectories[1]
    assert t.procedure["distance"] == pytest.approx(1 - abs(t.observations["position"][:-1, 0]))
    assert t.procedure["strokes"].dtype == np.int64
    assert np.array_equal(t.procedure["strokes"][:, 1], t.observations["grid"][:-1, 0, 0, 0] + 1)
    texts = {bytes(row).rstrip(b"\0").decode() for row in t.procedure["goal"]}
    assert texts == {"swim right – on"}


def test_a_procedure_changes_the_checksum_and_nothing_else(task, tmp_path):
    with_it, without = made(thinking(task), tmp_path / "1"), made(task, tmp_path / "2")
    assert with_it.checksum != without.checksum
    bare = [replace(t, procedure={}).digest() for t in with_it.trajectories]
    assert bare == [t.digest() for t in without.trajectories]


def test_an_expert_that_keeps_its_procedure_to_itself_records_none(task, tmp_path):
    silent = replace(thinking(task), expert="ilbench_toys.shore:Swimmer")
    assert made(silent, tmp_path).trajectories[0].procedure == {}


@pytest.mark.parametrize(
    "fields", [THOUGHT[:2], (*THOUGHT[:2], replace(THOUGHT[2], shape=(9,))), (THOUGHT[1],)]
)
def test_a_procedure_unlike_the_declared_one_is_an_error_that_shows_both(task, tmp_path, fields):
    with pytest.raises(DemonstrationError, match=r"InvalidProcedureError: procedure of .*found .*declared"):
        made(thinking(task, fields), tmp_path)


def test_windows_hand_out_the_procedure_of_the_first_action(task, tmp_path):
    demonstrations = made(thinking(task), tmp_path)
    windows = demonstrations.windows(history=2, chunk=3, procedure=["distance", "goal"])
    distances = np.concatenate([t.procedure["distance"] for t in demonstrations.trajectories])
    assert np.array_equal([w["procedure"]["distance"] for w in windows], distances)
    assert np.array_equal(windows.procedure()["distance"], distances)
    assert windows[0]["procedure"]["goal"].shape == (24,)
    assert "procedure" not in demonstrations.windows()[0]


def test_a_procedure_that_was_not_recorded_is_named(task, tmp_path):
    with pytest.raises(UnknownNameError, match="procedure field of a demonstration of train context 0"):
        made(task, tmp_path).windows(procedure=["distance"])


def test_plain_minari_reads_the_procedure(task, tmp_path, monkeypatch):
    demonstrations = made(thinking(task), tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(datasets_folder(tmp_path)))
    episode = minari.load_dataset("ilbench/toys/shore-v1/expert-v1")[0]
    found = episode.infos["procedure"]["distance"]
    assert np.array_equal(found, demonstrations.trajectories[0].procedure["distance"])


# --- windows


def test_windows_repeat_the_first_observation_and_the_last_action():
    observations, actions, mask = Windows([counting(3)], history=2, chunk=3).arrays()
    assert observations["x"][..., 0].tolist() == [[0, 0], [0, 1], [1, 2]]
    assert actions[..., 0].tolist() == [[0, 10, 20], [10, 20, 20], [20, 20, 20]]
    assert mask.tolist() == [[True, True, True], [True, True, False], [True, False, False]]


def test_windows_never_cross_into_another_trajectory():
    windows = Windows([counting(2), counting(1)], history=2, chunk=2)
    assert len(windows) == 3
    assert windows[2]["observations"]["x"][:, 0].tolist() == [0, 0]
    assert windows[1]["actions"][:, 0].tolist() == [10, 10]


def test_windows_one_by_one_are_the_arrays():
    windows = Windows([counting(4), counting(2)], history=3, chunk=2)
    observations, actions, mask = windows.arrays()
    assert np.array_equal([w["observations"]["x"] for w in windows], observations["x"])
    assert np.array_equal([w["actions"] for w in windows], actions)
    assert np.array_equal([w["mask"] for w in windows], mask)


def test_windows_past_the_end_are_an_index_error():
    with pytest.raises(IndexError):
        Windows([counting(2)])[2]


def test_windows_feed_a_torch_data_loader_as_they_are():
    data = pytest.importorskip("torch.utils.data")
    batch = next(iter(data.DataLoader(Windows([counting(4)], history=2, chunk=3), batch_size=4)))
    assert batch["observations"]["x"].shape == (4, 2, 1)
    assert batch["actions"].shape == (4, 3, 1)
    assert batch["mask"].sum() == 3 + 3 + 2 + 1
