"""The description of a task that is one number to be seen and one to be done, for tests of baselines."""

from ilbench.contract.fields import ActionField, Field

POINT = {
    "id": "toy/point-v1",
    "observation": {"state": Field(name="state", shape=(1,)).describe()},
    "action": ActionField(shape=(1,), scale=0.01).describe(),
}
