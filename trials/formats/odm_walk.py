"""An ODM file element by element, holding only what is open; vendor's own elements are passed over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from lxml import etree

from trials.formats.odm_elements import KNOWN, KNOWN_2, KNOWN_IN, VALUES
from trials.formats.study import FileRefused, Found

DEEPEST = 100
# How many elements are held at most: metadata are kept whole.
MOST_HELD = 3_000_000
CORRECT = {name.casefold(): name for name in KNOWN | KNOWN_2}
# Records, whose elements are let go once read.
FLEETING = VALUES | {"SubjectData", "StudyEventData", "FormData", "ItemGroupData", "AuditRecord", "Signature"}
FLEETING |= {"Annotation", "Association", "InvestigatorRef", "KeySet", "Query"}

Element = Any


class Source(Protocol):
    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes, and none at the end."""


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace; a damaged file may have any."""
    return str(element.tag).rpartition("}")[2]


def place(element: Element, *, key: str = "OID") -> str:
    """Say where an element stands, by its name, its OID and its line."""
    name = local_name(element)
    oid = element.get(key)
    return f"line {element.sourceline}, {name}" + (f" {oid}" if oid else "")


@dataclass
class Walk:
    """Yields ("start" or "end", local name, element) of ODM's own elements; notes the others if it may."""

    source: Source
    found: Found | None = None
    _names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, str, Element]]:
        options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
        options |= {"remove_comments": True, "remove_pis": True}
        events = etree.iterparse(self.source, events=("start", "end"), **options)
        try:
            yield from self._walk(events)
        except etree.XMLSyntaxError as error:
            # What iterparse itself says after some errors is only that no element was found.
            first = next(iter(events.error_log.filter_from_errors()), None)
            line, column = (first.line, first.column) if first else error.position
            words = first.message if first else error.msg
            raise FileRefused(f"line {line}, column {column}", "the XML", f"It breaks here: {words}.") from None
        except etree.LxmlError as error:
            raise FileRefused("the XML", "its reading", str(error)) from None

    def _walk(self, events: Any) -> Iterator[tuple[str, str, Element]]:
        depth = skipped = held = 0
        study = False
        for event, element in events:
            name = self._name(element)
            if event == "start":
                depth += 1
                if depth == 1 or depth > DEEPEST:
                    self._check(element, depth)
                study = study or name == "Study"
                if skipped or not name:
                    skipped = skipped or depth
                    self._note(element, is_top=depth == skipped)
                else:
                    yield event, name, element
                continue
            if not skipped:
                yield event, name, element
                study = study and name != "Study"
            held += 1
            if not study and (skipped or name in FLEETING):
                _let_go(element)
                held = 0
            if depth == skipped:
                skipped = 0
            if held > MOST_HELD:
                raise FileRefused(place(element), "the file", f"There are more than {MOST_HELD:,} elements in a piece.")
            depth -= 1

    @staticmethod
    def _check(element: Element, depth: int) -> None:
        if depth == 1 and element.getroottree().docinfo.doctype:
            raise FileRefused("line 1", "a document type declaration", "Files with one are not read.")
        if depth > DEEPEST:
            raise FileRefused(place(element), "an element", f"More than {DEEPEST} are inside each other.")

    def _name(self, element: Element) -> str:
        """Return the local name of an element that ODM knows, and "" for any other."""
        tag = element.tag
        if tag not in self._names:
            space, _, name = tag[1:].partition("}") if tag[0] == "{" else ("", "", tag)
            self._names[tag] = (space, name if name in KNOWN_IN.get(space, ()) else "")
        return self._names[tag][1]

    def _note(self, element: Element, *, is_top: bool) -> None:
        """Count a vendor's element; refuse the file for a misspelt one of ODM's, and note one that it has not."""
        space, _ = self._names[element.tag]
        if space not in KNOWN_IN:
            if self.found is not None:
                what = f"elements of {space}"
                self.found.cannot_often(
                    place(element), what, "They are the vendor's own: what the forms need was read."
                )
            return
        if not is_top:
            return
        name = local_name(element)
        right = CORRECT.get(name.casefold(), name)
        if right != name:
            raise FileRefused(
                f"line {element.sourceline}", f"element {name}", f"ODM has no such element; {right} is meant."
            )
        if self.found is not None:
            self.found.refuse(place(element), f"element {name}", "ODM has no such element: it was passed over.")


def _let_go(element: Element) -> None:
    """Free an element that was read, and those before it in the same parent; what is in a value waits for its end."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None and local_name(parent) in VALUES:
        return
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)
