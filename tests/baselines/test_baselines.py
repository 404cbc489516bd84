import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from point import POINT
from torch.nn import functional

import ilbench
from ilbench.baselines import BASELINES
from ilbench.baselines.bc_mlp import BehaviorCloning, BehaviorCloningConfig
from ilbench.baselines.checkpoint import default_config, make_learner
from ilbench.baselines.chunks import ChunkConfig
from ilbench.baselines.diffusion import Diffusion, DiffusionConfig, cosine_schedule
from ilbench.baselines.learner import Batch, InvalidConfigError
from ilbench.baselines.observation import ObservationEncoder
from ilbench.baselines.random_policy import BLOCK, RandomPolicy
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.digest import json_digest
from ilbench.errors import InvalidPolicyError
from ilbench.importing import load_object

TASKS = {  # one of each kind: a network sees nothing else of a task
    json_digest(
        [[(f.name, f.shape, f.dtype) for f in task.observation], [task.action.shape, task.action.num_actions]]
    ): task
    for task in ilbench.load_registry().values()
}.values()


def serves(name, task):
    try:
        default_config(name, task.description())
    except InvalidConfigError:
        return False
    return True


EVERYWHERE = {"bc-mlp", "gcbc", "diffusion", "procedure-cloning"}
"""What is tried on every kind of task. The others have the encoder of `diffusion`: one task of each dtype."""
FEW = {  # by what is seen and done: numbers, pictures with numbers and words, symbols, pictures
    "d3il/avoiding-v3",
    "d3il/aligning-image-v2",
    "minigrid/goto-local-rgb-v1",
    "minigrid/goto-seq-v1",
    "procgen/starpilot-v1",
}
KEEPS_ITS_DATA = {"knn"}
"""Whose untrained form has nothing to do; see `test_knn`."""

PAIRS = pytest.mark.parametrize(
    ("name", "task"),
    [
        pytest.param(name, task, id=f"{name}-{task.id}")
        for task in TASKS
        for name in (spec.name for spec in BASELINES if spec.trainable and spec.name not in KEEPS_ITS_DATA)
        if (name in EVERYWHERE or task.id in FEW) and serves(name, task)
    ],
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def action(**changes):
    return {**POINT, "action": {**POINT["action"], **changes}}


def observations(task, rng, history=1):
    """Random rows of every field, ``(DEFAULT_WIDTH, history, *shape)``."""
    rows = {}
    for field in task.observation:
        shape = (DEFAULT_WIDTH, history, *field.shape)
        if field.dtype.startswith("float"):
            rows[field.name] = rng.normal(size=shape).astype(field.dtype)
        else:
            rows[field.name] = rng.integers(0, 11, size=shape).astype(field.dtype)
    return rows


def make_policy(name, task):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make_learner(name, task.description(), default_config(name, task.description())).policy()


def test_importing_the_package_loads_no_torch():
    code = "import sys, ilbench.baselines; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("spec", BASELINES, ids=[spec.name for spec in BASELINES])
def test_every_import_string_leads_somewhere(spec):
    training = spec.training
    parts = () if training is None else (training.train, training.describe, training.learner, training.config)
    for text in filter(None, (spec.entry, *parts)):
        assert callable(load_object(text))


def test_random_actions_depend_on_seed_and_step_only():
    alone, late = RandomPolicy(), RandomPolicy()
    alone.reset(0, 7, POINT)
    for lane in range(DEFAULT_WIDTH):
        late.reset(lane, lane, POINT)
    for _ in range(BLOCK - 3):
        late.act({})
    late.reset(5, 7, POINT)
    expected = [alone.act({})[0] for _ in range(2 * BLOCK)]
    assert np.array_equal(expected, [late.act({})[5] for _ in range(2 * BLOCK)])


def test_returned_random_actions_are_never_overwritten():
    policy = RandomPolicy()
    policy.reset(0, 7, POINT)
    kept = [policy.act({}) for _ in range(BLOCK)]
    copies = [actions.copy() for actions in kept]
    policy.act({})
    policy.reset(0, 8, POINT)
    assert np.array_equal(kept, copies)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 3.0), (None, None)])
def test_random_actions_fill_their_range(low, high):
    policy = RandomPolicy()
    policy.reset(0, 7, action(low=low, high=high))
    drawn = np.array([policy.act({})[0, 0] for _ in range(2000)])
    low, high = (-0.01, 0.01) if low is None else (low, high)
    assert low <= drawn.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < drawn.max() <= high


def test_random_discrete_actions_are_uniform():
    policy = RandomPolicy()
    policy.reset(0, 7, action(shape=[], num_actions=4, dtype="int64"))
    counts = np.bincount([policy.act({})[0] for _ in range(4000)], minlength=4)
    # 1000 expected, standard deviation 27
    assert np.all(np.abs(counts - 1000) < 5 * 27)


@PAIRS
def test_acts_on_every_kind_of_task(name, task):
    policy = make_policy(name, task)
    actions = policy.act(observations(task, np.random.default_rng(0), policy.history))
    config = default_config(name, task.description())
    chunk = (config.execute,) if isinstance(config, ChunkConfig) else ()
    assert actions.shape == (DEFAULT_WIDTH, *chunk, *task.action.shape)
    assert actions.dtype == task.action.dtype
    assert np.isfinite(actions).all()


@PAIRS
def test_a_row_has_the_same_bits_in_any_lane_beside_any_others(name, task):
    rng = np.random.default_rng(0)
    policy = make_policy(name, task)
    rows = observations(task, rng, policy.history)
    expected = act_in_lanes(policy, task, rows, range(DEFAULT_WIDTH), seeds=range(DEFAULT_WIDTH))
    for _ in range(12):
        lanes = rng.permutation(DEFAULT_WIDTH)
        kept = rng.random(DEFAULT_WIDTH) < 0.6
        others = observations(task, rng, policy.history)
        mixed = {n: np.where(_along(kept, v), v, others[n] * (rng.random() < 0.5)) for n, v in rows.items()}
        found = act_in_lanes(policy, task, mixed, lanes, seeds=np.where(kept, np.arange(DEFAULT_WIDTH), 99))
        assert found[kept].tobytes() == expected[kept].tobytes()


def act_in_lanes(policy, task, rows, lanes, seeds):
    """Returns the actions of `rows`, each played in the lane that `lanes` gives it."""
    lanes = np.array(lanes)
    for lane, seed in zip(lanes, seeds, strict=True):
        policy.reset(int(lane), int(seed), task.description())
    order = np.argsort(lanes)
    played = {name: np.ascontiguousarray(values[order], values.dtype) for name, values in rows.items()}
    return policy.act(played)[lanes]


def _along(mask, values):
    return mask.reshape(-1, *[1] * (values.ndim - 1))


def test_unaligned_and_read_only_observations_give_the_same_bits():
    task = ilbench.find_task("robosuite/lift-v2")
    policy = make_policy("bc-mlp", task)
    rows = observations(task, np.random.default_rng(0))
    expected = policy.act(rows).copy()
    for name, values in rows.items():
        memory = np.empty(values.nbytes + 1, np.uint8)[1:]
        rows[name] = memory.view(values.dtype).reshape(values.shape)
        rows[name][...] = values
        rows[name].flags.writeable = False
    assert policy.act(rows).tobytes() == expected.tobytes()


def test_a_lane_draws_from_its_own_seed_whatever_was_played_before():
    task = ilbench.find_task("d3il/avoiding-v3")
    policy = make_policy("diffusion", task)
    rows = observations(task, np.random.default_rng(0), policy.history)
    policy.reset(3, 11, task.description())
    first = [policy.act(rows)[3].copy() for _ in range(2)]
    policy.reset(2, 12, task.description())
    policy.act(rows)
    policy.reset(3, 11, task.description())
    assert np.array_equal(first, [policy.act(rows)[3] for _ in range(2)])
    policy.reset(3, 12, task.description())
    assert not np.array_equal(first[0], policy.act(rows)[3])


def test_a_policy_refuses_another_task():
    policy = make_policy("bc-mlp", ilbench.find_task("d3il/avoiding-v3"))
    with pytest.raises(InvalidPolicyError, match=r"trained on 'd3il/avoiding-v3'.*'robosuite/lift-v2'"):
        policy.reset(0, 0, ilbench.find_task("robosuite/lift-v2").description())


def two_clusters(count=1000):
    """One observation, actions at -0.8 and +0.8, half each."""
    targets = torch.tensor([-0.8, 0.8]).repeat(count // 2).reshape(count, 1, 1)
    return Batch({"state": torch.zeros(count, 1, 1)}, targets, torch.ones(count, 1, dtype=torch.bool))


def fitted(learner, batch, steps, rate):
    generator = torch.Generator().manual_seed(0)
    learner.fit_statistics(batch)
    optimizer = torch.optim.Adam(learner.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        learner.loss(batch, generator).backward()
        optimizer.step()
    return learner.policy()


def sampled(policy, calls=50):
    for lane in range(DEFAULT_WIDTH):
        policy.reset(lane, lane, POINT)
    return np.concatenate(
        [policy.act({"state": np.zeros((DEFAULT_WIDTH, 1), np.float32)}) for _ in range(calls)]
    )


def of_point(name, **sizes):
    """Returns a method for the point, untrained and small."""
    method = next(spec.training for spec in BASELINES if spec.name == name)
    sizes = {"chunk": 1, "execute": 1, "width": 32, "blocks": 1, **sizes}
    torch.manual_seed(0)
    return load_object(method.learner)(POINT, load_object(method.config)(**sizes))


GENERATIVE = {
    "diffusion": {},
    "diffusion-transformer": {},
    "flow": {},
    "flow-transformer": {},
    "beso": {},
    "beso-transformer": {},
    "consistency": {"steps": 250, "smallest_noise": 0.02},
    "imle": {},
    "bc-gmm": {},
    "bc-rnn": {"history": 1},
    "cvae": {"latent": 4, "divergence_weight": 0.03},
    "act": {"latent": 4, "divergence_weight": 0.03},
    "bet-mlp": {"bins": 4},
    "bet": {"bins": 4},
    "ibc": {},
}
REGRESSIONS = ("bc-chunk", "bc-transformer", "mip")


@pytest.mark.parametrize(("name", "sizes"), GENERATIVE.items(), ids=GENERATIVE)
def test_a_generative_method_finds_both_of_two_modes_and_nothing_between(name, sizes):
    drawn = sampled(fitted(of_point(name, **sizes), two_clusters(160), 250, 3e-3)).ravel()
    # a regression has none there; one step from noise blurs more than many
    assert np.mean(np.abs(np.abs(drawn) - 0.8) < 0.2) > 0.6
    # 400 draws at one half each: standard deviation 0.025
    assert 0.3 < np.mean(drawn > 0) < 0.7


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_regression_has_one_action_and_it_is_one_that_nobody_took(name):
    drawn = sampled(fitted(of_point(name), two_clusters(160), 100, 3e-3), calls=2).ravel()
    assert len(set(drawn)) == 1
    assert np.abs(drawn).max() < 0.2


def test_bc_mlp_averages_two_modes_into_an_action_nobody_took():
    torch.manual_seed(0)
    learner = BehaviorCloning(POINT, BehaviorCloningConfig(hidden=(32,)))
    drawn = sampled(fitted(learner, two_clusters(), 100, 1e-2), calls=1)
    assert np.abs(drawn).max() < 0.05


def test_bc_mlp_samples_discrete_actions_as_often_as_they_were_shown():
    torch.manual_seed(0)
    shown = torch.tensor([0, 0, 0, 1]).repeat(100).reshape(-1, 1)
    batch = Batch({"state": torch.zeros(400, 1, 1)}, shown, torch.ones(400, 1, dtype=torch.bool))
    task = action(shape=[], num_actions=2, dtype="int64")
    policy = fitted(BehaviorCloning(task, BehaviorCloningConfig(hidden=(16,))), batch, 150, 1e-2)
    # 800 draws at 0.25: standard deviation 0.015
    assert abs(np.mean(sampled(policy, calls=100)) - 0.25) < 0.06


def test_bc_mlp_loss_on_discrete_actions_starts_at_a_uniform_guess():
    learner = BehaviorCloning(action(shape=[], num_actions=4), BehaviorCloningConfig())
    set_to_zero(learner.head)
    batch = Batch({"state": torch.zeros(6, 1, 1)}, torch.zeros(6, 1, dtype=torch.int64), torch.ones(6, 1) > 0)
    assert learner.loss(batch, torch.Generator()).item() == pytest.approx(math.log(4))


def set_to_zero(layer):
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)


def test_masked_actions_do_not_enter_the_diffusion_loss():
    torch.manual_seed(0)
    learner = Diffusion(POINT, DiffusionConfig(chunk=2, execute=1))
    state = {"state": torch.zeros(4, 1, 1)}
    mask = torch.tensor([[True, False]] * 4)
    losses = []
    for padding in (0.0, 0.5):
        actions = torch.tensor([[[0.2], [padding]]]).repeat(4, 1, 1)
        set_to_zero(learner.leave)
        generator = torch.Generator().manual_seed(0)
        losses.append(learner.loss(Batch(state, actions, mask), generator).item())
    assert losses[0] == losses[1] > 0


def test_diffused_actions_stay_in_the_demonstrated_range():
    learner = Diffusion(POINT, DiffusionConfig(chunk=1, execute=1))
    learner.fit_statistics(two_clusters())
    assert np.abs(sampled(learner.policy())).max() <= 0.8 + 1e-6


def test_scaling_and_unscaling_of_actions_are_inverse():
    learner = Diffusion(POINT, DiffusionConfig(chunk=1, execute=1))
    batch = two_clusters()
    learner.fit_statistics(batch)
    assert torch.allclose(learner.unscaled(learner.scaled(batch.actions)), batch.actions)
    one_hot = Diffusion(action(shape=[], num_actions=5), DiffusionConfig(chunk=3, execute=1))
    shown = torch.tensor([[0, 4, 2]])
    scaled = one_hot.scaled(shown)
    assert torch.equal(scaled.view(1, 3, 5), functional.one_hot(shown, 5) * 2.0 - 1)
    assert torch.equal(one_hot.unscaled(scaled), shown)


def test_cosine_schedule_follows_its_formula_and_falls():
    signal = cosine_schedule(50)
    start = math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    middle = math.cos((25 / 50 + 0.008) / 1.008 * math.pi / 2) ** 2
    assert signal[24] == pytest.approx(middle / start, rel=1e-5)
    assert np.all(np.diff(signal) < 0)
    assert 0 < signal[-1] < 1e-3


def test_float_fields_are_z_scored_and_constants_only_centered():
    learner = BehaviorCloning(
        {**POINT, "observation": {"state": {"shape": [2], "dtype": "float32"}}}, BehaviorCloningConfig()
    )
    values = torch.tensor([[[1.0, 5.0]], [[3.0, 5.0]]])
    learner.encoder.fit_statistics({"state": values})
    assert torch.allclose(learner.encoder({"state": values}), torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))


def test_values_beyond_a_table_are_clamped_not_fatal():
    task = ilbench.find_task("minigrid/goto-local-v1")
    policy = make_policy("bc-mlp", task)
    rows = {
        f.name: np.full((DEFAULT_WIDTH, *f.shape), np.iinfo(f.dtype).max, f.dtype) for f in task.observation
    }
    assert policy.act(rows).shape == (DEFAULT_WIDTH,)


@pytest.mark.parametrize(
    "make",
    [
        lambda: BehaviorCloningConfig(steps=0),
        lambda: BehaviorCloningConfig(validation_fraction=1.0),
        lambda: DiffusionConfig(chunk=4, execute=5),
    ],
    ids=["no steps", "nothing to train on", "more than the chunk"],
)
def test_a_configuration_out_of_range_is_refused(make):
    with pytest.raises(InvalidConfigError, match="must be between"):
        make()


def test_pairs_show_how_far_components_are_from_each_other():
    fields = {"state": {"shape": [3], "dtype": "float32"}}
    encoder = ObservationEncoder(fields, history=1, pairs=True)
    values = torch.tensor([[[5.0, 3.0, 4.5]]])
    assert encoder({"state": values}).tolist() == [[5.0, 3.0, 4.5, 2.0, 0.5, -1.5]]
    assert encoder.width == 6


def test_a_difference_is_scored_by_its_own_spread():
    fields = {"state": {"shape": [2], "dtype": "float32"}}
    encoder = ObservationEncoder(fields, history=1, pairs=True)
    base = torch.linspace(-10, 10, 200)
    near = torch.stack([base, base + 0.01 * torch.sin(base * 7)], dim=1).unsqueeze(1)
    encoder.fit_statistics({"state": near})
    assert encoder({"state": near})[:, 2].std().item() == pytest.approx(1.0, abs=0.02)


def test_only_a_small_state_is_paired():
    def config(size):
        fields = {"state": {"shape": [size], "dtype": "float32"}}
        return default_config("bc-mlp", {**POINT, "observation": fields})

    assert config(32).pairs
    assert not config(33).pairs
