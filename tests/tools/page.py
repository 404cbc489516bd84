"""A page as a browser reads it."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects what a browser would act on: tags, attributes as (tag, name, value), and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attributes]

    def handle_data(self, data):
        self.text += data
