"""A small real task for tests: a swimmer that drifts and has to reach one of two shores."""

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task

TASK = Task(
    id="toys/shore-v1",
    summary="Swim to the left or the right shore.",
    env="ilbench_toys.shore:ShoreEnv",
    env_options={"drift": 0.0},
    packages=("numpy",),
    extra="all",
    horizon=30,
    success_rule="ever",
    observation=(
        Field(name="position", shape=(1,), components=("x",), unit="m"),
        Field(name="image", shape=(32, 32, 3), dtype="uint8"),
        Field(name="grid", shape=(3, 3, 3), dtype="uint8"),
        Field(name="bits", shape=(4,), dtype="uint8"),
    ),
    action=ActionField(shape=(1,), low=-1.0, high=1.0, components=("speed",)),
    data="ilbench_toys:data/shore-v1",
    make_contexts="ilbench_toys.shore:make_contexts",
    splits=(
        Split(name="train", num_contexts=4, description="Starts near the middle."),
        Split(name="test", num_contexts=2, description="Other starts near the middle."),
    ),
    presets={name: Preset(num_contexts=2) for name in ("smoke", "standard", "full")},
    modes=("left", "right"),
    expert="ilbench_toys.shore:Swimmer",
    demonstrations=DemonstrationPlan(count=8, balanced_modes=True, description="Swims straight."),
    source="Made for the tests.",
    license="MIT",
)
TASKS = (TASK,)
