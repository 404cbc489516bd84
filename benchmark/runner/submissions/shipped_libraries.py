"""Adapters to libraries of imitation and offline learning, each of which wants an environment of its own."""

from ilbench.runner.submissions.adapters import Adapter

ADAPTERS = (
    Adapter(
        name="imitation",
        library="imitation",
        entry="ilbench_guest.adapters.imitation:Policy",
        summary="A policy of imitation: save_policy, or policy.save.",
        example="imitation:policy.pt",
        requirements=("numpy==2.4.6", "torch==2.13.0", "imitation==1.0.1"),
        executes_code=True,
    ),
    Adapter(
        name="d3rlpy",
        library="d3rlpy",
        entry="ilbench_guest.adapters.d3rlpy:Policy",
        summary="An algorithm that d3rlpy saved.",
        example="d3rlpy:model.d3",
        requirements=("numpy==2.4.6", "torch==2.13.0", "d3rlpy==2.8.1"),
        executes_code=True,
    ),
    Adapter(
        name="robomimic",
        library="robomimic",
        entry="ilbench_guest.adapters.robomimic:Policy",
        summary="A checkpoint of robomimic.",
        example="robomimic:model_epoch_100.pth",
        requirements=("numpy==1.26.4", "torch==2.14.1", "torchvision==0.29.1", "robomimic==0.3.0"),
        executes_code=True,
    ),
    Adapter(
        name="lerobot",
        library="lerobot",
        entry="ilbench_guest.adapters.lerobot:Policy",
        summary="A folder that LeRobot's save_pretrained wrote.",
        example="lerobot:pretrained_model",
        requirements=("torch==2.9.1", "torchvision==0.24.1", "lerobot==0.4.4"),
        executes_code=False,
    ),
    Adapter(
        name="diffusion-policy",
        library="diffusion_policy",
        entry="ilbench_guest.adapters.diffusion_policy:Policy",
        summary="A checkpoint of the diffusion_policy repository.",
        example="diffusion-policy:latest.ckpt",
        requirements=(),
        executes_code=True,
    ),
)
"""Order: as the documentation lists them."""
