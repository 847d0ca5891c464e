"""A study version as ODM 1.3.2 MetaDataVersion."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from captures.exports.names import Box, Group, Named, Names, Placed
from captures.exports.odm_parts import (
    FLAG_TYPES,
    FLAGS,
    MISSING,
    NOT_DONE,
    Element,
    element,
    numbered,
    ours,
    plain,
    rest_of,
    said,
    texts,
    yes,
)
from captures.exports.study import Version
from trials.definition import SCHEMA, YES_NO

TYPES = {
    **dict.fromkeys(("TEXT", "LONG_TEXT", "CHOICE", "MULTIPLE", "YES_NO", "DESCRIPTIVE", "FILE"), "text"),
    **dict.fromkeys(("DECIMAL", "SCALE"), "float"),
    "INTEGER": "integer",
    "DATE": "date",
    "TIME": "time",
    "DATE_TIME": "datetime",
}
PARTIAL = {"DATE": "partialDate", "TIME": "partialTime", "DATE_TIME": "partialDatetime"}
EVENTS = {"SCHEDULED": "Scheduled", "UNSCHEDULED": "Unscheduled", "COMMON": "Common"}
LONGEST_NAME = 200
# Types that readers tell from the DataType alone.
PLAIN_TYPES = {"INTEGER", "DECIMAL", "DATE", "TIME", "DATE_TIME", "CHOICE"}
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
TOP = ("schema", "name", "description", "language", "visits", "forms", "items", "code_lists", "checks")


class MetaData:
    """Writes a version; conditions and methods are collected on the way and come last, as ODM wants them."""

    def __init__(self, version: Version, names: Names) -> None:
        self.version, self.names, self.document = version, names, version.document
        self.language = str(self.document.get("language", "en"))
        self.logic: dict[tuple[str, str], str] = {}
        self._written_groups: set[str] = set()

    def units(self) -> Iterator[str]:
        """Yield the units of the version's items."""
        for item in self.document["items"]:
            yield from units_of(item)

    def element(self) -> Element:
        """Return the whole version."""
        root = element("MetaDataVersion", OID=self.version.oid, Name=self.version.name)
        self._protocol(root)
        for visit in self.document["visits"]:
            self._visit(root, visit)
        for form in self.names.forms.values():
            self._form(root, form)
        for form in self.names.forms.values():
            for group in form.groups:
                self._group(root, form, group)
        self._items(root)
        self._code_lists(root)
        for (kind, text), oid in sorted(self.logic.items(), key=lambda pair: pair[0][0]):
            self._logic(root, kind, text, oid)
        return root

    def _protocol(self, root: Element) -> None:
        protocol = element("Protocol", root)
        texts(protocol, "Description", self.document.get("description"), self.language)
        in_order = sorted(self.document["visits"], key=lambda visit: visit.get("order", 0))
        ordered = in_order if all("order" in visit for visit in in_order) else self.document["visits"]
        for number, visit in numbered(ordered):
            named = self.names.visits[visit["oid"]]
            reference = element("StudyEventRef", protocol, StudyEventOID=named, OrderNumber=number, Mandatory="Yes")
            self._unless(reference, visit)
        ours(protocol, rest_of(self.document, TOP))

    def _visit(self, root: Element, visit: Mapping[str, Any]) -> None:
        made = element("StudyEventDef", root, OID=self.names.visits[visit["oid"]], Name=self._name(visit))
        made.set("Repeating", yes(visit.get("repeating")))
        made.set("Type", EVENTS[visit.get("type", "SCHEDULED")])
        for number, row in numbered(visit["forms"]):
            placed = {"oid": row} if isinstance(row, str) else row
            form = self.names.forms[placed["oid"]]
            reference = element("FormRef", made, FormOID=form.name, OrderNumber=number, Mandatory="Yes")
            self._unless(reference, placed)
        ours(made, self._own(visit, made.get("OID"), ("name", "type", "repeating", "forms", "condition")))

    def _form(self, root: Element, form: Named) -> None:
        made = element("FormDef", root, OID=form.name, Name=self._name(form.form))
        made.set("Repeating", yes(form.form.get("repeating")))
        texts(made, "Description", form.form.get("description"), self.language)
        for number, group in numbered(form.groups):
            reference = element("ItemGroupRef", made, ItemGroupOID=group.name, OrderNumber=number, Mandatory="Yes")
            self._unless(reference, group.section)
        told = ("name", "description", "repeating", "sections")
        ours(made, self._own(form.form, form.name, told))

    def _group(self, root: Element, form: Named, group: Group) -> None:
        if group.name in self._written_groups:
            return
        self._written_groups.add(group.name)
        made = element("ItemGroupDef", root, OID=group.name, Repeating=yes(group.table))
        made.set("Name", plain(group.section.get("name"), self.language) or self._name(form.form))
        texts(made, "Description", group.section.get("description"), self.language)
        for number, (name, placed) in numbered(self._members(group)):
            wanted = placed.item
            reference = element("ItemRef", made, ItemOID=name, OrderNumber=number)
            reference.set("Mandatory", yes(wanted.get("required")))
            if wanted.get("calculation"):
                reference.set("MethodOID", self._oid("MT", wanted["calculation"]))
            self._unless(reference, wanted)
        told = ("name", "description", "repeating", "items", "condition")
        ours(made, self._own(group.section, group.name, told))

    @staticmethod
    def _members(group: Group) -> Iterator[tuple[str, Placed]]:
        for placed in group.items:
            for name in [box.oid for box in placed.boxes] or [placed.name]:
                yield name, placed

    def _items(self, root: Element) -> None:
        # A check of an item holds in every form that has the item: one that each form has is written once.
        checks: dict[str, dict[tuple[str, ...], Mapping[str, Any]]] = {}
        for check in self.document.get("checks", []):
            alike = (check["fails_when"], str(check.get("message")), _severity(check))
            checks.setdefault(check["item"], {})[alike] = check
        for name, item in self.names.defined.items():
            made = element("ItemDef", root, OID=name, Name=self._name(item), **self._shape(item))
            self._describe(made, item)
            for unit in units_of(item):
                element("MeasurementUnitRef", made, MeasurementUnitOID=unit_oid(unit))
            for one in item.get("ranges", []):
                self._range(made, one)
            for check in checks.get(item["oid"], {}).values():
                self._check(made, check)
            if listed := self._list_of(item):
                element("CodeListRef", made, CodeListOID=listed)
            ours(made, self._own(item, name, self._told(item)))
        for oid, boxes in self.names.boxes.items():
            item = next(one for one in self.document["items"] if one["oid"] == oid)
            for number, box in enumerate(boxes):
                self._box(root, item, box, first=number == 0)

    def _describe(self, made: Element, item: Mapping[str, Any]) -> None:
        texts(made, "Question", item.get("question"), self.language)

    def _box(self, root: Element, item: Mapping[str, Any], box: Box, *, first: bool) -> None:
        """Write a choice that is an item of its own, as yes or no; the first one notes what the whole is."""
        made = element("ItemDef", root, OID=box.oid, Name=self._name(item), DataType="boolean")
        question = plain(item.get("question"), self.language) or self._name(item)
        texts(made, "Question", f"{question} ({plain(box.label, self.language)})", self.language)
        name = self.names.items[item["oid"]]
        members: dict[str, Any] = {"of": name} | ({"oid": item["oid"]} if item["oid"] != name else {})
        if first:
            whole = rest_of(item, ("type", "required", "condition", "calculation"))
            members["item"] = whole | {"code_list": self.names.code_lists[item["code_list"]]}
        ours(made, members)

    def _shape(self, item: Mapping[str, Any]) -> dict[str, str]:
        kind = item["type"]
        data_type = TYPES.get(kind, "text")
        if item.get("partial"):
            data_type = PARTIAL.get(kind, data_type)
        if kind == "CHOICE" and self._has_whole_codes(item):
            data_type = "integer"
        shape = {"DataType": data_type}
        if kind in {"TEXT", "LONG_TEXT"} and "max_length" in item:
            shape["Length"] = str(item["max_length"])
        if kind == "DECIMAL" and "digits" in item:
            shape["SignificantDigits"] = str(item["digits"])
        return shape

    def _has_whole_codes(self, item: Mapping[str, Any]) -> bool:
        return all(WHOLE.fullmatch(choice["code"]) for choice in self.names.choices(item))

    @staticmethod
    def _own(member: Mapping[str, Any], name: str, told: Iterable[str]) -> dict[str, Any]:
        """Return what is not told of a part, and its OID where the file calls it otherwise."""
        oid, called = member.get("oid", ""), member.get("name", "")
        own = rest_of(member, told) | ({"oid": oid} if oid and oid != name else {})
        # A name is one line, in one language.
        return own | ({"name": called} if not isinstance(called, str) or len(called) > LONGEST_NAME else {})

    def _told(self, item: Mapping[str, Any]) -> set[str]:
        """Return what the definition of an item says in ODM's own words."""
        told = {"name", "question", "code_list", "ranges", "unit", "digits", "required", "condition", "calculation"}
        if item["type"] in PLAIN_TYPES or (item["type"] == "TEXT" and "max_length" not in item):
            told.add("type")
        if item["type"] == "DATE" or (item["type"] == "DATE_TIME" and item.get("partial")):
            told.add("partial")
        if item["type"] != "DECIMAL":
            told.discard("digits")
        return told

    def _range(self, made: Element, one: Mapping[str, Any]) -> None:
        for end, comparator in (("min", "GE"), ("max", "LE")):
            if end in one:
                check = element("RangeCheck", made, Comparator=comparator, SoftHard=_severity(one))
                said(check, "CheckValue", one[end])
                texts(check, "ErrorMessage", one.get("message"), self.language)

    def _check(self, made: Element, check: Mapping[str, Any]) -> None:
        """Write an edit check; ODM says what must hold, ours what must not."""
        written = element("RangeCheck", made, SoftHard=_severity(check))
        said(written, "FormalExpression", self._not(check["fails_when"]), Context=SCHEMA)
        texts(written, "ErrorMessage", check.get("message"), self.language)

    def _list_of(self, item: Mapping[str, Any]) -> str | None:
        if item["type"] == "YES_NO":
            return YES_NO.oid
        return self.names.code_lists.get(item.get("code_list", ""))

    def _code_lists(self, root: Element) -> None:
        chosen = {item["code_list"]: item for item in self.document["items"] if item["type"] == "CHOICE"}
        boxes = {
            item["code_list"]: self.names.boxes[item["oid"]]
            for item in self.document["items"]
            if item["oid"] in self.names.boxes
        }
        for row in self.document.get("code_lists", []):
            whole = row["oid"] in chosen and self._has_whole_codes(chosen[row["oid"]])
            name = row.get("name") or row["oid"]
            oid = self.names.code_lists[row["oid"]]
            made = element("CodeList", root, OID=oid, Name=name, DataType="integer" if whole else "text")
            for number, choice in numbered(row["choices"]):
                one = element("CodeListItem", made, CodedValue=choice["code"], OrderNumber=number)
                if texts(one, "Decode", choice["label"], self.language) is None:
                    texts(one, "Decode", choice["code"], self.language)
                sources = {box.code: box.oid for box in boxes.get(row["oid"], ())}
                source = sources.get(choice["code"])
                ours(one, rest_of(choice, ("code", "label")) | ({"source": source} if source else {}))
            ours(made, self._own(row, oid, ("name", "choices")))
        if any(item["type"] == "YES_NO" for item in self.document["items"]):
            made = element("CodeList", root, OID=YES_NO.oid, Name=YES_NO.name, DataType="text")
            for yes_or_no in YES_NO.choices:
                one = element("CodeListItem", made, CodedValue=yes_or_no.code)
                texts(one, "Decode", yes_or_no.label, "en")

        self._reasons(root)

    def _reasons(self, root: Element) -> None:
        """Define what the flags of values without a value say."""
        made = element("CodeList", root, OID=FLAGS, Name="Why there is no value", DataType="text")
        for choice in self.version.definition.missing_codes:
            texts(element("CodeListItem", made, CodedValue=choice.code), "Decode", choice.label, self.language)
        kinds = element("CodeList", root, OID=FLAG_TYPES, Name="Kinds of flags", DataType="text")
        texts(element("CodeListItem", kinds, CodedValue=MISSING), "Decode", "Why there is no value", "en")
        texts(element("CodeListItem", kinds, CodedValue=NOT_DONE), "Decode", "The form will not be filled in", "en")

    def _unless(self, reference: Element, member: Mapping[str, Any]) -> None:
        """Say when something is not collected; ours say when it is asked."""
        if member.get("condition"):
            reference.set("CollectionExceptionConditionOID", self._oid("COND", member["condition"]))

    def _oid(self, kind: str, text: str) -> str:
        if (kind, text) not in self.logic:
            number = 1 + sum(known == kind for known, _ in self.logic)
            self.logic[kind, text] = self.names.free(f"{kind}.{number}", kind)
        return self.logic[kind, text]

    def _logic(self, root: Element, kind: str, text: str, oid: str) -> None:
        condition = kind == "COND"
        expression = self._not(text) if condition else self.names.expression(text)
        made = element("ConditionDef" if condition else "MethodDef", root, OID=oid, Name=oid)
        if not condition:
            made.set("Type", "Computation")
        what = "Not collected when" if condition else "Calculated as"
        texts(made, "Description", f"{what}: {expression}", "en")
        said(made, "FormalExpression", expression, Context=SCHEMA)

    def _not(self, text: str) -> str:
        return f"not ({self.names.expression(text)})"

    def _name(self, member: Mapping[str, Any]) -> str:
        return plain(member.get("name"), self.language) or str(member["oid"])


def units_of(item: Mapping[str, Any]) -> list[str]:
    """Return the units in which a value of the item may be, its own first."""
    others = [row["unit"] if isinstance(row, Mapping) else str(row) for row in item.get("units", [])]
    return list(dict.fromkeys(filter(None, [item.get("unit", ""), *others])))


def unit_oid(unit: str) -> str:
    return f"MU.{unit}"


def _severity(member: Mapping[str, Any]) -> str:
    return "Hard" if member.get("severity") == "HARD" else "Soft"
