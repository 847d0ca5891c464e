"""What a file is, told from what is in it and never from its name."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lxml import etree

from trials.formats.opening import GZIP, ZIP, is_spreadsheet, opened
from trials.formats.redcap import is_dictionary
from trials.formats.study import FileRefused

HEAD = 256 * 1024
ODM_1 = {"http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/odm/v1.2", ""}
ODM_2 = "http://www.cdisc.org/ns/odm/v2.0"
REDCAP = "https://projectredcap.org"
OTHERS = {
    "http://www.cdisc.org/ns/def/": "This is a Define-XML file: it describes tables, not forms.",
    "http://www.cdisc.org/ns/Dataset-XML/": "This is a Dataset-XML file: it has tables, not forms.",
}
ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|us-ascii|iso-8859-\d{1,2}|latin-?\d|windows-125\d|cp125\d", re.IGNORECASE
)
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BEGINNINGS = {
    b"%PDF": ("a PDF file", "There is no study in it that can be read."),
    GZIP: ("a compressed file in a compressed file", "Unpack it first."),
    ZIP: ("a compressed file in a compressed file", "Unpack it first."),
}


class Kind(Enum):
    ODM_1 = "ODM 1.3"
    ODM_2 = "ODM 2.0"
    REDCAP_PROJECT = "REDCap project"
    XLSFORM = "XLSForm"
    REDCAP_DICTIONARY = "REDCap data dictionary"


@dataclass(frozen=True)
class Root:
    """The first element of an XML file, without what is in it."""

    name: str
    namespace: str
    namespaces: Mapping[str | None, str]
    version: str


def recognise(path: Path) -> Kind:
    """Return what the file is; refuse what is none of the formats that are read, and say what it looks like."""
    with opened(path) as stream:
        head = b""
        while len(head) < HEAD and (more := stream.read(HEAD - len(head))):
            head += more
    if is_spreadsheet(path):
        return Kind.XLSFORM
    if not head.strip():
        raise FileRefused("byte 0", "the file", "It is empty.")
    for start, (what, reason) in BEGINNINGS.items():
        if head.startswith(start):
            raise FileRefused("byte 0", what, reason)
    text = decoded(head, whole=False)
    if text.lstrip().startswith("<"):
        return _kind_of_xml(root_of(head, text))
    if is_dictionary(text):
        return Kind.REDCAP_DICTIONARY
    shown = "JSON" if text.lstrip()[:1] in {"{", "["} else "a text"
    raise FileRefused("line 1", shown, "It is neither ODM nor a REDCap project or data dictionary.")


def decoded(data: bytes, *, whole: bool = True) -> str:
    """Return the text of a file in the encoding that its first bytes name, else in UTF-8; nothing is guessed."""
    mark = next((mark for mark in MARKS if data.startswith(mark)), None)
    declared = re.match(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']", data)
    name = MARKS[mark] if mark else declared.group(1).decode() if declared else "utf-8"
    if not mark and not ENCODINGS.fullmatch(name):
        raise FileRefused("line 1", f"encoding {name}", "Save the file in UTF-8.")
    try:
        decoder = codecs.getincrementaldecoder(name)()
        return decoder.decode(data, final=whole)
    except (UnicodeError, LookupError) as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        place = f"line {data[:start].count(10) + 1}, byte {start:,}"
        raise FileRefused(place, "a letter", f"It is not written in {name}: save the file in UTF-8.") from None


def root_of(head: bytes, text: str) -> Root:
    """Return the root element; a document type declaration before it is refused, for it may name other files."""
    place = 0
    text = text.removeprefix("\ufeff")
    while found := re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL).match(text, place):
        place = found.end()
    line = text.count("\n", 0, place) + 1
    if text[place : place + 9].upper() == "<!DOCTYPE":
        raise FileRefused(f"line {line}", "a document type declaration", "Files with one are not read.")
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    reason = "It has no element."
    try:
        parser.feed(head)
    except etree.XMLSyntaxError as error:
        reason = f"It is not well formed: {error.msg}."
    _, root = next(iter(parser.read_events()), (None, None))
    if root is None:
        raise FileRefused(f"line {line}", "the XML", reason)
    space, _, name = root.tag[1:].partition("}") if root.tag.startswith("{") else ("", "", root.tag)
    return Root(name, space, dict(root.nsmap), root.get("ODMVersion", ""))


def _kind_of_xml(root: Root) -> Kind:
    if root.name != "ODM":
        reason = "It is not ODM, whose first element is ODM."
        if root.namespace == ODM_2 or root.namespace in ODM_1 - {""}:
            reason = "It is a piece of an ODM file; the whole begins with the element ODM."
        raise FileRefused("line 1", f"element {root.name}", reason)
    for start, reason in OTHERS.items():
        if any(namespace.startswith(start) for namespace in root.namespaces.values()):
            raise FileRefused("line 1", "element ODM", reason)
    if root.namespace == ODM_2 or (not root.namespace and root.version.startswith("2")):
        return Kind.ODM_2
    if root.namespace not in ODM_1:
        raise FileRefused("line 1", f"namespace {root.namespace}", "ODM is read in its versions 1.3 and 2.0.")
    return Kind.REDCAP_PROJECT if REDCAP in root.namespaces.values() else Kind.ODM_1
