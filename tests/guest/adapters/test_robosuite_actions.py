"""What a checkpoint of robomimic says of its actions, compared with the tasks that take them."""

from __future__ import annotations

import pytest

from ilbench.contract.convention import find_differences
from ilbench.contract.registry import find_task
from ilbench.guest.adapters.robosuite_actions import convention_of
from ilbench.runner.submissions.stated_convention import StatedConvention

LIFT, TRANSPORT = (find_task(f"robosuite/{name}-v2").convention for name in ("lift", "transport"))
OSC = {
    "type": "OSC_POSE",
    "input_max": 1,
    "input_min": -1,
    "output_max": [0.05, 0.05, 0.05, 0.5, 0.5, 0.5],
}
OLD = {**OSC, "control_delta": True}
NEW = {**OSC, "input_type": "delta", "input_ref_frame": "base"}


def metadata(controllers, rate=20):
    return {"type": 1, "env_kwargs": {"controller_configs": controllers, "control_freq": rate}}


def composite(arm):
    return {"type": "BASIC", "body_parts": {"right": arm}}


def keys(task, found):
    said = StatedConvention.model_validate(found).stated()
    return [one.key for one in find_differences(task, said)]


@pytest.mark.parametrize(
    "controllers", [OLD, [OLD], composite(NEW), {"body_parts": {"arms": {"right": NEW}}}]
)
def test_a_published_checkpoint_fits_the_task_of_one_arm(controllers):
    said = convention_of(metadata(controllers))
    assert keys(LIFT, said) == []
    assert {"kind", "frame", "rotation", "linear", "angular", "gripper", "rate_hz"} == set(said)


def test_two_arms_before_version_1_5_had_other_axes():
    assert keys(TRANSPORT, convention_of(metadata([OLD, OLD]))) == ["frame"]
    assert keys(TRANSPORT, convention_of(metadata([composite(NEW), composite(NEW)]))) == []


@pytest.mark.parametrize(
    ("controllers", "rate", "wrong"),
    [
        ({**OLD, "control_delta": False}, 20, ["kind"]),
        (composite({**NEW, "input_type": "absolute"}), 20, ["kind"]),
        (OLD, 10, ["rate_hz"]),
        ({**OLD, "output_max": [0.1, 0.1, 0.1, 0.5, 0.5, 0.5]}, 20, ["linear"]),
        ({**OLD, "type": "JOINT_VELOCITY"}, 20, ["kind", "frame", "rotation"]),
        ({**OLD, "type": "OSC_POSITION"}, 20, ["rotation"]),
    ],
)
def test_each_other_setting_is_a_difference_by_its_key(controllers, rate, wrong):
    assert keys(LIFT, convention_of(metadata(controllers, rate))) == wrong


@pytest.mark.parametrize("found", [{}, {"type": 2, "env_kwargs": {}}, {"type": 1, "env_kwargs": None}])
def test_another_kind_of_environment_says_nothing(found):
    assert convention_of(found) is None


@pytest.mark.parametrize("controllers", [None, [], "OSC_POSE", {"body_parts": []}, {"output_max": ["a"]}])
def test_settings_of_no_known_form_say_little(controllers):
    assert convention_of(metadata(controllers)) == {"gripper": "positive-closes", "rate_hz": 20}
