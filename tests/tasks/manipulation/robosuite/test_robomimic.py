"""robomimic's files, written and read back, in the layouts of robosuite 1.4 and 1.5."""

from __future__ import annotations

import copy
import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

from ilbench.contract.environment import silenced
from ilbench.contract.registry import find_task
from ilbench.demonstrations import (
    Demonstrations,
    ExportError,
    InvalidArchiveError,
    ensure_demonstrations,
    export_set,
    import_set,
    load_formats,
)
from ilbench.errors import CorruptFileError
from ilbench.tasks.manipulation.robosuite.robomimic import FORMAT, find_sets
from ilbench.tasks.manipulation.robosuite.robomimic_actions import ActionConvention, read_convention
from ilbench.tasks.manipulation.robosuite.robomimic_export import env_args
from ilbench.tasks.manipulation.robosuite.robomimic_objects import named_observables
from ilbench.tasks.manipulation.robosuite.tasks import LIFT

if LIFT.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

COUNT = 4
NEEDS_ROBOMIMIC = pytest.mark.skipif(
    importlib.util.find_spec("robomimic") is None or importlib.util.find_spec("torch") is None,
    reason="needs robomimic: pip install --no-deps robomimic==0.3.0",
)
OLD_OSC = {
    "type": "OSC_POSE",
    "input_max": 1,
    "input_min": -1,
    "output_max": [0.05, 0.05, 0.05, 0.5, 0.5, 0.5],
    "output_min": [-0.05, -0.05, -0.05, -0.5, -0.5, -0.5],
    "kp": 150,
    "damping": 1,
    "impedance_mode": "fixed",
    "kp_limits": [0, 300],
    "uncouple_pos_ori": True,
    "control_delta": True,
    "interpolation": None,
    "ramp_ratio": 0.2,
}
OLD_KWARGS = {"robots": ["Panda"], "control_freq": 20, "controller_configs": OLD_OSC, "reward_shaping": False}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def ours(cache):
    return ensure_demonstrations(LIFT, count=COUNT, workers=1, cache=cache)


@pytest.fixture(scope="module")
def exported(ours, cache):
    return export_set(ours, FORMAT, cache / "Lift_v15.hdf5")


@pytest.fixture
def file(exported, tmp_path):
    """Returns a copy that a test may change."""
    return shutil.copy(exported, tmp_path / "lift.hdf5")


def imported(path, cache, **options):
    (found,) = find_sets(path)
    return import_set(found, "robomimic", cache=cache, **options)


def set_env_args(file, **changes):
    with h5py.File(file, "a") as content:
        args = json.loads(content["data"].attrs["env_args"])
        content["data"].attrs["env_args"] = json.dumps({**args, **changes})


def make_old(file):
    """Turns a file of Lift into what robosuite 1.4.1 and robomimic would have written."""
    set_env_args(file, env_version="1.4.1", env_kwargs=OLD_KWARGS)
    with h5py.File(file, "a") as content:
        for demo in content["data"].values():
            for group in (demo["obs"], demo["next_obs"]):
                for key in ("cube_pos", "cube_quat", "gripper_to_cube_pos"):
                    del group[key]
                group["object"][:, 7:] *= -1.0


def make_raw(file):
    """Leaves what robosuite's own recordings have."""
    with h5py.File(file, "a") as content:
        for demo in content["data"].values():
            for key in ("obs", "next_obs", "rewards", "dones"):
                del demo[key]


def assert_same_trajectories(theirs, ours):
    for mine, back in zip(ours.trajectories, theirs.trajectories, strict=True):
        np.testing.assert_array_equal(back.observations["state"], mine.observations["state"])
        np.testing.assert_array_equal(back.actions, mine.actions)
        np.testing.assert_array_equal(back.expert_actions, mine.expert_actions)
        np.testing.assert_array_equal(back.rewards, mine.rewards)
        assert (back.success, back.terminated, back.context) == (True, True, -1)


# --- out and back


def test_our_demonstrations_come_back_bit_for_bit(ours, exported, tmp_path):
    assert any(not np.array_equal(t.actions, t.expert_actions) for t in ours.trajectories)
    assert_same_trajectories(imported(exported, tmp_path), ours)


def test_a_file_of_robosuite_1_4_comes_back_as_the_same_demonstrations(ours, file, tmp_path):
    make_old(file)
    assert_same_trajectories(imported(file, tmp_path), ours)


def test_the_same_demonstrations_give_the_same_bytes(ours, exported, tmp_path):
    again = export_set(ours, FORMAT, tmp_path / "again.hdf5")
    assert again.read_bytes() == exported.read_bytes()


def test_a_file_names_no_folder_of_the_machine_that_wrote_it(exported):
    with h5py.File(exported) as content:
        model = content["data/demo_0"].attrs["model_file"]
    assert 'file="robosuite/models/' in model
    assert 'file="/' not in model


def test_the_file_is_found_under_its_name_folder_and_filter_key(exported, tmp_path):
    path = tmp_path / "mh" / "low_dim_v15.hdf5"
    path.parent.mkdir()
    shutil.copy(exported, path)
    (whole,) = find_sets(path)
    (part,) = find_sets(path.with_name("low_dim_v15.hdf5#valid"))
    assert (whole.name, part.name) == (
        "robomimic-mh-low-dim-v15-v1",
        "robomimic-mh-low-dim-v15-valid-v1",
    )


def test_filter_keys_part_the_demonstrations_and_each_is_a_set_of_its_own(ours, exported, tmp_path):
    with h5py.File(exported) as content:
        keys = {key: [name.decode() for name in np.asarray(names)] for key, names in content["mask"].items()}
    assert sorted(keys["train"] + keys["valid"]) == [f"demo_{index}" for index in range(COUNT)]
    assert len(keys["valid"]) == 1
    (valid,) = imported(exported.with_name(f"{exported.name}#valid"), tmp_path).trajectories
    expected = ours.trajectories[int(keys["valid"][0].removeprefix("demo_"))]
    np.testing.assert_array_equal(valid.observations["state"], expected.observations["state"])


def test_states_alone_are_observed_anew(ours, file, tmp_path):
    make_raw(file)
    for mine, back in zip(ours.trajectories, imported(file, tmp_path).trajectories, strict=True):
        state, expected = back.observations["state"], mine.observations["state"][:-1]
        np.testing.assert_array_equal(state[0], expected[0])
        np.testing.assert_allclose(state[:, :3], expected[:, :3], atol=2e-3)  # 2 ms later in robosuite's step
        np.testing.assert_array_equal(back.actions, mine.actions[:-1])
        assert not back.success  # our recordings end with the action that succeeds


def test_the_files_own_rewards_say_what_succeeded_where_only_states_are_kept(ours, file, tmp_path):
    with h5py.File(file, "a") as content:
        for demo in content["data"].values():
            del demo["obs"], demo["next_obs"]
    for mine, back in zip(ours.trajectories, imported(file, tmp_path).trajectories, strict=True):
        assert back.success
        np.testing.assert_array_equal(back.rewards, mine.rewards[:-1])


@pytest.mark.parametrize("value", [1.000001, 1.79, -40.0])
def test_an_action_beyond_the_limits_is_clipped_as_robosuite_does_and_counted(ours, file, tmp_path, value):
    break_demo("actions", value)(file)
    back = imported(file, tmp_path)
    expected = np.clip(np.full(7, value), -1, 1)
    np.testing.assert_array_equal(back.trajectories[1].actions[1], expected.astype(np.float32))
    assert back.metadata["source"]["num_clipped"] == 1
    np.testing.assert_array_equal(back.trajectories[0].actions, ours.trajectories[0].actions)


def test_the_command_line_says_what_was_clipped(file, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from ilbench.cli.app import app

    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    break_demo("actions", 1.79)(file)
    shown = CliRunner().invoke(app, ["demos", "import", "robomimic", str(file)]).stdout
    assert "clipped actions 1 step, to the task's limits, as its simulator does" in shown


def test_without_next_obs_the_last_action_is_left_out_but_its_success_counts(ours, file, tmp_path):
    with h5py.File(file, "a") as content:
        for demo in content["data"].values():
            del demo["next_obs"]
    for mine, back in zip(ours.trajectories, imported(file, tmp_path).trajectories, strict=True):
        np.testing.assert_array_equal(back.observations["state"], mine.observations["state"][:-1])
        assert len(back) == len(mine) - 1
        assert back.success


def test_the_command_line_writes_and_reads(ours, cache, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from ilbench.cli.app import app

    monkeypatch.setenv("ILBENCH_HOME", str(cache))
    path = tmp_path / "lift.hdf5"
    export = CliRunner().invoke(
        app, ["demos", "export", "robomimic", LIFT.id, str(path), "--count", str(COUNT)]
    )
    back = CliRunner().invoke(app, ["demos", "import", "robomimic", f"{path}#train"])
    assert (export.exit_code, back.exit_code) == (0, 0), export.output + repr(export.exception)
    assert f"written to      {path}" in export.stdout
    assert "robomimic-lift-train-v1" in back.stdout


# --- robomimic and robosuite read what we write


@NEEDS_ROBOMIMIC
def test_robomimics_training_reader_gives_our_arrays(ours, exported):
    from robomimic.utils import obs_utils
    from robomimic.utils.dataset import SequenceDataset

    keys = ["robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "object"]
    with silenced():
        obs_utils.initialize_obs_utils_with_obs_specs({"obs": {"low_dim": keys}})
        data = SequenceDataset(
            str(exported),
            obs_keys=keys,
            dataset_keys=["actions", "rewards", "dones"],
            seq_length=10,
            filter_by_attribute="train",
            hdf5_cache_mode="low_dim",
        )
    first = ours.trajectories[int(data.demos[0].removeprefix("demo_"))]
    sample = data[5]
    seen = np.concatenate([sample["obs"][key] for key in keys], axis=1)
    np.testing.assert_allclose(seen, first.observations["state"][5:15], atol=1e-7)
    np.testing.assert_allclose(sample["actions"], first.actions[5:15], atol=1e-7)
    assert data.n_demos == COUNT - 1


@NEEDS_ROBOMIMIC
def test_robomimic_takes_our_environment_for_one_of_robosuite(exported):
    from robomimic.envs.env_base import EnvType
    from robomimic.utils.env_utils import get_env_type

    with h5py.File(exported) as content:
        meta = json.loads(content["data"].attrs["env_args"])
    assert get_env_type(env_meta=meta) == EnvType.ROBOSUITE_TYPE


@NEEDS_ROBOMIMIC
def test_robomimics_report_on_a_data_set_accepts_ours(ours, exported):
    command = [sys.executable, "-m", "robomimic.scripts.get_dataset_info", "--dataset", str(exported)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"total transitions: {ours.num_steps}" in told
    assert "filter key valid with 1 demos" in told


def test_the_written_environment_shows_the_written_observations(exported):
    import robosuite

    with h5py.File(exported) as content, silenced():
        meta = json.loads(content["data"].attrs["env_args"])
        demo = content["data/demo_2"]
        env = robosuite.make(meta["env_name"], **meta["env_kwargs"])
        env.reset()
        env.reset_from_xml_string(env.edit_model_xml(demo.attrs["model_file"]))
        env.sim.set_state_from_flattened(demo["states"][0])
        env.sim.forward()
        seen = env._get_observations(force_update=True)
        np.testing.assert_array_equal(seen["object-state"], demo["obs/object"][0])
        np.testing.assert_array_equal(seen["robot0_eef_pos"], demo["obs/robot0_eef_pos"][0])
        rewards = [env.step(action)[1] for action in demo["actions"]]
        env.close()
    assert rewards[-1] == 1.0


# --- what a file says of its actions


def test_deltas_of_the_world_are_turned_into_the_frames_of_two_bases():
    world = np.arange(1.0, 15.0)[None] / 20
    base = ActionConvention(frame="world", composite=False, num_arms=2).in_base_frame(world)[0] * 20
    expected = [2, -1, 3, 5, -4, 6, 7, -9, 8, 10, -12, 11, 13, 14]
    np.testing.assert_allclose(base, expected, rtol=1e-6)


def test_an_arm_alone_and_deltas_of_the_base_stay_as_they_are():
    for frame, arms in (("world", 1), ("base", 1), ("base", 2)):
        actions = np.linspace(-1, 1, 7 * arms)[None]
        convention = ActionConvention(frame=frame, composite=False, num_arms=arms)
        np.testing.assert_array_equal(convention.in_base_frame(actions), actions.astype(np.float32))


def test_turned_deltas_move_two_arms_as_the_world_frame_does():
    import robosuite

    rng = np.random.default_rng(5)
    deltas = rng.uniform(-1, 1, (8, 14))
    turned = ActionConvention(frame="world", composite=True, num_arms=2).in_base_frame(deltas)
    quiet = {"has_renderer": False, "has_offscreen_renderer": False, "use_camera_obs": False}
    ends = {}
    with silenced():
        env = robosuite.make("TwoArmLift", ["Panda", "Panda"], hard_reset=False, seed=0, **quiet)
        for frame, actions in (("world", deltas), ("base", turned.astype(float))):
            env.rng.bit_generator.state = np.random.default_rng(0).bit_generator.state
            env.reset()
            for robot in env.robots:
                robot.composite_controller.part_controllers["right"].input_ref_frame = frame
            ends[frame] = [env.step(action)[0] for action in actions][-1]
        env.close()
    for hand in ("robot0_eef_pos", "robot1_eef_pos", "robot0_eef_quat", "robot1_eef_quat"):
        np.testing.assert_allclose(ends["world"][hand], ends["base"][hand], atol=1e-5)


@pytest.mark.parametrize(
    ("where", "value", "told"),
    [
        (("controller_configs", "control_delta"), False, "control_delta"),
        (("controller_configs", "type"), "OSC_POSITION", "OSC_POSITION"),
        (("controller_configs", "output_max"), 0.1, "output_max"),
        (("controller_configs", "kp"), 300, "kp"),
        (("controller_configs",), None, "controller_configs"),
        (("robots",), ["Sawyer"], "Sawyer"),
        (("robots",), ["Panda", "Panda"], "robots"),
        (("control_freq",), 10, "control_freq"),
    ],
)
def test_actions_that_mean_something_else_are_refused(where, value, told):
    kwargs = copy.deepcopy(OLD_KWARGS)
    *path, last = where
    inner = kwargs
    for name in path:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(InvalidArchiveError, match=told):
        read_convention(kwargs, ["Panda"], "file")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("input_type", "absolute", "found absolute"), ("input_ref_frame", "hand", "'hand'")],
)
def test_composite_controllers_are_looked_into(name, value, told):
    kwargs = copy.deepcopy(env_args(LIFT)["env_kwargs"])
    assert read_convention(kwargs, ["Panda"], "file").frame == "base"
    kwargs["controller_configs"]["body_parts"]["right"][name] = value
    with pytest.raises(InvalidArchiveError, match=told):
        read_convention(kwargs, ["Panda"], "file")


def test_old_controllers_act_in_the_world_and_a_composite_one_says_so():
    assert read_convention(OLD_KWARGS, ["Panda"], "file").frame == "world"
    kwargs = copy.deepcopy(env_args(LIFT)["env_kwargs"])
    parts = kwargs["controller_configs"]["body_parts"]
    parts["right"]["input_ref_frame"] = "world"
    kwargs["controller_configs"]["body_parts"] = {"arms": parts}
    assert read_convention(kwargs, ["Panda"], "file").frame == "world"


# --- what stands where in ``object``


def can_in_hand(num_steps=6):
    """Returns a hand that points down and moves along x, and the can, in both frames."""
    steps = np.arange(num_steps)[:, None]
    hand_pos = np.hstack([0.01 * steps, np.zeros_like(steps), np.ones_like(steps)]).astype(float)
    hand_quat = np.tile([1.0, 0.0, 0.0, 0.0], (num_steps, 1))  # half a turn about x
    can_pos = np.tile([0.3, -0.2, 0.9], (num_steps, 1))
    can_quat = np.tile([0.0, 0.0, 0.6, 0.8], (num_steps, 1))
    in_hand_pos = (can_pos - hand_pos) * [1.0, -1.0, -1.0]
    in_hand_quat = np.tile([-0.8, 0.6, 0.0, 0.0], (num_steps, 1))
    hand = {"robot0_eef_pos": hand_pos, "robot0_eef_quat": hand_quat}
    return hand, (can_pos, can_quat), (in_hand_pos, in_hand_quat)


def test_each_version_s_order_gives_the_same_named_parts():
    hand, world, in_hand = can_in_hand()
    vectors = {True: np.hstack([*world, *in_hand]), False: np.hstack([*in_hand, *world])}
    for old, vector in vectors.items():
        named = named_observables("PickPlaceCan", {**hand, "object": vector}, old=old, place="file")
        np.testing.assert_array_equal(named["Can_pos"], world[0])
        np.testing.assert_allclose(named["Can_to_robot0_eef_pos"], in_hand[0], atol=1e-12)
        np.testing.assert_allclose(np.abs(named["Can_to_robot0_eef_quat"]), np.abs(in_hand[1]), atol=1e-12)


def test_a_pose_in_the_hand_that_1_5_recorded_a_step_late_is_computed_anew():
    hand, world, in_hand = can_in_hand()
    late = [np.vstack([np.zeros_like(values[:1]), values[:-1]]) for values in in_hand]
    named = named_observables(
        "PickPlaceCan", {**hand, "object": np.hstack([*late, *world])}, old=False, place="file"
    )
    np.testing.assert_allclose(named["Can_to_robot0_eef_pos"], in_hand[0], atol=1e-12)


def test_an_order_that_is_not_the_files_is_found_out():
    hand, world, in_hand = can_in_hand()
    vector = np.hstack([*world, *in_hand])
    with pytest.raises(InvalidArchiveError, match="does env_version tell the truth"):
        named_observables("PickPlaceCan", {**hand, "object": vector}, old=False, place="file")


def test_the_sign_of_lifts_vector_is_found_out(file):
    make_old(file)
    set_env_args(file, env_version="1.5.1")
    (found,) = find_sets(file)
    with pytest.raises(InvalidArchiveError, match="gripper_to_cube_pos is"):
        list(found.read(file))


# --- files that are no good, and demonstrations that cannot be written


def break_demo(path, value):
    def change(file):
        with h5py.File(file, "a") as content:
            content[f"data/demo_1/{path}"][1] = value

    return change


def drop(path):
    def change(file):
        with h5py.File(file, "a") as content:
            del content[path]

    return change


def make_absolute(file):
    with h5py.File(file, "a") as content:
        content["data/demo_1/actions"][:, 2] = 3.1


def rename_joint(file):
    make_raw(file)
    with h5py.File(file, "a") as content:
        attrs = content["data/demo_0"].attrs
        attrs["model_file"] = attrs["model_file"].replace("cube_joint0", "milk_joint0")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            make_absolute,
            "/data/demo_1: field 'actions': number 2 is beyond .* absolute poses are not",
        ),
        (break_demo("actions", np.nan), "/data/demo_1: field 'actions': expected finite"),
        (break_demo("obs/robot0_eef_pos", np.nan), "field 'obs/robot0_eef_pos': expected finite"),
        (drop("data/demo_1/rewards"), "field 'rewards' is missing"),
        (drop("data/demo_1/obs/robot0_eef_quat"), "no observation named robot0_eef_quat"),
        (rename_joint, "expected robot0_joint1.*cube_joint0"),
    ],
)
def test_a_demonstration_that_cannot_be_read_is_named_with_its_field(file, change, told):
    change(file)
    (found,) = find_sets(file)
    with pytest.raises(InvalidArchiveError, match=told):
        list(found.read(file))


def test_an_unknown_filter_key_is_answered_with_those_there_are(exported):
    with pytest.raises(InvalidArchiveError, match="no filter key 'best'; there are: train, valid"):
        find_sets(exported.with_name(f"{exported.name}#best"))


def test_files_of_others_are_refused_with_what_was_found(file, tmp_path):
    other = tmp_path / "other.hdf5"
    other.write_text("no HDF5")
    with pytest.raises(CorruptFileError, match="not a whole HDF5 file"):
        find_sets(other)
    with pytest.raises(InvalidArchiveError, match=r"found a folder \(with these: lift.hdf5, other.hdf5\)"):
        find_sets(tmp_path)
    with pytest.raises(InvalidArchiveError, match="which d3il/pushing-v2 does not play"):
        find_sets(file, "d3il/pushing-v2")
    set_env_args(file, env_name="PandaReach")
    with pytest.raises(InvalidArchiveError, match="and PandaReach"):
        find_sets(file)
    set_env_args(file, env_kwargs=None)
    with pytest.raises(CorruptFileError, match="env_args"):
        find_sets(file)
    drop("data")(file)
    with pytest.raises(CorruptFileError, match="'data' is missing; there is mask"):
        find_sets(file)


def test_what_was_recorded_elsewhere_cannot_be_written(exported, tmp_path):
    theirs = imported(exported, tmp_path)
    with pytest.raises(ExportError, match="recorded elsewhere"):
        export_set(theirs, FORMAT, tmp_path / "out.hdf5")
    assert not (tmp_path / "out.hdf5").exists()


def test_a_demonstration_that_does_not_repeat_is_not_written(ours, tmp_path):
    first = ours.trajectories[0]
    other = replace(first, observations={"state": first.observations["state"] + np.float32(1e-6)})
    changed = replace(ours, trajectories=(other,))
    with pytest.raises(ExportError, match="demonstration 0 of robosuite/lift-v2 does not repeat"):
        export_set(changed, FORMAT, tmp_path / "out.hdf5")
    assert list(tmp_path.iterdir()) == []


def test_other_simulators_and_formats_are_refused_and_files_are_kept(ours, exported, tmp_path):
    pushing = find_task("d3il/pushing-v2")
    foreign = Demonstrations(
        task=pushing, recipe=ours.recipe, trajectories=(), checksum="", metadata={}, folder=tmp_path
    )
    with pytest.raises(ExportError, match="no robosuite task"):
        export_set(foreign, FORMAT, tmp_path / "out.hdf5")
    with pytest.raises(ExportError, match="'d3il', but not written"):
        export_set(ours, load_formats()["d3il"], tmp_path / "out.hdf5")
    with pytest.raises(ExportError, match="exists; replace it with --overwrite"):
        export_set(ours, FORMAT, exported)
