import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.leaderboard.sayings import SAYINGS, pooled, sayings_of, web_address


def test_what_is_said_is_in_a_fixed_order_and_without_what_is_not_said():
    said = sayings_of({"code": "c", "authors": "a", "license": " ", "policy": "an object in memory"})
    assert list(said.items()) == [("authors", "a"), ("code", "c")]


def test_runs_that_say_the_same_say_it_once():
    assert pooled([{"license": "MIT"}, {"license": "MIT"}, {"license": "BSD"}]) == {"license": "MIT; BSD"}


@given(st.dictionaries(st.sampled_from(list(SAYINGS)), st.text()))
def test_whatever_is_said_is_printable_lines(details):
    assert all(text.isprintable() and len(text) <= 500 for text in sayings_of(details).values())


@pytest.mark.parametrize("text", ["https://example.org/a?b=c#d", "http://localhost:80/"])
def test_addresses_of_the_web_are_addresses(text):
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//evil.org",
        ),
        *(
            "https://",
            "https:evil",
            'https://a"onclick="b',
            "https://a b",
            "https://a\n",
            "http://[",
            "mine",
            "",
        ),
    ],
)
def test_nothing_else_is(text):
    assert web_address(text) is None
