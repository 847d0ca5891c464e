"""The data of an ODM file as a stream of records, in the file's order.

ODM 2.0 has groups within groups: the outermost is the form, the innermost the group, whose rows are told apart by the
keys of all that repeat around them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from trials.formats.odm_elements import VALUES
from trials.formats.odm_walk import Element, Walk, place
from trials.formats.opening import opened
from trials.formats.recognise import REDCAP
from trials.formats.study import (
    Annotation,
    AuditRecord,
    FileRefused,
    Key,
    Level,
    Record,
    Removal,
    Signature,
    StoredValue,
)

TRANSACTIONS = {"Insert", "Update", "Remove", "Upsert", "Context"}
LEVELS = {"SubjectData", "StudyEventData", "FormData", "ItemGroupData"}
NULLS = {"Yes", "yes", "true"}


class Records:
    """Makes records of the elements that begin and end within ClinicalData."""

    def __init__(self, *, transactional: bool = False) -> None:
        self.transactional = transactional
        self.study: str | None = None
        self.several = False
        self.inside = False
        self.collected = False
        self.keys: list[Key] = []
        self.item: str | None = None
        self.transactions: list[str] = []
        self.held: list[Record] | None = None
        self.begun: dict[str, Callable[[Element], list[Record]]] = {
            "ClinicalData": self._begin_study,
            "SubjectData": self._begin_subject,
            **dict.fromkeys(("StudyEventData", "FormData", "ItemGroupData"), self._begin_level),
            **dict.fromkeys(("AuditRecords", "Signatures", "Annotations"), self._begin_collection),
            **dict.fromkeys(VALUES, self._begin_value),
        }
        self.ended: dict[str, Callable[[Element], list[Record]]] = {
            "ClinicalData": self._end_study,
            "SiteRef": self._end_site,
            "AuditRecord": self._end_audit,
            "Signature": self._end_signature,
            "Annotation": self._end_annotation,
            **dict.fromkeys(("AuditRecords", "Signatures", "Annotations"), self._end_collection),
            **dict.fromkeys(LEVELS, self._end_level),
            **dict.fromkeys(VALUES, self._end_value),
        }

    def of(self, event: str, name: str, element: Element) -> list[Record]:
        """Return the records that this event completes."""
        step = (self.begun if event == "start" else self.ended).get(name)
        if step is None or not (self.inside or name == "ClinicalData"):
            return []
        return step(element)

    def _begin_study(self, element: Element) -> list[Record]:
        self.inside, self.study = True, element.get("StudyOID")
        self.transactions = ["Upsert" if self.transactional else "Insert"]
        return []

    def _end_study(self, element: Element) -> list[Record]:
        self.inside, self.keys, self.collected = False, [], False
        return []

    def _begin_subject(self, element: Element) -> list[Record]:
        subject = element.get("SubjectKey")
        if not subject:
            raise FileRefused(place(element), "a subject", "It has no SubjectKey.")
        self.keys = [Key(subject, self.study if self.several else None)]
        self._push(element)
        self.held = []
        return []

    def _begin_level(self, element: Element) -> list[Record]:
        if not self.keys:
            raise FileRefused(place(element), "data", "They belong to no subject.")
        given = element.get
        parent, name = self.keys[-1], element.tag.rpartition("}")[2]
        if name == "StudyEventData":
            key = replace(parent, visit=given("StudyEventOID") or "", visit_repeat=given("StudyEventRepeatKey"))
        elif name == "FormData":
            visit = parent.visit or ""
            key = replace(parent, visit=visit, form=given("FormOID") or "", form_repeat=given("FormRepeatKey"))
        elif parent.form is None:
            visit, oid = parent.visit or "", given("ItemGroupOID") or ""
            key = replace(parent, visit=visit, form=oid, form_repeat=given("ItemGroupRepeatKey"))
        else:
            around = parent.group_repeat if parent.group is not None else None
            repeat = "/".join(one for one in (around, given("ItemGroupRepeatKey")) if one is not None)
            known = around is not None or given("ItemGroupRepeatKey") is not None
            key = replace(parent, group=given("ItemGroupOID") or "", group_repeat=repeat if known else None)
        made = self._release()
        self.keys.append(key)
        return made + self._push(element)

    def _push(self, element: Element) -> list[Record]:
        """Note the transaction of a level, its own or the one around it, and return the level's record."""
        around = self.transactions[-1]
        own = element.get("TransactionType") or around
        if own not in TRANSACTIONS:
            raise FileRefused(place(element), f"TransactionType {own}", "ODM has no such transaction.")
        self.transactions.append(own)
        if len(self.keys) == 1 and own != "Remove":
            return []
        return self._level(own, around)

    def _level(self, own: str, around: str) -> list[Record]:
        if own == "Context" or (own == "Remove" and around == "Remove"):
            return []
        key = self.keys[-1]
        return [Removal(key)] if own == "Remove" else [Level(key, own)]

    def _release(self) -> list[Record]:
        """Return the subject, and what came before its site was known."""
        if self.held is None:
            return []
        made = [*self._level(self.transactions[1], self.transactions[0]), *self.held]
        self.held = None
        return made

    def _end_level(self, element: Element) -> list[Record]:
        made = self._release()
        self.keys.pop()
        self.transactions.pop()
        return made

    def _end_site(self, element: Element) -> list[Record]:
        site = element.get("LocationOID")
        if not self.keys or not site:
            return []
        late = self.held is None
        self.keys[0].site = site
        for record in self.held or ():
            if isinstance(record, AuditRecord | Signature | Annotation) and record.at is not None:
                record.at.site = site
        return [Level(self.keys[0], "Upsert")] if late else []

    def _begin_value(self, element: Element) -> list[Record]:
        if not self.keys or self.keys[-1].form is None:
            raise FileRefused(place(element, key="ItemOID"), "a value", "It is in no ItemGroupData.")
        self.item = element.get("ItemOID") or ""
        return []

    def _end_value(self, element: Element) -> list[Record]:
        key, item, given = self.keys[-1], self.item or "", element.get
        self.item = None
        around = self.transactions[-1]
        transaction = given("TransactionType") or around
        if transaction == "Context" or (transaction == "Remove" and around == "Remove"):
            return []
        if transaction == "Remove":
            return [Removal(replace(key, item=item))]
        is_null = given("IsNull") in NULLS
        typed = not element.tag.endswith("ItemData")
        value = (element.text or "") if typed else given("Value")
        unit, several = given("MeasurementUnitOID"), []
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name == "MeasurementUnitRef":
                unit = child.get("MeasurementUnitOID")
            elif name == "Value":
                several.append(child.text or "")
        if several and value is None:
            value = ",".join(several)
        group = key.form if key.group is None else key.group
        return [
            StoredValue(
                *(key.subject, key.site, key.visit, key.visit_repeat, key.form, key.form_repeat),
                *(group, key.group_repeat, item, None if is_null else value, is_null or value is None),
                *(unit, transaction, given("AuditRecordID"), given("SignatureID")),
                *(given(f"{{{REDCAP}}}DocName"), given(f"{{{REDCAP}}}MimeType")),
            )
        ]

    def _begin_collection(self, element: Element) -> list[Record]:
        self.collected = True
        return []

    def _end_collection(self, element: Element) -> list[Record]:
        self.collected = False
        return []

    def _at(self) -> Key | None:
        return None if self.collected or not self.keys else replace(self.keys[-1], item=self.item)

    def _hold(self, record: Record) -> list[Record]:
        if self.held is None:
            return [record]
        self.held.append(record)
        return []

    def _end_audit(self, element: Element) -> list[Record]:
        return self._hold(
            AuditRecord(
                at=self._at(),
                user=attribute(element, "UserRef", "UserOID"),
                location=attribute(element, "LocationRef", "LocationOID"),
                time=text(element, "DateTimeStamp"),
                reason=text(element, "ReasonForChange"),
                source=text(element, "SourceID"),
                edit_point=element.get("EditPoint") or "",
                id=element.get("ID"),
            )
        )

    def _end_signature(self, element: Element) -> list[Record]:
        return self._hold(
            Signature(
                at=self._at(),
                user=attribute(element, "UserRef", "UserOID"),
                location=attribute(element, "LocationRef", "LocationOID"),
                time=text(element, "DateTimeStamp"),
                definition=attribute(element, "SignatureRef", "SignatureOID"),
                id=element.get("ID"),
            )
        )

    def _end_annotation(self, element: Element) -> list[Record]:
        flags = tuple((text(flag, "FlagValue"), text(flag, "FlagType")) for flag in element.findall("{*}Flag"))
        words = "".join(part for one in element.iterfind("{*}Comment") for part in one.itertext()).strip()
        return self._hold(Annotation(self._at(), element.get("SeqNum") or "", words, flags))


def text(element: Element, name: str) -> str:
    """Return the text of the first such child, without the space around it."""
    return (element.findtext(f"{{*}}{name}") or "").strip()


def attribute(element: Element, name: str, of: str) -> str:
    """Return an attribute of the first such child."""
    child = element.find(f"{{*}}{name}")
    return "" if child is None else child.get(of) or ""


def read_records(path: Path, *, transactional: bool, several: bool) -> Iterator[Record]:
    """Yield the records of a file, holding no more of it than one group of items."""
    with opened(path) as source:
        records = Records(transactional=transactional)
        records.several = several
        for event, name, element in Walk(source):
            yield from records.of(event, name, element)
