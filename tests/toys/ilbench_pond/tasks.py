"""The tasks of the suite."""

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset, Split

POND = Suite(
    name="pond",
    package="ilbench_pond",
    packages=("numpy",),
    extra="all",
    license="MIT",
    presets={name: Preset(num_contexts=2) for name in ("smoke", "standard", "full")},
)

CROSSING = POND.task(
    "crossing-v1",
    summary="Swim across a pond.",
    env=".env:PondEnv",
    horizon=30,
    observation=(Field(name="state", shape=(1,), unit="m", components=("measured x",)),),
    action=ActionField(shape=(1,), low=-1.0, high=1.0),
    make_contexts=".env:make_contexts",
    splits=(
        Split(name="train", num_contexts=4, description="Starts at the near shore."),
        Split(name="test", num_contexts=2, description="Other starts."),
    ),
    source="Made for the tests.",
)
TASKS = (CROSSING,)
