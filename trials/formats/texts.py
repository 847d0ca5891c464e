"""Texts of a file: mark-up taken out, languages sorted."""

import html
import re
from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser

BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"}
UNSEEN = {"script", "style", "head", "title", "template", "iframe", "object"}
# What no text of the portal may hold.
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST = 9_000
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--|&(#\w+|\w+);")

Text = str | dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.unseen += 1
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def fit(text: str) -> str:
    """Return the text without what no text of the portal may hold, and without space around it."""
    return UNFIT.sub("", text).strip()


def plain(text: str) -> str:
    """Return the text that mark-up shows, and any other text as it is but for the space around it."""
    text = text[: 2 * LONGEST]
    if MARKUP.search(text):
        reader = _Reader()
        reader.feed(text)
        reader.close()
        text = html.unescape("".join(reader.parts))
    text = UNFIT.sub("", text)
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST]


def main_language(languages: Iterable[str | None]) -> str:
    """Return the language that most texts have; English where nothing says otherwise or as many are in English."""
    count = Counter(one for one in languages if one)
    return max(count, key=lambda one: (count[one], one.startswith("en"))) if count else "en"


def text_of(translations: Iterable[tuple[str | None, str]], language: str) -> Text:
    """Return a text of the document: one string, or one for each language where there are others."""
    found: dict[str, str] = {}
    for tag, words in translations:
        if shown := plain(words):
            found.setdefault(tag or language, shown)
    if not found:
        return ""
    return found[language] if list(found) == [language] else found


def words_of(text: Text, language: str) -> str:
    """Return a text in this language, or in the first that it has."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")
