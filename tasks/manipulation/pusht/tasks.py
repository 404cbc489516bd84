"""What the PushT tasks are, declared without a simulator."""

from __future__ import annotations

from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.manipulation.pusht.layout import FACES, SIZE_PX

CONTROL_HZ = 10
IMAGE_SIZE = 96

NUM_TRAIN = 200
NUM_TEST = 50
NUM_SHIFTED = 30

PLACEMENT_BAND_PX = 12.0
"""Height of the bands, one a severity, that ``shift/placement-*`` puts the block in."""

DAMPINGS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""By severity, the share of its velocity that a sliding block keeps over a second; a block pushed at 150 px/s
slides on for 11, 13, 16, 22 and 33 px."""

DEMONSTRATION_NOISE = 0.01
"""Standard deviation of what is added to the targets that demonstrations are executed with, in half tables:
2.6 px, softened by the agent's inertia. The label stays what the expert wanted."""

CORNERS = tuple(f"{part} {corner}" for part in ("bar", "stem") for corner in (1, 2, 3, 4))

STATE_FIELDS = (
    Field(
        name="state",
        shape=(18,),
        unit="px",
        description="Agent, then the corners of the T's bar and of its stem, in the order of gym-pusht's "
        "environment_state; the table is 512 px on a side and y points down. The goal never moves.",
        components=(
            "measured x",
            "measured y",
            *(f"{corner} {axis}" for corner in CORNERS for axis in "xy"),
        ),
    ),
)
IMAGE_FIELDS = (
    Field(
        name="state",
        shape=(2,),
        unit="px",
        description="Agent.",
        components=("measured x", "measured y"),
    ),
    Field(
        name="image",
        shape=(IMAGE_SIZE, IMAGE_SIZE, 3),
        dtype="uint8",
        description="RGB of the whole table from above: goal, T, agent, walls.",
    ),
)

ACTION = ActionField(
    shape=(2,),
    low=0.0,
    high=float(SIZE_PX),
    unit="px",
    description="Where the agent is to go; a PD controller takes it most of the way in three steps.",
    components=("target x", "target y"),
    convention=Convention(kind="absolute", frame="world", linear="1 px"),
)

SPLITS = (
    Split(
        name="train",
        num_contexts=NUM_TRAIN,
        description="Starts of Diffusion Policy's environment, seeds 200000 to 200199.",
    ),
    Split(
        name="test",
        num_contexts=NUM_TEST,
        description="The published starts: seeds 100000 to 100049 of the same environment.",
    ),
    *(
        Split(
            name=f"shift/placement-{severity}",
            num_contexts=NUM_SHIFTED,
            severity=severity,
            description=f"The T's center of gravity is {PLACEMENT_BAND_PX * (severity - 1):g} to "
            f"{PLACEMENT_BAND_PX * severity:g} px farther up than in any training start; at severity 5 "
            "its ends can begin 3 px from the wall. x, angle and agent are the same at each severity.",
        )
        for severity in range(1, 6)
    ),
    *(
        Split(
            name=f"shift/sliding-{severity}",
            num_contexts=NUM_SHIFTED,
            severity=severity,
            description="The first test contexts. The T slides on after a push: of its velocity, "
            f"{damping:g} is left after a second.",
            of="test",
            overlay={"damping": damping},
        )
        for severity, damping in enumerate(DAMPINGS, start=1)
    ),
)

SUITE = Suite(
    name="pusht",
    package="ilbench.tasks.manipulation.pusht",
    packages=("pymunk",),
    extra="pusht",
    license="MIT (this project's own code, after gym-pusht, Apache-2.0, and Diffusion Policy, MIT)",
    control_hz=CONTROL_HZ,
    env=".env:PushTEnv",
    action=ACTION,
    presets={
        "smoke": Preset(num_contexts=4, shift=Preset(num_contexts=2)),
        "standard": Preset(num_contexts=20, shift=Preset(num_contexts=8)),
        "full": Preset(num_contexts=NUM_TEST),
    },
    tags=frozenset({"pymunk", "continuous", "multimodal"}),
)

PUSHT = SUITE.task(
    "pusht-v1",
    summary="Push a T onto its goal with a round agent, until it covers 95 %.",
    horizon=300,
    observation=STATE_FIELDS,
    make_contexts=".contexts:make_contexts",
    draw_fresh=".contexts:draw_fresh",
    splits=SPLITS,
    modes=FACES,
    expert=".expert:PushTExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=DEMONSTRATION_NOISE,
        description="A planner that tries about a hundred straight pushes in copies of the simulated world, "
        "takes the one that brings the T nearest to its goal for the way to it, and looks again after it. "
        "The first push is at a face drawn among those where a push is of use; pace and distance kept vary.",
    ),
    tags=frozenset({"state"}),
    source="PushT of Diffusion Policy (Chi et al., RSS 2023, arXiv 2303.04137), with the physics of gym-pusht"
    " 0.1.8 to the last bit: 512 px, targets at 10 Hz, horizon 300, success above 95 % coverage. The test "
    "starts are the published ones, and the mean return is the published score: the mean over episodes of "
    "the best coverage / 0.95, at most 1. Departures: the state has the 8 corners that gym-pusht gives, where"
    " Diffusion Policy has 9 keypoints; training starts are of our own seeds and demonstrations come from a "
    "planner, so a score of a policy trained on them is not in the published setting. Mode: the face of the "
    "T that the agent touches first, once it has been clear of it.",
)

PUSHT_IMAGE = replace(
    PUSHT,
    id="pusht/pusht-image-v1",
    summary=f"{PUSHT.summary} Seen from above.",
    env_options={"images": True},
    packages=("pymunk", "opencv-python"),
    observation=IMAGE_FIELDS,
    data=SUITE.path(":data/pusht-image-v1"),
    contexts_of=PUSHT.data,
    demonstrations=None if PUSHT.demonstrations is None else replace(PUSHT.demonstrations, count=10),
    tags=SUITE.tags | {"image"},
    source=f"{PUSHT.source} Images: 96 x 96 as in the original, drawn by OpenCV in place of pygame, so that "
    "edges differ by a pixel here and there; no mark of the last target.",
)

TASKS: tuple[Task, ...] = (PUSHT, PUSHT_IMAGE)
