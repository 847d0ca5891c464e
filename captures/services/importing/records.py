"""What a study file tells beside its values, kept as it came: who did what in the other system, when and why."""

from typing import Any

from audit import services as audit
from captures.models import DataCapture, SourceRecord, StudyImport
from captures.services.importing.drafts import DraftForm, DraftSubject, Told, key_as_json
from captures.services.importing.filling import Filling
from edc.accounts.models import User
from patients.models import Subject
from trials.formats import AuditRecord, Key, Signature, StoredValue, StudyFile

Kind = SourceRecord.Kind
AT_ONCE = 2_000


class Records:
    """Gathers a file's records, and writes them some thousand at a time."""

    def __init__(self, row: StudyImport, study: StudyFile, reason: str, by: User) -> None:
        self.row, self.study, self.reason, self.by = row, study, reason, by
        self.waiting: list[SourceRecord] = []
        self.written = 0

    def of_subject(self, subject: Subject, draft: DraftSubject) -> None:
        for told in draft.told:
            self._add(told, subject=subject)

    def of_form(self, subject: Subject, capture: DataCapture | None, draft: DraftForm, filling: Filling) -> None:
        """Take what a form tells; a place in it is named as the trail names it."""
        for told in draft.told:
            at = told.at
            place = filling.name_at(at.group or at.form, at.group_repeat, at.item) if at and at.item else ""
            self._add(told, subject=subject, capture=capture, place=place)
        for values in filling.earlier:
            listed = [[one.group, one.group_repeat, one.item, one.value] for one in values]
            self._append(Kind.EARLIER, {}, {"values": listed}, subject=subject, capture=capture)
        for step in draft.steps:
            if isinstance(step, StoredValue) and step.file_name:
                place = filling.name_at(step.group, step.group_repeat, step.item)
                details = {"name": step.file_name, "type": step.mime_type or ""}
                self._append(Kind.FILE, {}, details, subject=subject, capture=capture, place=place)

    def loose(self, told: list[Told]) -> None:
        """Take records that hang nowhere: values name them by their ids."""
        for one in told:
            self._add(one)

    def write(self, *, rest: bool = False) -> None:
        """Write what waits, when it is enough, or the rest of it."""
        if self.waiting and (rest or len(self.waiting) >= AT_ONCE):
            audit.insert_many(self.waiting, by=self.by, action="captures.source_recorded", reason=self.reason)
            self.written += len(self.waiting)
            self.waiting = []

    def _add(self, told: Told, **where: Any) -> None:
        kind = Kind.ANNOTATION
        if isinstance(told, AuditRecord | Signature):
            kind = Kind.AUDIT if isinstance(told, AuditRecord) else Kind.SIGNATURE
            where["file_id"] = (told.id or "")[:200]
        self._append(kind, key_as_json(told.at) if isinstance(told.at, Key) else {}, self._details(told), **where)

    def _append(
        self,
        kind: Kind,
        key: dict[str, Any],
        details: dict[str, Any],
        *,
        subject: Subject | None = None,
        capture: DataCapture | None = None,
        place: str = "",
        file_id: str = "",
    ) -> None:
        record = SourceRecord(
            study_import=self.row, trial=self.row.trial, kind=kind, key=key, details=details, place=place[:130],
            file_id=file_id, subject=subject, capture=capture,
        )  # fmt: skip
        if subject is not None:
            record.site_id, record.patient_id = subject.site_id, subject.patient_id
        self.waiting.append(record)

    def _details(self, told: Told) -> dict[str, Any]:
        """Return what it says, with the names that the file has for people and for what a signature means."""
        if isinstance(told, AuditRecord | Signature):
            said: dict[str, Any] = {"user": told.user, "location": told.location, "time": told.time}
            said["name"] = self.study.users.get(told.user, "")
            said["site"] = self.study.sites.get(told.location, "")
            if isinstance(told, AuditRecord):
                said |= {"reason": told.reason, "source": told.source, "edit_point": told.edit_point}
            else:
                said |= {"definition": told.definition, "meaning": self.study.meanings.get(told.definition, "")}
        else:
            flags = [list(flag) for flag in told.flags]
            said = {"number": told.number, "comment": told.comment, "flags": flags}
        return {name: what for name, what in said.items() if what}
