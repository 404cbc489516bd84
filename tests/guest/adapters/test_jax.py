"""Functions that jax serialized: equal to the function itself, and the same in any lane."""

from __future__ import annotations

import numpy as np
import pytest
from adapting import observed, records, told

jax = pytest.importorskip("jax", reason="jax wants an environment of its own")

from ilbench.guest.adapters.jax import Policy  # noqa: E402 - jax may lack

LOAD = "ilbench.guest.adapters.jax:Policy"


def network(state):
    return jax.numpy.tanh(state @ jax.numpy.array([[0.5], [-0.25]]) + 0.3)


@pytest.fixture(params=["rows", "1", "3"])
def saved(request, tmp_path):
    from jax import export

    (rows,) = export.symbolic_shape(request.param)
    like = jax.ShapeDtypeStruct((rows, 2), np.float32)
    exported = export.export(jax.jit(lambda fields: network(fields["state"])))({"state": like})
    (tmp_path / "policy.jax").write_bytes(exported.serialize())
    return {"path": str(tmp_path / "policy.jax"), "mapping": told()}


def test_actions_are_those_of_the_function_on_a_thousand_observations(saved):
    policy = Policy(**saved)
    worst = max(np.abs(policy.act(one) - np.asarray(network(one["state"]))).max() for one in observed())
    assert worst <= 1e-6


def test_records_do_not_depend_on_lanes(saved):
    assert records(LOAD, saved, 1) == records(LOAD, saved, 8)
