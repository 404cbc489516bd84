"""Seeds of records: those of their episodes, asked of every record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.runs.identity import EpisodeId, policy_seed
from ilbench.runs.seeds import find_wrong_seed
from ilbench.testing.records import make_record

COUNTS = st.integers(0, 2**63 - 1)
NAMES = st.text(max_size=70)
IDENTITIES = st.lists(st.builds(EpisodeId, NAMES, NAMES, COUNTS, COUNTS), max_size=4)
NONCES = st.text("aZ0._-", min_size=1, max_size=64)


def played(identities, protocol, nonce):
    return [
        make_record(
            **one._asdict(), env_seed=one.seed("environment"), policy_seed=policy_seed(one, protocol, nonce)
        )
        for one in identities
    ]


@given(IDENTITIES, st.sampled_from("12"), NONCES)
def test_the_seeds_of_any_episodes_are_right(identities, protocol, nonce):
    assert find_wrong_seed(played(identities, protocol, nonce), protocol, nonce) is None


@pytest.mark.parametrize("protocol", "12")
@pytest.mark.parametrize("field", ["env_seed", "policy_seed"])
@pytest.mark.parametrize("index", range(3))
def test_one_wrong_seed_is_found_wherever_it_is(protocol, field, index):
    records = played([EpisodeId("a/b-v1", split, 0, 1) for split in ("x", "y", "x")], protocol, "n")
    right = getattr(records[index], field)
    records[index] = records[index].model_copy(update={field: right ^ 1})
    assert find_wrong_seed(records, protocol, "n") == (index, field, right ^ 1, right)


def test_another_nonce_has_other_policy_seeds():
    records = played([EpisodeId("a/b-v1", "test", 0, 0)], "2", "n")
    assert find_wrong_seed(records, "2", "m").field == "policy_seed"
