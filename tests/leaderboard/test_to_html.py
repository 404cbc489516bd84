from html.parser import HTMLParser

from ilbench.leaderboard import render


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attributes]

    def handle_data(self, data):
        self.text += data


def test_the_page_loads_nothing_and_runs_only_its_own_script(board):
    page = Page(render(board, "html"))
    assert page.tags.count("script") == 1
    links = [value for _, name, value in page.attributes if name in ("src", "href", "action", "srcset")]
    assert len(links) == 3
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert '<script>alert("x")</script>' in page.text.replace("\n", "")


def test_the_page_sorts_by_keyboard_and_numbers(board):
    text = render(board, "html")
    assert text.count("<button type=") == text.count('<th scope="col"')
    assert 'data-key="0.750000"' in text
