"""Filled-in forms as ODM 1.3.2 FormData."""

from collections.abc import Iterator, Mapping
from typing import Any

from captures.exports.names import Group, Named, Names, Placed
from captures.exports.odm_metadata import unit_oid
from captures.exports.odm_parts import FLAG_TYPES, FLAGS, MISSING, NOT_DONE, Element, element, moment, put, said
from captures.exports.study import Act, FilledForm, Participant, Told
from trials.definition import place_of, rows_in

SIGNED = "SIG.FINALISED"
TICKED = {"1", "true", "yes", "checked"}


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

    def told(self, participant: Participant, form: FilledForm) -> Iterator[Element]:
        """Yield a subject for each thing that another system told; nothing of it is a change here."""
        for one in form.told:
            root = element("SubjectData", SubjectKey=participant.number, TransactionType="Context")
            site = element("SiteRef", root, LocationOID=participant.site)
            at = self._visit(root, form) if form.visit else root
            if form.form:
                named = self.names.forms[form.form]
                key = _key(form, "form", form.form_repeat, repeats=bool(named.form.get("repeating")))
                at = element("FormData", at, FormOID=named.name, FormRepeatKey=key)
                at = self._at_place(at, named, form, one.place)
            for above in [at, *at.iterancestors()]:
                above.set("TransactionType", "Context")
            _tell(at, one)
            if at is root:
                root.append(site)
            yield root

    @staticmethod
    def _at_place(parent: Element, named: Named, form: FilledForm, place: str) -> Element:
        """Return the element of a place in a form, or the form's own where the version has none."""
        for group in named.groups:
            for placed in group.items:
                row = _row_of(place, group, placed)
                if row is not None:
                    key = _group_key(form, group, row)
                    within = element("ItemGroupData", parent, ItemGroupOID=group.name, ItemGroupRepeatKey=key)
                    return element("ItemData", within, ItemOID=placed.boxes[0].oid if placed.boxes else placed.name)
        return parent

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
        if form.not_done:
            not_done(made, form.not_done)
        rows = rows_in(places_of(form))
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
        if key := _group_key(form, group, row):
            made.set("ItemGroupRepeatKey", str(key))
        made.extend(values)
        self.values += len(values)

    def _values(self, group: Group, form: FilledForm, row: str) -> Iterator[Element]:
        keys = form.keys
        for placed in group.items:
            place = place_of(placed.oid, group.table, row)
            if place in form.removed:
                for name in [box.oid for box in placed.boxes] or [placed.name]:
                    yield self._removed(name, form.act)
                continue
            if placed.boxes:
                made = self._boxes(placed, place, form)
            elif place in form.values:
                stored, raw = keys.get("written", {}).get(place, (None, None))
                same = raw is not None and stored == form.values[place]
                made = [self._item(placed, raw if same else form.values[place])]
            elif place in keys.get("null", ()):
                made = [element("ItemData", ItemOID=placed.name, IsNull="Yes")]
            else:
                cleared = place in keys.get("cleared", ())
                made = [element("ItemData", ItemOID=placed.name, Value="")] if cleared else []
            for one in made:
                self._mark(one, place, form)
                yield one

    @staticmethod
    def _boxes(placed: Placed, place: str, form: FilledForm) -> list[Element]:
        """Return the boxes of a value: all of them, or those that a file had if nobody changed them since."""
        given = form.keys.get("boxes", {}).get(place)
        if place not in form.values and given is None and place not in form.keys.get("whole", ()):
            return []
        value = form.values.get(place, [])
        if isinstance(value, Mapping):
            return [missing(element("ItemData", ItemOID=box.oid), value) for box in placed.boxes]
        if given is not None and {code for code, said in given.items() if said in TICKED} == set(value):
            said = {box.oid: given[box.code] for box in placed.boxes if box.code in given}
        else:
            said = {box.oid: "1" if box.code in value else "0" for box in placed.boxes}
        return [
            element("ItemData", ItemOID=oid, Value=text, IsNull="Yes" if text is None else None)
            for oid, text in said.items()
        ]

    def _item(self, placed: Placed, value: Any) -> Element:
        made = element("ItemData", ItemOID=placed.name)
        if isinstance(value, Mapping) and "missing" in value:
            return missing(made, value)
        if isinstance(value, Mapping):
            if unit := value.get("unit"):
                element("MeasurementUnitRef", made, MeasurementUnitOID=unit_oid(str(unit)))
            value = value.get("value", value.get("name", ""))
        put(made, "Value", ",".join(value) if isinstance(value, list) else str(value))
        return made

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
    said(made, "DateTimeStamp", act.as_told or moment(act.at))
    if act.reason:
        said(made, "ReasonForChange", act.reason)
    if act.source:
        said(made, "SourceID", act.source)


def signature(parent: Element, act: Act, definition: str = SIGNED) -> None:
    """Add who signed: that the form is closed, or what the definition says."""
    made = element("Signature", parent)
    element("UserRef", made, UserOID=act.user)
    element("LocationRef", made, LocationOID=act.site)
    element("SignatureRef", made, SignatureOID=definition)
    said(made, "DateTimeStamp", act.as_told or moment(act.at))


def _tell(at: Element, told: Told) -> None:
    if told.signature:
        signature(at, told.act, told.signature)
    else:
        audit(at, told.act)


def _row_of(place: str, group: Group, placed: Placed) -> str | None:
    """Return the row in which this place has the item, "" for one in no table, and None where it is another item's."""
    if not group.table:
        return "" if place == placed.oid else None
    head, tail = f"{group.table}[", f"].{placed.oid}"
    return place[len(head) : -len(tail)] if place.startswith(head) and place.endswith(tail) else None


def missing(made: Element, value: Mapping[str, Any]) -> Element:
    """Say that there is no value, and why."""
    made.set("IsNull", "Yes")
    note = element("Annotation", made, SeqNum="1")
    if reason := value.get("reason"):
        said(note, "Comment", str(reason))
    flag = element("Flag", note)
    said(flag, "FlagValue", str(value.get("missing", "")), CodeListOID=FLAGS)
    said(flag, "FlagType", MISSING, CodeListOID=FLAG_TYPES)
    return made


def not_done(made: Element, reason: str) -> None:
    """Say that a form will not be filled in, and why."""
    note = element("Annotation", made, SeqNum="1")
    said(note, "Comment", reason)
    said(element("Flag", note), "FlagValue", NOT_DONE, CodeListOID=FLAG_TYPES)


def places_of(form: FilledForm) -> list[str]:
    """Return the places of a form that something is told of."""
    known = form.keys
    told = [known.get(name, ()) for name in ("null", "cleared", "whole", "boxes")]
    return [*form.values, *form.removed, *(place for one in told for place in one)]


def _key(form: FilledForm, level: str, number: int, *, repeats: bool) -> str | None:
    """Return the key of a repeat: what the file it came from had, else its number where it may repeat."""
    if level in form.keys:
        return form.keys[level]  # type: ignore[no-any-return]
    return str(number) if repeats or number != 1 else None


def _group_key(form: FilledForm, group: Group, row: str) -> str | None:
    if row:
        return form.keys.get("rows", {}).get(f"{group.table}[{row}]", row)  # type: ignore[no-any-return]
    own: Mapping[str, str] = form.keys.get("groups", {})
    return own.get(group.name, form.keys.get("group"))
