"""ODM 1.3 and 2.0: a pass that reads the metadata and counts the data, and a stream of records to be stored."""

from functools import partial
from pathlib import Path
from typing import Any

from trials.formats.odm_document import Used, document_of
from trials.formats.odm_elements import VALUES
from trials.formats.odm_items import unit_name
from trials.formats.odm_metadata import Metadata
from trials.formats.odm_records import Records, read_records, text
from trials.formats.odm_walk import Element, Walk, place
from trials.formats.opening import opened
from trials.formats.places import Places
from trials.formats.study import (
    Annotation,
    AuditRecord,
    Counts,
    FileRefused,
    Found,
    Level,
    Record,
    Removal,
    Signature,
    StoredValue,
    StudyFile,
)

# Keys of a first and only one.
ONLY = {None, "", "0", "1"}
LEVELS = {"StudyEventData": "visit_records", "FormData": "form_records", "ItemGroupData": "group_records"}


def read_odm(path: Path, kind: str) -> StudyFile:
    """Return the study of an ODM file, which is read to its end: what is broken anywhere is refused here."""
    reading = _Reading()
    with opened(path) as source:
        for event, name, element in Walk(source, reading.found):
            reading.step(event, name, element)
    return reading.study(path, kind)


class _Reading:
    def __init__(self) -> None:
        self.found, self.counts = Found(), Counts()
        self.metadata = Metadata(self.found, self.counts)
        self.records = Records()
        self.users: dict[str, str] = {}
        self.locations: dict[str, str] = {}
        self.meanings: dict[str, str] = {}
        self.subjects: set[tuple[str | None, str]] = set()
        self.used = Used()
        self.items: dict[tuple[str, str, str], tuple[str, int]] = {}
        self.transactional = self.has_data = False
        self.data_of: tuple[str, str] = ("", "")
        self.begun = {"ODM": self._begin, "ClinicalData": self._begin_data, "ReferenceData": self._pass_over}
        self.ended = {
            "Study": self.metadata.add_study,
            "AdminData": self._people,
            "Association": self._pass_over,
            "Query": self._pass_over,
        }

    def step(self, event: str, name: str, element: Element) -> None:
        step = (self.begun if event == "start" else self.ended).get(name)
        if step is not None:
            step(element)
        for record in self.records.of(event, name, element):
            self._count(record, element)
            self.has_data = self.has_data or isinstance(record, StoredValue | Level | Removal)
        if event == "end" and self.records.inside:
            if member := LEVELS.get(name):
                setattr(self.counts, member, getattr(self.counts, member) + 1)
            elif name in VALUES:
                self.counts.values += 1

    def _begin_data(self, element: Element) -> None:
        self.records.several = bool(self.metadata.sites())
        self.data_of = (element.get("StudyOID") or "", element.get("MetaDataVersionOID") or "")

    def _pass_over(self, element: Element) -> None:
        what = element.tag.rpartition("}")[2]
        self.found.cannot_often(place(element), what, "There is no place for them here: they were passed over.")

    def _begin(self, element: Element) -> None:
        kind = element.get("FileType") or "Snapshot"
        if kind not in {"Snapshot", "Transactional"}:
            raise FileRefused(place(element), f"FileType {kind}", "It is Snapshot or Transactional.")
        self.transactional = self.records.transactional = kind == "Transactional"

    def _people(self, element: Element) -> None:
        for user in element.iterfind("{*}User"):
            self.counts.users += 1
            parts = (text(user, "FirstName"), text(user, "LastName"))
            name = text(user, "FullName") or " ".join(filter(None, parts)) or text(user, "LoginName")
            self.users.setdefault(user.get("OID") or "", name)
        for location in element.iterfind("{*}Location"):
            self.counts.sites += 1
            self.locations.setdefault(location.get("OID") or "", location.get("Name") or "")
        for one in element.iterfind("{*}SignatureDef"):
            self.meanings.setdefault(one.get("OID") or "", text(one, "Meaning"))

    def _count(self, record: Record, element: Element) -> None:
        counts = self.counts
        if isinstance(record, StoredValue):
            counts.filled += bool(record.value)
            if record.value in {"true", "false"}:
                self.used.in_words.add(record.item)
            key = (record.form or "", record.group or "", record.item)
            where, often = self.items.get(key) or (place(element, key="ItemOID"), 0)
            self.items[key] = where, often + 1
        elif isinstance(record, Level):
            self._note_level(record, element)
        elif isinstance(record, AuditRecord):
            counts.audit_records += 1
        elif isinstance(record, Signature):
            counts.signatures += 1
        elif isinstance(record, Annotation):
            counts.annotations += 1

    def _note_level(self, record: Level, element: Element) -> None:
        """Count subjects, and note what repeats though it may not say so."""
        at = record.at
        if at.visit is None:
            self.subjects.add((at.site, at.subject))
        elif at.form is None:
            self.used.visits.setdefault(at.visit, {})
            if at.visit_repeat not in ONLY:
                self.used.repeating.add(("visit", at.visit))
        elif at.group is None:
            if at.form_repeat not in ONLY:
                self.used.repeating.add(("form", at.form))
            forms = self.used.visits[at.visit] if at.visit else self.used.loose
            forms.setdefault(at.form, place(element, key="FormOID"))
        elif at.group_repeat not in ONLY:
            self.used.repeating.add(("group", at.group))

    def _tell_lost(self, document: dict[str, Any]) -> None:
        """Note the values that no item of the version is for."""
        places = Places(document)
        for (form, group, item), (where, often) in self.items.items():
            if places.item(form, group, item) is None:
                what = f"{often} values of {item}" if often > 1 else f"a value of {item}"
                self.found.refuse(where, what, f"Form {form} has no such item: there is no place for it.")

    def study(self, path: Path, kind: str) -> StudyFile:
        version = self.metadata.whole()
        document = None
        if version is not None:
            document = document_of(self.metadata, version, self.used)
            self._tell_lost(document)
        self.counts.subjects = len(self.subjects)
        language = str((document or {}).get("language", ""))
        own, sites = version.study if version else self.data_of[0], self.metadata.sites()
        return StudyFile(
            kind=kind,
            document=document,
            refused=self.found.refused,
            unsupported=self.found.all_unsupported(),
            counts=self.counts,
            protocol=self.metadata.protocols.get(own, ""),
            study=own,
            version=version.oid if version else self.data_of[1],
            transactional=self.transactional,
            has_data=self.has_data,
            users=self.users,
            sites={oid: name for oid, name in self.metadata.studies.items() if oid in sites} | self.locations,
            meanings=self.meanings,
            units={oid: unit_name(self.metadata, oid, language) for oid in self.metadata.units},
            records=partial(read_records, path, transactional=self.transactional, several=bool(sites)),
        )
