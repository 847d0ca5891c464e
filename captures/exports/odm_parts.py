"""Elements of an ODM file. They have no namespace of their own: they stand in the file's."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from trials.definition import SCHEMA

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# What XML cannot hold.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
INSTEAD = "\ufffd"

# The code lists of flags: why there is no value, and what kinds of flags there are.
FLAGS, FLAG_TYPES, MISSING, NOT_DONE = "CL.MISSING", "CL.FLAG", "MISSING", "NOT_DONE"

Element = Any


def element(name: str, parent: Element | None = None, **attributes: str | None) -> Element:
    """Return a new element with those attributes that are given."""
    made = etree.Element(name) if parent is None else etree.SubElement(parent, name)
    for key, value in attributes.items():
        if value is not None:
            put(made, key, value)
    return made


def put(target: Element, name: str, value: str) -> None:
    """Give an element an attribute; what XML cannot hold is replaced by a sign that says so."""
    try:
        target.set(name, value)
    except ValueError:
        target.set(name, UNFIT.sub(INSTEAD, value))


def said(parent: Element, name: str, text: str, **attributes: str | None) -> Element:
    """Add an element with this text."""
    made = element(name, parent, **attributes)
    try:
        made.text = text
    except ValueError:
        made.text = UNFIT.sub(INSTEAD, text)
    return made


def texts(parent: Element, name: str, text: Any, language: str, **attributes: str | None) -> Element | None:
    """Add an element with a text in each language that it has, or nothing for no text."""
    found = dict(text) if isinstance(text, Mapping) else {language: text}
    if not any(found.values()):
        return None
    made = element(name, parent, **attributes)
    seen: set[str] = set()
    for given, words in found.items():
        tag = given.replace("_", "-")
        if words and tag not in seen:
            seen.add(tag)
            translated = said(made, "TranslatedText", words)
            if LANGUAGE.fullmatch(tag):
                translated.set(XML_LANG, tag)
    return made


def plain(text: Any, language: str) -> str:
    """Return a text in one language."""
    if isinstance(text, Mapping):
        return str(text.get(language) or next(iter(text.values()), ""))
    return str(text or "")


def ours(parent: Element, members: Mapping[str, Any]) -> None:
    """Note what ODM has no place for as an alias of our own, so that the study reads back as it was."""
    if members:
        name = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        element("Alias", parent, Context=SCHEMA, Name=name)


def rest_of(member: Mapping[str, Any], told: Iterable[str]) -> dict[str, Any]:
    """Return those members of a part that were not told otherwise."""
    known = {"oid", "source", *told}
    return {name: value for name, value in member.items() if name not in known}


def yes(flag: object) -> str:
    return "Yes" if flag else "No"


def moment(at: datetime) -> str:
    """Return a time as ODM writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00"


def numbered(rows: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each row with its OrderNumber."""
    return ((str(number), row) for number, row in enumerate(rows, 1))
