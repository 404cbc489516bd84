import re

from hostile import NAMES
from hypothesis import given
from hypothesis import strategies as st

from ilbench.leaderboard.slugs import slug


@given(st.text(), st.integers(20, 80))
def test_a_slug_is_of_a_form_that_every_tool_takes(text, limit):
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug(text, limit))
    assert len(slug(text, limit)) <= limit


def test_names_that_differ_have_slugs_that_differ():
    assert len({slug(name) for name in NAMES}) == len(set(NAMES))
