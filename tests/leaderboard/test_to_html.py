from made_up import EVIL, row_of
from page import Page

from ilbench.leaderboard import render


def test_the_page_loads_nothing_and_runs_only_its_own_script(board):
    page = Page(render(board, "html"))
    assert page.tags.count("script") == 1
    links = [value for _, name, value in page.attributes if name in ("src", "href", "action", "srcset")]
    assert len(links) == 3
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert row_of(board, EVIL).label in page.text


def test_the_page_sorts_by_keyboard_and_numbers(board):
    text = render(board, "html")
    assert text.count("<button type=") == text.count('<th scope="col"')
    assert 'data-key="0.750000"' in text
