"""Subjects of a study file stored, many at a time: their captures, and what the file tells beside the values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit import services as audit
from captures.models import DataCapture, StudyImport
from captures.selectors import standing, values_among
from captures.services.checks import sync_many, sync_system_queries
from captures.services.importing.drafts import DraftForm, DraftSubject, FormKey
from captures.services.importing.filling import Filling
from captures.services.importing.places import Subjects
from captures.services.importing.records import Records
from captures.services.importing.repeats import Repeats, noted
from captures.services.importing.result import Result
from captures.validators import Checked
from edc.accounts.models import User
from patients.models import Subject
from trials.definition import Form
from trials.formats import AuditRecord, Places, StoredValue
from trials.models import StudyVersion

Status = DataCapture.Status
ACTION = "captures.brought_in"
FIELDS = ("data", "source_keys", "study_import", "imported_version", "missing_items", "flagged_items")
# Visit, its repeat, form, its repeat.
Place = tuple[str, int, str, int]
# Forms whose queries are looked up at once.
AT_ONCE = 500
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass
class Filled:
    """A capture with what the file makes of it."""

    capture: DataCapture
    draft: DraftForm
    filling: Filling
    is_new: bool
    checked: Checked = field(default_factory=Checked)


class Store:
    """Stores drafts of subjects in the study version; `result` says what it came to."""

    def __init__(self, row: StudyImport, version: StudyVersion, subjects: Subjects, records: Records, by: User) -> None:
        self.row, self.version, self.subjects, self.records, self.by = row, version, subjects, records, by
        self.result: Result = subjects.result
        self.definition = version.definition
        self.places = Places(version.document)
        self.now = timezone.now()
        self.reason = subjects.reason

    def store(self, drafts: Sequence[DraftSubject]) -> None:
        """Write all that these drafts come to."""
        found = self.subjects.of(drafts)
        known: dict[UUID, list[DataCapture]] = {subject.pk: [] for subject in found}
        rows = DataCapture.objects.select_for_update(no_key=True).filter(subject__in=known, form__gt="")
        for capture in rows.order_by("created_at", "id"):
            known[capture.subject_id].append(capture)
        filled: list[Filled] = []
        for draft, subject in zip(drafts, found, strict=True):
            filled += self._fill_subject(draft, subject, known[subject.pk])
            self.records.of_subject(subject, draft)
        self._write(filled)
        written = {one.capture.pk for one in filled}
        self._look_at_readers([one for captures in known.values() for one in captures if one.pk not in written])

    def _fill_subject(self, draft: DraftSubject, subject: Subject, captures: list[DataCapture]) -> list[Filled]:
        """Return what the subject's captures come to; each is checked with all the others."""
        repeats, at = Repeats(), {}
        for capture in captures:
            repeats.learn(capture)
            at[capture.visit, capture.visit_repeat, capture.form, capture.form_repeat] = capture
        places: dict[Place, Filled] = {}
        for key, form in draft.forms.items():
            place = self._place(key, form, subject, repeats)
            if place is not None:
                self._fill(place, key, form, known=at.get(place), subject=subject, places=places)
        filled = list(places.values())
        self._take_back_above(draft, captures, filled)
        datas = {id(capture): (capture.visit, capture.visit_repeat, capture.data) for capture in captures}
        for one in filled:
            one.filling.gather_boxes()
            datas[id(one.capture)] = (one.capture.visit, one.capture.visit_repeat, one.filling.data)
        rows = sorted(datas.values(), key=lambda row: row[1])
        for one in filled:
            one.checked = one.filling.finish(self._rules(one.capture, rows))
            one.checked.prompts |= standing(one.filling.form, one.filling.data, one.checked)
        return filled

    def _rules(self, capture: DataCapture, rows: list[tuple[str, int, dict[str, Any]]]) -> dict[str, Any]:
        outside = values_among(
            rows, self.definition, capture.form, visit=capture.visit, visit_repeat=capture.visit_repeat
        )
        return {"rules": self.definition.rules.get(capture.form), "outside": outside}

    def _place(self, key: FormKey, draft: DraftForm, subject: Subject, repeats: Repeats) -> Place | None:
        """Return where a form of the file belongs, or None where the study version has no such visit or form."""
        visit_key, visit_repeat_key, form_key, form_repeat_key = key
        visit = self.definition.visits_by_oid.get(self.places.visit(visit_key) or "")
        form = self.definition.forms_by_oid.get(self.places.form(form_key) or "")
        if visit is None or form is None:
            what = f"values of form {form_key}" + (f" at visit {visit_key}" if visit_key else "")
            self._lose(len(draft.steps), subject, what, "The study version has no such form or visit.")
            return None
        visit_repeat = repeats.number((visit.oid,), visit_repeat_key, repeats=visit.repeating)
        at = (visit.oid, visit_repeat, form.oid)
        return *at, repeats.number(at, form_repeat_key, repeats=form.repeating)

    def _fill(
        self,
        place: Place,
        key: FormKey,
        draft: DraftForm,
        *,
        known: DataCapture | None,
        subject: Subject,
        places: dict[Place, Filled],
    ) -> None:
        """Take the file's values to their place; what it says there under two keys comes together."""
        if place not in places:
            form = self.definition.forms_by_oid[place[2]]
            keys = noted("visit", key[1], place[1]) | noted("form", key[3], place[3])
            data = {} if known is None or draft.starts_anew else known.data
            filling = self._filling(form, key[2], data, keys if known is None else known.source_keys)
            capture = self._new(subject, place) if known is None else known
            places[place] = Filled(capture, draft, filling, is_new=known is None)
        else:
            places[place].draft.told += draft.told
        filling = places[place].filling
        for step in draft.steps:
            filling.take(step)
        for lost in filling.lost:
            what = f"values of {lost.item} in form {key[2]}"
            self._lose(1, subject, what, "The study version has no such item there.")
        self.result.numbers["values"] += sum(isinstance(step, StoredValue) for step in draft.steps) - len(filling.lost)
        filling.lost = []

    def _filling(self, form: Form, source: str, data: dict[str, Any], keys: dict[str, Any]) -> Filling:
        return Filling(form, source, self.places, units=self.records.study.units, data=data, keys=keys)

    def _lose(self, count: int, subject: Subject, what: str, reason: str) -> None:
        self.result.numbers["values_lost"] += count
        self.result.found.cannot_often(f"subject {subject.number}", what, reason, count)

    def _new(self, subject: Subject, place: Place) -> DataCapture:
        visit, visit_repeat, form, form_repeat = place
        return DataCapture(
            subject=subject,
            patient_id=subject.patient_id,
            trial_id=subject.trial_id,
            site_id=subject.site_id,
            study_version=self.version,
            visit=visit,
            visit_repeat=visit_repeat,
            form=form,
            form_repeat=form_repeat,
            timestamp=self.now,
            status=Status.SUBMITTED,
            entered_by=self.by,
            submitted_at=self.now,
            submitted_by=self.by,
        )

    def _take_back_above(self, draft: DraftSubject, captures: list[DataCapture], filled: list[Filled]) -> None:
        """Take back what stood at a visit, or of a subject, that the file removes."""
        touched = {id(one.capture) for one in filled}
        for removed in draft.removed:
            visit = self.places.visit(removed.visit or "") if removed.visit is not None else None
            for capture in captures:
                if id(capture) in touched or (removed.visit is not None and not _is_at(capture, visit, removed)):
                    continue
                touched.add(id(capture))
                form = self.definition.forms_by_oid.get(capture.form)
                if form is not None:
                    filling = self._filling(form, "", {}, capture.source_keys)
                    filled.append(Filled(capture, DraftForm(starts_anew=True), filling, is_new=False))

    def _write(self, filled: list[Filled]) -> None:
        """Insert and change what differs from what is there."""
        new, changed, gone = [], [], []
        for one in filled:
            self._count(one)
            capture, filling = one.capture, one.filling
            is_empty = not filling.data and not (filling.keys.keys() & {"null", "cleared", "whole", "boxes"})
            if is_empty and (one.is_new or not one.draft.starts_anew):
                if not one.is_new and capture.data != filling.data:
                    changed.append(one)
            elif is_empty:
                gone.append(one)
            elif one.is_new:
                new.append(one)
            elif capture.data == filling.data and capture.source_keys == filling.keys:
                self.result.numbers["captures_same"] += 1
            else:
                changed.append(one)
        changed, gone = self._allowed(changed), self._allowed(gone)
        for one in (*new, *changed):
            self._put(one)
        for one in gone:
            one.capture.removed_at = self.now
            one.capture.study_import, one.capture.imported_version = self.row, one.capture.version + 1
        act: dict[str, Any] = {"by": self.by, "reason": self.reason}
        audit.insert_many([one.capture for one in new], action=ACTION, **act)
        audit.change_many([one.capture for one in changed], fields=FIELDS, action=ACTION, **act)
        removed = ["removed_at", "study_import", "imported_version"]
        audit.change_many([one.capture for one in gone], fields=removed, action="captures.taken_back", **act)
        numbers = self.result.numbers
        numbers["captures_new"] += len(new)
        numbers["captures_changed"] += len(changed)
        numbers["captures_taken_back"] += len(gone)
        self._ask([*new, *changed, *gone])
        there = {id(one) for one in (*new, *changed, *gone)}
        for one in filled:
            stored = one.capture if not one.is_new or id(one) in there else None
            self.records.of_form(one.capture.subject, stored, one.draft, one.filling)
        self.records.write()

    def _ask(self, written: list[Filled]) -> None:
        """Raise data queries about what the checks find in these forms; nothing is asked about what is taken back."""
        looks = [(one.capture, Checked() if one.capture.removed_at else one.checked) for one in written]
        for start in range(0, len(looks), AT_ONCE):
            self.result.numbers["queries"] += sync_system_queries(looks[start : start + AT_ONCE], by=self.by)

    def _look_at_readers(self, others: list[DataCapture]) -> None:
        """Ask anew about the subjects' other forms, whose rules may read what was stored."""
        reading = [oid for oid, rules in self.definition.rules.items() if rules.outside]
        keys = [one.pk for one in others if one.form in reading and one.removed_at is None]
        rows = DataCapture.objects.filter(pk__in=keys).select_related("study_version", "subject")
        if keys:
            found = list(rows.defer("study_version__document").order_by("pk"))
            self.result.numbers["queries"] += sync_many(found, by=self.by)

    def _count(self, one: Filled) -> None:
        self.result.numbers["prompts"] += len(one.checked.prompts.keys() | one.checked.errors.keys())

    def _allowed(self, filled: list[Filled]) -> list[Filled]:
        """Return those that only study files wrote so far; an import never writes over what people entered."""
        allowed = []
        for one in filled:
            capture = one.capture
            if capture.study_import_id and capture.version == capture.imported_version:
                allowed.append(one)
            else:
                self.result.stand_against(f"{capture.subject.number}: {capture.title}, {capture.visit}")
        return allowed

    def _put(self, one: Filled) -> None:
        capture, checked = one.capture, one.checked
        capture.data, capture.source_keys = one.filling.data, one.filling.keys
        capture.study_import = self.row
        capture.imported_version = 1 if one.is_new else capture.version + 1
        capture.missing_items = len(checked.missing)
        capture.flagged_items = len(checked.prompts.keys() | checked.errors.keys())
        if one.is_new:
            capture.timestamp = self._observed(one.draft)

    def _observed(self, draft: DraftForm) -> datetime:
        """Return when the file says that the form was first written; else now, since nobody knows."""
        times = (_moment(one.time) for one in draft.told if isinstance(one, AuditRecord))
        return min((time for time in times if time and EARLIEST < time <= self.now), default=self.now)


def _moment(text: str) -> datetime | None:
    """Return a time of a file; one without a zone is of an unknown place, and taken as UTC."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _is_at(capture: DataCapture, visit: str | None, removed: Any) -> bool:
    said = capture.source_keys.get("visit", str(capture.visit_repeat))
    return capture.visit == visit and (said == removed.visit_repeat or removed.visit_repeat is None)
