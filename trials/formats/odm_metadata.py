"""The metadata of an ODM file: its versions, put together into the one that its data need."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from trials.formats.odm_records import text
from trials.formats.odm_walk import Element, local_name, place
from trials.formats.study import Counts, Found

KINDS = {
    "StudyEventDef": "visits",
    "FormDef": "forms",
    "ItemGroupDef": "groups",
    "ItemDef": "items",
    "CodeList": "lists",
    "ConditionDef": "conditions",
    "MethodDef": "methods",
}
# Parts of a version that define nothing which a form has.
UNDEFINED = {"Description", "Protocol", "Presentation", "StudyEventGroupDef"}


@dataclass
class Version:
    """A MetaDataVersion: its definitions by OID, those that it includes among them."""

    study: str
    oid: str
    element: Element | None = None
    visits: dict[str, Element] = field(default_factory=dict)
    forms: dict[str, Element] = field(default_factory=dict)
    groups: dict[str, Element] = field(default_factory=dict)
    items: dict[str, Element] = field(default_factory=dict)
    lists: dict[str, Element] = field(default_factory=dict)
    conditions: dict[str, Element] = field(default_factory=dict)
    methods: dict[str, Element] = field(default_factory=dict)
    value_lists: dict[str, Element] = field(default_factory=dict)
    planned: list[str] = field(default_factory=list)
    asked_unless: dict[str, Element] = field(default_factory=dict)
    includes: tuple[str, str] | None = None

    def take(self, other: "Version") -> None:
        """Add what the other has and this one has not."""
        for name in (*KINDS.values(), "value_lists", "asked_unless"):
            mine = getattr(self, name)
            for oid, element in getattr(other, name).items():
                mine.setdefault(oid, element)
        self.planned = list(dict.fromkeys([*self.planned, *other.planned]))


@dataclass
class Metadata:
    """All that the studies of a file define."""

    found: Found
    counts: Counts
    versions: list[Version] = field(default_factory=list)
    units: dict[str, Element] = field(default_factory=dict)
    studies: dict[str, str] = field(default_factory=dict)
    protocols: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    globals: dict[str, Element] = field(default_factory=dict)

    def add_study(self, study: Element) -> None:
        oid = study.get("OID") or ""
        head = study.find("{*}GlobalVariables")
        if head is not None:
            self.globals[oid] = head
            self.studies[oid] = text(head, "StudyName") or text(head, "ProtocolName") or oid
            self.protocols[oid] = text(head, "ProtocolName")
            self.descriptions[oid] = text(head, "StudyDescription")
        elif study.get("StudyName"):
            self.studies[oid] = study.get("StudyName")
            self.protocols[oid] = study.get("ProtocolName") or ""
            words = next((words for _, words in translations(study.find("{*}Description"))), "")
            self.descriptions[oid] = words
        for unit in study.iterfind("{*}BasicDefinitions/{*}MeasurementUnit"):
            self.counts.units += 1
            self.units.setdefault(unit.get("OID") or "", unit)
        for element in study.iterfind("{*}MetaDataVersion"):
            self._add_version(oid, element)

    def _add_version(self, study: str, element: Element) -> None:
        version = Version(study, element.get("OID") or "", element)
        self.counts.checks += sum(1 for _ in element.iter("{*}RangeCheck"))
        for child in element:
            name = local_name(child)
            if name == "Include":
                version.includes = (child.get("StudyOID") or study, child.get("MetaDataVersionOID") or "")
            elif name in KINDS:
                self._count(name, child)
                self._define(getattr(version, KINDS[name]), child)
            elif name == "ValueListDef":
                self._define(version.value_lists, child)
            elif name not in UNDEFINED:
                self.found.cannot_often(place(child), name, "There is no place for it here.")
        for group in version.groups.values():
            if group.get("Type") == "Form":
                version.forms.setdefault(group.get("OID"), group)
        for ref in element.iterfind("{*}StudyEventDef/{*}ItemGroupRef"):
            if (group := version.groups.get(ref.get("ItemGroupOID") or "")) is not None:
                version.forms.setdefault(group.get("OID"), group)
        planned = [
            *in_order(element, "Protocol", "StudyEventRef"),
            *element.iterfind("{*}StudyEventGroupDef/{*}StudyEventRef"),
        ]
        version.planned = [ref.get("StudyEventOID") or "" for ref in planned]
        version.asked_unless |= {
            ref.get("StudyEventOID") or "": ref for ref in planned if ref.get("CollectionExceptionConditionOID")
        }
        self.versions.append(version)

    def _count(self, name: str, element: Element) -> None:
        counts = self.counts
        member = "code_lists" if name == "CodeList" else KINDS[name]
        setattr(counts, member, getattr(counts, member) + 1)
        if name == "CodeList":
            counts.choices += sum(1 for _ in element.iterfind("{*}CodeListItem"))
            counts.choices += sum(1 for _ in element.iterfind("{*}EnumeratedItem"))

    def _define(self, known: dict[str, Element], element: Element) -> None:
        oid = element.get("OID")
        if not oid:
            self.found.refuse(place(element), "a definition", "It has no OID.")
        elif oid in known:
            self.found.refuse(place(element), "a definition", "There is one of this OID already: the first counts.")
        else:
            known[oid] = element

    def sites(self) -> set[str]:
        """Return the studies that are sites of another: they include its metadata, as OpenClinica writes them."""
        return {one.study for one in self.versions if one.includes and one.includes[0] != one.study}

    def whole(self) -> Version | None:
        """Return the version that all data of the file fit: the latest of the study itself, and what others add.

        An OpenClinica site is no study: what it changes of the study's visits is not taken over.
        """
        by_oid = {(one.study, one.oid): one for one in self.versions}
        for version in self.versions:
            self._include(version, by_oid, set())
        sites = self.sites()
        own = [one for one in self.versions if one.study not in sites] or self.versions
        if not own:
            return None
        main = own[-1]
        for other in (one for one in reversed(self.versions) if one is not main):
            if other in own:
                what = f"MetaDataVersion {other.oid} of {other.study}"
                reason = "A file becomes one version: what only this one has was added."
                self.found.cannot(place(other.element), what, reason)
            main.take(other)
        return main

    def _include(self, version: Version, by_oid: dict[tuple[str, str], Version], way: set[int]) -> None:
        if version.includes is None or id(version) in way:
            return
        other = by_oid.get(version.includes)
        if other is None:
            what = f"MetaDataVersion {version.includes[1]} of {version.includes[0]}"
            self.found.refuse(place(version.element), what, "It is to be included, and is not in this file.")
            return
        self._include(other, by_oid, way | {id(version)})
        version.take(other)


def in_order(element: Element, *path: str) -> list[Element]:
    """Return such children by their OrderNumber, one without a number right after the one before it."""
    children = list(element.iterfind("/".join(f"{{*}}{name}" for name in path)))
    numbers, last = [], 0.0
    for child in children:
        given = child.get("OrderNumber") or ""
        last = float(given) if given.isdecimal() else last
        numbers.append(last)
    return [child for _, child in sorted(zip(numbers, children, strict=True), key=lambda pair: pair[0])]


def translations(element: Element | None) -> Iterator[tuple[str | None, str]]:
    """Yield the language and the words of each TranslatedText in an element."""
    for one in () if element is None else element.iterfind("{*}TranslatedText"):
        yield one.get("{http://www.w3.org/XML/1998/namespace}lang") or None, "".join(one.itertext())


def languages(versions: Iterable[Version]) -> Iterator[str | None]:
    """Yield the language of every text."""
    for version in versions:
        if version.element is not None:
            for one in version.element.iter("{*}TranslatedText"):
                yield one.get("{http://www.w3.org/XML/1998/namespace}lang")
