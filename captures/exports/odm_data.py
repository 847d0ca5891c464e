"""Filled-in forms as ODM 1.3.2 FormData."""

from collections.abc import Iterator, Mapping
from typing import Any

from captures.exports.names import Group, Names, Placed
from captures.exports.odm_metadata import unit_oid
from captures.exports.odm_parts import Element, element, moment, put, said
from captures.exports.study import Act, FilledForm, Participant
from trials.definition import place_of, rows_in

SIGNED = "SIG.FINALISED"
FLAGS, FLAG_TYPES = "CL.MISSING", "CL.FLAG"


class FormData:
    """Writes the forms of one study version."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.values = 0
        definitions = names.document
        self.repeating = {visit["oid"] for visit in definitions["visits"] if visit.get("repeating")}

    def subject(self, participant: Participant, forms: list[FilledForm]) -> Element:
        """Return a subject with its forms, those of one visit together, in the order in which they come."""
        root = element("SubjectData", SubjectKey=participant.number)
        element("SiteRef", root, LocationOID=participant.site)
        visits: dict[tuple[str, int], Element] = {}
        for form in forms:
            place = (form.visit, form.visit_repeat)
            if place not in visits:
                visits[place] = self._visit(root, form)
            self.form(visits[place], form)
        return root

    def _visit(self, parent: Element, form: FilledForm) -> Element:
        key = _key(form, "visit", form.visit_repeat, repeats=form.visit in self.repeating)
        return element("StudyEventData", parent, StudyEventOID=self.names.visits[form.visit], StudyEventRepeatKey=key)

    def form(self, parent: Element, form: FilledForm) -> None:
        """Add one form, or one change of it."""
        named = self.names.forms[form.form]
        key = _key(form, "form", form.form_repeat, repeats=bool(named.form.get("repeating")))
        made = element(
            "FormData", parent, FormOID=named.name, FormRepeatKey=key, TransactionType=form.transaction or None
        )
        if form.act:
            audit(made, form.act)
        if form.signature:
            signature(made, form.signature)
        rows = rows_in([*form.values, *form.removed])
        for group in named.groups:
            if not group.table:
                self._group(made, group, form, "")
            for row in rows.get(group.table, ()):
                self._group(made, group, form, row)

    def _group(self, parent: Element, group: Group, form: FilledForm, row: str) -> None:
        values = list(self._values(group, form, row))
        if not values:
            return
        made = element("ItemGroupData", parent, ItemGroupOID=group.name)
        if form.transaction:
            made.set("TransactionType", "Insert" if form.transaction == "Insert" else "Upsert")
        key = form.keys.get("rows", {}).get(f"{group.table}[{row}]", row) if row else _group_key(form, group)
        if key:
            made.set("ItemGroupRepeatKey", str(key))
        made.extend(values)
        self.values += len(values)

    def _values(self, group: Group, form: FilledForm, row: str) -> Iterator[Element]:
        for placed in group.items:
            place = place_of(placed.oid, group.table, row)
            if place in form.removed:
                for name in [box.oid for box in placed.boxes] or [placed.name]:
                    yield self._removed(name, form.act)
            elif place in form.values:
                for made in self._item(placed, form.values[place]):
                    self._mark(made, place, form)
                    yield made

    def _item(self, placed: Placed, value: Any) -> Iterator[Element]:
        if placed.boxes:
            taken = value if isinstance(value, list) else []
            for box in placed.boxes:
                if isinstance(value, Mapping):
                    yield missing(element("ItemData", ItemOID=box.oid), value)
                else:
                    yield element("ItemData", ItemOID=box.oid, Value="1" if box.code in taken else "0")
            return
        made = element("ItemData", ItemOID=placed.name)
        if isinstance(value, Mapping) and "missing" in value:
            yield missing(made, value)
            return
        if isinstance(value, Mapping):
            if unit := value.get("unit"):
                element("MeasurementUnitRef", made, MeasurementUnitOID=unit_oid(str(unit)))
            value = value.get("value", value.get("name", ""))
        put(made, "Value", ",".join(value) if isinstance(value, list) else str(value))
        yield made

    @staticmethod
    def _mark(made: Element, place: str, form: FilledForm) -> None:
        """Say what was done to a value of a form that is being changed; who did it, where that is a change."""
        if form.transaction == "Insert":
            made.set("TransactionType", "Insert")
        elif form.transaction:
            made.set("TransactionType", "Insert" if place in form.inserted else "Update")
            if form.act:
                audit(made, form.act, first=True)

    @staticmethod
    def _removed(name: str, act: Act | None) -> Element:
        made = element("ItemData", ItemOID=name, TransactionType="Remove")
        if act:
            audit(made, act)
        return made


def audit(parent: Element, act: Act, *, first: bool = False) -> None:
    """Add who did it, where, when and why."""
    made = element("AuditRecord", parent)
    if first:
        parent.insert(0, made)
    element("UserRef", made, UserOID=act.user)
    element("LocationRef", made, LocationOID=act.site)
    said(made, "DateTimeStamp", moment(act.at))
    if act.reason:
        said(made, "ReasonForChange", act.reason)
    if act.source:
        said(made, "SourceID", act.source)


def signature(parent: Element, act: Act) -> None:
    """Add who closed the form."""
    made = element("Signature", parent)
    element("UserRef", made, UserOID=act.user)
    element("LocationRef", made, LocationOID=act.site)
    element("SignatureRef", made, SignatureOID=SIGNED)
    said(made, "DateTimeStamp", moment(act.at))


def missing(made: Element, value: Mapping[str, Any]) -> Element:
    """Say that there is no value, and why."""
    made.set("IsNull", "Yes")
    note = element("Annotation", made, SeqNum="1")
    if reason := value.get("reason"):
        said(note, "Comment", str(reason))
    flag = element("Flag", note)
    said(flag, "FlagValue", str(value.get("missing", "")), CodeListOID=FLAGS)
    said(flag, "FlagType", "MISSING", CodeListOID=FLAG_TYPES)
    return made


def _key(form: FilledForm, level: str, number: int, *, repeats: bool) -> str | None:
    """Return the key of a repeat: what the file it came from had, else its number where it may repeat."""
    if level in form.keys:
        return form.keys[level]  # type: ignore[no-any-return]
    return str(number) if repeats or number != 1 else None


def _group_key(form: FilledForm, group: Group) -> str | None:
    return form.keys.get("groups", {}).get(group.section.get("oid"))  # type: ignore[no-any-return]
