"""The toy is a whole task: it is played, and its parts do what they say."""

import numpy as np

from ilbench.testing.toys import HARBOR, HarborEnv, make_contexts, toy_task


def positions(context, speed, num_steps=3):
    env = HarborEnv(current=0.01)
    env.reset(seed=0, options={"context": context})
    start = env.state()[0]
    return [env.step(np.array([speed]))[0]["state"][0] - start for _ in range(num_steps)]


def test_a_step_is_the_action_and_the_current():
    np.testing.assert_allclose(positions({"x": 0.0}, 0.5), [0.06, 0.12, 0.18], atol=1e-6)


def test_a_context_may_have_another_current():
    np.testing.assert_allclose(positions({"x": 0.0, "current": 0.03}, 0.5), [0.08, 0.16, 0.24], atol=1e-6)


def test_the_shore_is_the_mode():
    env = HarborEnv(current=0.0)
    for side, mode in ((-1.0, 0), (1.0, 1)):
        env.reset(seed=0, options={"context": {"x": 0.0}})
        infos = [env.step(np.array([side]))[4] for _ in range(12)]
        assert infos[0] == {"success": False, "mode": None}
        assert infos[-1] == {"success": True, "mode": mode}


def test_the_expert_obeys_the_mode():
    expert = HARBOR.make_expert()
    for mode, sign in ((0, -1), (1, 1)):
        expert.reset(HarborEnv(0.0), 3, mode)
        assert np.sign(expert.act({})) == sign


def test_the_shift_is_derived_from_test():
    assert HARBOR.contexts("shift/current-1")[0] == {**make_contexts()["test"][0], "current": 0.03}


def test_a_changed_toy_differs_in_what_was_changed_only():
    assert toy_task(horizon=3).horizon == 3
    assert toy_task() == HARBOR
