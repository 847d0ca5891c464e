"""ODM 2.0: what ODM 1.3.2 says, in the words of its successor.

Forms and sections are both groups of items, the plan of visits is a group of its own, and values are elements. There is
no place for units: the portal's alias names them, and a number is in its item's own unit, with what was entered beside.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from captures.exports.names import Names, Placed
from captures.exports.odm import Snapshot
from captures.exports.odm_data import FormData
from captures.exports.odm_metadata import MetaData
from captures.exports.odm_parts import Element, element, said
from captures.exports.study import FilledForm, Participant, Study, Version
from trials.definition import Definition, amount_of, as_standard, unit_of

TAGS = {"FormDef": "ItemGroupDef", "FormRef": "ItemGroupRef", "FormData": "ItemGroupData"}
ATTRIBUTES = {"FormOID": "ItemGroupOID", "FormRepeatKey": "ItemGroupRepeatKey", "LocationType": "Role"}
# What stands after the data of a level in 2.0, and before them in 1.3.2.
AFTER = {"AuditRecord", "Signature", "Annotation"}
LEVELS = {"SubjectData", "StudyEventData", "FormData", "ItemGroupData", "ItemData"}


class Snapshot2(Snapshot):
    """The data as they are, in ODM 2.0."""

    label = "CDISC ODM 2.0"
    space, odm_version = "http://www.cdisc.org/ns/odm/v2.0", "2.0"

    def forms(self, version: Version, names: Names) -> FormData:
        """Return what writes the data of a version."""
        return _FormData(names, version.definition)

    def study(self, study: Study, names: dict[str, Names]) -> Element:
        """Return the study with its versions."""
        root = element("Study", OID=study.oid, StudyName=study.name, ProtocolName=study.oid)
        if study.description:
            said(element("Description", root), "TranslatedText", study.description)
        for version in study.versions:
            root.append(_MetaData(version, names[version.oid]).element())
        return in_words_of_2(root)

    def people(self, study: Study) -> Element:
        """Return everybody, the places and what signatures mean."""
        return in_words_of_2(super().people(study))

    def subjects(self, forms: FormData, participant: Participant, filled: list[FilledForm]) -> Iterator[Element]:
        """Yield the elements of one subject."""
        for one in super().subjects(forms, participant, filled):
            yield in_words_of_2(one)


class _MetaData(MetaData):
    """A version whose plan of visits is a group, and whose items have their units in the alias."""

    def element(self) -> Element:
        root = super().element()
        protocol = root.find("Protocol")
        plan = self.names.free("VISITS", "SEG")
        group = etree.Element("StudyEventGroupDef", OID=plan, Name="Visits")
        group.extend(protocol.findall("StudyEventRef"))
        reference = etree.Element("StudyEventGroupRef", StudyEventGroupOID=plan, Mandatory="Yes")
        aliases = protocol.findall("Alias")
        protocol.append(reference)
        protocol.extend(aliases)
        protocol.addnext(group)
        for name, kind in (("FormDef", "Form"), ("ItemGroupDef", "Section")):
            for one in root.iterfind(name):
                one.set("Type", kind)
                one.set("Repeating", "Simple" if one.get("Repeating") == "Yes" else "No")
        return root

    def _told(self, item: Mapping[str, Any]) -> set[str]:
        return super()._told(item) - {"unit", "digits"}


class _FormData(FormData):
    """Data whose numbers are in the units of their items."""

    def __init__(self, names: Names, definition: Definition) -> None:
        super().__init__(names)
        self.items = definition.items

    def _item(self, placed: Placed, value: Any) -> Element:
        item = self.items[placed.oid]
        unit = unit_of(value, item)
        if not isinstance(value, Mapping) or "unit" not in value or unit == item.unit:
            return super()._item(placed, value)
        standard = as_standard(item, value)
        made = element("ItemData", ItemOID=placed.name)
        made.set(*("IsNull", "Yes") if standard is None else ("Value", str(standard)))
        note = element("Annotation", made, SeqNum="1")
        said(note, "Comment", f"Entered as {amount_of(value)} {unit}")
        return made


def in_words_of_2(root: Element) -> Element:
    """Return the element, changed from 1.3.2 to 2.0."""
    for one in list(root.iter()):
        if one.tag in LEVELS:
            one.extend([child for child in one if child.tag in AFTER])
        if step := CHANGED.get(one.tag):
            step(one)
        for name in [name for name in one.attrib if name in ATTRIBUTES]:
            one.set(ATTRIBUTES[name], one.attrib.pop(name))
        one.tag = TAGS.get(one.tag, one.tag)
    return root


def _value(one: Element) -> None:
    value = one.attrib.pop("Value", None)
    if value is not None:
        made = etree.Element("Value")
        made.text = value
        one.insert(0, made)


def _code(one: Element) -> None:
    text, one.text = one.text, None
    said(one, "Code", text or "")


def _signed(one: Element) -> None:
    one.find("Description").addnext(etree.Element("MethodSignature"))


def _item(one: Element) -> None:
    one.attrib.pop("SignificantDigits", None)
    for unit in one.findall("MeasurementUnitRef"):
        one.remove(unit)


def _comment(one: Element) -> None:
    text, one.text = one.text, None
    said(one, "TranslatedText", text or "", Type="text/plain")


def _text(one: Element) -> None:
    one.set("Type", "text/plain")


CHANGED: dict[str, Callable[[Element], None]] = {
    "ItemData": _value,
    "FormalExpression": _code,
    "ConditionDef": _signed,
    "MethodDef": _signed,
    "ItemDef": _item,
    "TranslatedText": _text,
    "Comment": _comment,
}
