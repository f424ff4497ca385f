"""What every page must be: closed tags, nothing from outside, a text for every picture, headings in order."""

import html.parser
import itertools
import re

FORBIDDEN = {"script", "link", "iframe", "object", "embed", "base", "form"}
VOID = frozenset({"meta", "img", "br", "link", "base", "embed"})
OWN = ("#", "data:image/png;base64,iVBORw0KGgo")
REFERENCES = ("src", "href", "xlink:href", "data", "action", "srcset", "poster")


class Page(html.parser.HTMLParser):
    """Collects what a browser would fetch, what a screen reader would say, and checks that tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.references, self.headings, self.tags, self.ids, self.pictures = [], [], [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.references += [value for name, value in attrs if name in REFERENCES]
        self.ids += [given["id"]] if "id" in given else []
        assert not any(name.startswith("on") for name in given), f"<{tag}> runs a script"
        if tag == "img" or (tag == "svg" and given.get("role") == "img"):
            self.pictures.append(given.get("alt" if tag == "img" else "aria-label"))
        if tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = [tag for tag in self.open if tag in ("h1", "h2", "h3")]
        if inside:
            level, said = self.headings[-1]
            self.headings[-1] = (level, said + data)

    def titles(self, level):
        """Return the headings of a level, in order."""
        return [said for each, said in self.headings if each == level]


def checked_page(text):
    """Return the page, checked."""
    page = Page(text)
    assert page.open == []
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert 'name="viewport"' in text
    assert page.tags.isdisjoint(FORBIDDEN)
    outside = [each for each in page.references if not "".join(each.split()).startswith(OWN)]
    assert outside == []
    assert not re.search(r"https?://|url\((?!#)|@import", text)
    assert len(set(page.ids)) == len(page.ids)
    assert {each[1:] for each in page.references if each.startswith("#")} <= set(page.ids)
    assert all(page.pictures), "a picture has no text"
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert "prefers-color-scheme:dark" in text
    return page
