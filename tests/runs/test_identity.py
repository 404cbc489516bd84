from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from ilbench.runs.identity import PROTOCOL, EpisodeId, policy_seed

NUMBERS = st.integers(0, 10_000)
IDENTITIES = st.builds(
    EpisodeId, st.sampled_from(["a/b-v1", "a/b-v2"]), st.sampled_from(["train", "test"]), NUMBERS, NUMBERS
)

EPISODE = EpisodeId("d3il/avoiding-v1", "test", 3, 1)


def test_a_seed_is_a_fixed_function_of_the_identity():
    assert EPISODE.seed("environment") == 8331180501113423389


def test_every_part_of_the_identity_and_the_purpose_change_the_seed():
    others = [
        EPISODE._replace(task="d3il/avoiding-v3"),
        EPISODE._replace(split="train"),
        EPISODE._replace(context=4),
        EPISODE._replace(repeat=2),
    ]
    seeds = {EPISODE.seed("policy"), EPISODE.seed("environment"), *(e.seed("environment") for e in others)}
    assert len(seeds) == 6


def test_seeds_are_non_negative_and_fit_63_bits():
    seeds = [EPISODE._replace(repeat=r).seed("environment") for r in range(200)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert len(set(seeds)) == 200


@given(st.lists(IDENTITIES, unique=True, min_size=2, max_size=30))
def test_no_two_episodes_share_a_seed_nor_do_two_purposes_of_one(episodes):
    seeds = [episode.seed(purpose) for episode in episodes for purpose in ("environment", "policy")]
    assert len(set(seeds)) == 2 * len(episodes)


def test_an_episode_is_named_by_all_that_tells_it_from_others():
    assert str(EPISODE) == "d3il/avoiding-v1 test[3] repeat 1"


def test_the_seed_that_a_policy_is_told_is_a_keyed_hash_that_anybody_with_the_nonce_can_compute():
    text = b"d3il/avoiding-v1|test|3|1|policy"
    digest = hmac.new(b"published", text, hashlib.sha256).digest()
    assert policy_seed(EPISODE, PROTOCOL, "published") == int.from_bytes(digest[:8], "big") >> 1


def test_without_the_nonce_no_seed_of_an_episode_is_found_by_enumeration():
    guesses = {policy_seed(EPISODE, PROTOCOL, nonce) for nonce in ("", "a", "b")}
    guesses |= {EPISODE.seed(purpose) for purpose in ("policy", "environment")}
    assert policy_seed(EPISODE, PROTOCOL, "c") not in guesses


def test_runs_of_protocol_1_told_their_policies_a_public_seed():
    assert policy_seed(EPISODE, "1", "") == EPISODE.seed("policy")
