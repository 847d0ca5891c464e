"""The audit trail in words: what its ids, codes and columns are called in the trials (`audit.selectors.wording`)."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime

from audit.models import AuditLog
from audit.selectors import HIDDEN, SEALED, Choices, Words, hidden_from, names_before, reach_of
from captures import selectors as captures
from captures.models import DataCapture
from edc.accounts.models import User
from edc.vocabulary import ACTIONS, LINKED, ROLES, SOURCES, THINGS, UNSAID
from patients.models import Subject
from patients.selectors import subjects_visible_to
from trials.definition import (
    Item,
    ItemType,
    Place,
    amount_words,
    find_place,
    is_missing,
    missing_words,
    read_back,
)
from trials.models import ClinicalTrial, Site, StudyVersion

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9.]+)?(Z|[+-][0-9:]+)")
LENGTH_OF_ID = 36


def words_of(events: Sequence[AuditLog], *, by: User) -> dict[UUID, Words]:
    """Return the events in words; what this person may not see of them says so."""
    names = Names(events)
    hidden = hidden_from(by, events)
    return {event.pk: _words(event, names, is_hidden=event.pk in hidden) for event in events}


def values_hidden_from(user: User, events: Sequence[AuditLog]) -> set[UUID]:
    """Return the events about values of forms that are not for this person."""
    return captures.values_hidden_from(user, events)


def choices_for(user: User) -> Choices:
    """Return by what this person may narrow the trail."""
    reach = reach_of(user)
    whole = [*reach.trials, *reach.managed]
    sites = Site.objects.filter(Q(pk__in=reach.sites) | Q(trial__in=whole)).select_related("trial")
    trials = ClinicalTrial.objects.filter(Q(pk__in=whole) | Q(sites__in=reach.sites)).distinct()
    return Choices(
        trials=[(str(trial.pk), trial.protocol_number) for trial in trials],
        sites=[(str(site.pk), f"{site.trial.protocol_number} · {site}") for site in sites],
        entities=sorted(THINGS.items(), key=lambda pair: pair[1]),
        actions=sorted(ACTIONS.items(), key=lambda pair: pair[1]),
        roles=list(ROLES.items()),
        sources=list(SOURCES.items()),
    )


def patients_numbered(number: str, *, by: User) -> list[UUID]:
    """Return the patients who are subjects under this number where this person sees subjects."""
    found = subjects_visible_to(by).filter(number__iexact=number)
    return list(found.values_list("patient", flat=True)[:50])


class Names:
    """What the ids in some events are called, read in a fixed number of statements."""

    def __init__(self, events: Sequence[AuditLog]) -> None:
        told = {pk for event in events for pk in _ids_in(event)}
        self.users = User.objects.in_bulk(told | {event.actor_id for event in events if event.actor_id})
        self.earlier = names_before(self.users)
        self.trials = ClinicalTrial.objects.in_bulk(told | _set(event.trial_id for event in events))
        self.sites = Site.objects.in_bulk(told | _set(event.site_id for event in events))
        subjects = Subject.everything.filter(
            Q(pk__in=told | _set(event.subject_id for event in events))
            | Q(patient__in=told | _set(event.patient_id for event in events))
        ).only("pk", "patient", "trial", "number")
        self.subjects = {subject.pk: subject.number for subject in subjects}
        self.by_patient = {subject.patient_id: subject.number for subject in subjects}
        self.numbers = {(subject.patient_id, subject.trial_id): subject.number for subject in subjects}
        captures = {event.entity_id for event in events if event.entity_type == "DataCapture" and event.entity_id}
        self.captures = DataCapture.everything.only(
            "pk", "form", "form_repeat", "visit", "visit_repeat", "study_version"
        ).in_bulk(captures)
        versions = {capture.study_version_id for capture in self.captures.values() if capture.study_version_id}
        self.versions = StudyVersion.objects.defer("document").in_bulk(versions | told)

    def value_at(self, event: AuditLog) -> Place | None:
        """Return the place in its form of the value that changed."""
        capture = self.captures.get(event.entity_id) if event.entity_id else None
        version = self.versions.get(capture.study_version_id) if capture and capture.study_version_id else None
        form = version.definition.forms_by_oid.get(capture.form) if version and capture else None
        return find_place(form, event.field) if form else None

    def of(self, pk: str, at: datetime) -> str:
        """Return what was known by this id at that time; participants stay nameless."""
        try:
            key = UUID(pk)
        except ValueError:
            return pk
        if user := self.users.get(key):
            then = next((name for until, name in self.earlier.get(key, ()) if at < until), "")
            return then or user.shown_as
        for known in (self.sites, self.subjects, self.versions):
            if key in known:
                return str(known[key])
        trial = self.trials.get(key)
        return trial.protocol_number if trial else self.by_patient.get(key, pk)

    def place(self, event: AuditLog, column: str, oid: str) -> str:
        """Return what the visit or form of a capture is called in its study version."""
        capture = self.captures.get(event.entity_id) if event.entity_id else None
        version = self.versions.get(capture.study_version_id) if capture and capture.study_version_id else None
        if version is None:
            return oid
        known = version.definition.visits_by_oid if column == "visit" else version.definition.forms_by_oid
        return known[oid].name if oid in known else oid

    def capture(self, pk: UUID | None) -> str:
        """Return form and visit, as in the casebook."""
        capture = self.captures.get(pk) if pk else None
        if capture is None:
            return THINGS["DataCapture"]
        version = self.versions.get(capture.study_version_id) if capture.study_version_id else None
        if version is None:
            return "Value without a form"
        form = version.definition.forms_by_oid.get(capture.form)
        visit = version.definition.visits_by_oid.get(capture.visit)
        form_number = f" {capture.form_repeat}" if form and form.repeating else ""
        visit_number = f" {capture.visit_repeat}" if visit and visit.repeating else ""
        form_name, visit_name = form.name if form else capture.form, visit.name if visit else capture.visit
        return f"{form_name}{form_number}, {visit_name}{visit_number}"


def _words(event: AuditLog, names: Names, *, is_hidden: bool) -> Words:
    site = names.sites.get(event.site_id) if event.site_id else None
    trial = names.trials.get(event.trial_id) if event.trial_id else None
    number = names.subjects.get(event.subject_id) if event.subject_id else None
    if number is None and event.patient_id and event.trial_id:
        number = names.numbers.get((event.patient_id, event.trial_id))
    user = names.users.get(event.actor_id) if event.actor_id else None
    place = names.value_at(event)
    item = place.item if place else None
    is_capture = event.entity_type == "DataCapture"
    return Words(
        who=event.who or ROLES.get(event.actor_role, "Unknown account"),
        who_now=user.shown_as if user and user.shown_as != event.who else "",
        role=", ".join(ROLES.get(role, role) for role in event.actor_role.split(", ") if role),
        act=ACTIONS.get(event.action) or event.action.partition(".")[2].replace("_", " ").capitalize() or event.action,
        thing=names.capture(event.entity_id) if is_capture else THINGS.get(event.entity_type, event.entity_type),
        field=place.label if place else field_label(event.entity_type, event.field),
        old=HIDDEN if is_hidden and event.old_value else _shown(event, event.old_value, item, names),
        new=HIDDEN if is_hidden and event.new_value else _shown(event, event.new_value, item, names),
        subject=number or "",
        site=str(site) if site else "",
        trial=trial.protocol_number if trial else "",
        source=SOURCES.get(event.source, event.source),
        is_linked=event.entity_type in LINKED and event.entity_id is not None,
        details=(("Details", HIDDEN),) if is_hidden and event.metadata else _details(event, names),
    )


def _details(event: AuditLog, names: Names) -> tuple[tuple[str, str], ...]:
    pairs = []
    for name, value in event.metadata.items():
        if name not in UNSAID:
            pairs.append((field_label(event.entity_type, name), _detail(event, name, value, names)))
    return tuple(pairs)


def _detail(event: AuditLog, name: str, value: Any, names: Names) -> str:
    """Return a value of an act, whatever it is made of, in words."""
    if isinstance(value, list):
        return ", ".join(_detail(event, name, each, names) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{field_label('', key)}: {_detail(event, key, each, names)}" for key, each in value.items())
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if name == "fields":
        return field_label(event.entity_type, text)
    column = _column(event.entity_type, name)
    return _column_text(event, column, text, names) if column else _plain_text(event, text, names)


def _plain_text(event: AuditLog, text: str, names: Names) -> str:
    """Return a value of no column: an id by what it is called, a date and a time as they are written here."""
    if DAY.fullmatch(text) and (day := parse_date(text)):
        return formats.date_format(day, "d M Y")
    if MOMENT.fullmatch(text) and (moment := parse_datetime(text)):
        return _moment_text(moment)
    return {"true": "Yes", "false": "No"}.get(text) or names.of(text, event.created_at)


def _moment_text(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'd M Y H:i')} {local.tzname()}"


def _shown(event: AuditLog, text: str | None, item: Item | None, names: Names) -> str:
    if text is None:
        return ""
    if item:
        return _item_text(item, text)
    column = _column(event.entity_type, event.field)
    return _column_text(event, column, text, names) if column else text


def _item_text(item: Item, text: str) -> str:
    if item.type == ItemType.DATE and DAY.fullmatch(text) and (day := parse_date(text)):
        return formats.date_format(day, "d M Y")
    value = read_back(text)
    if is_missing(value):
        return missing_words(item, value)
    if item.code_list is None or isinstance(value, dict):
        return amount_words(item, value) or text
    labels = item.code_list.labels
    codes = value if isinstance(value, list) else [text]
    return ", ".join(f"{labels[code]} ({code})" if code in labels else code for code in codes)


def _column_text(event: AuditLog, column: "models.Field[Any, Any]", text: str, names: Names) -> str:
    if column.name.endswith("_sealed"):
        return SEALED
    if event.entity_type == "DataCapture" and column.name in {"visit", "form"}:
        return names.place(event, column.name, text)
    if isinstance(column, models.ForeignKey):
        return names.of(text, event.created_at)
    if column.flatchoices:
        return str(dict(column.flatchoices).get(text, text))
    if isinstance(column, models.BooleanField):
        return {"true": "Yes", "false": "No"}.get(text, text)
    if isinstance(column, models.DateTimeField) and (moment := parse_datetime(text)):
        return _moment_text(moment)
    if isinstance(column, models.DateField) and (day := parse_date(text)):
        return formats.date_format(day, "d M Y")
    return text


def field_label(entity: str, name: str) -> str:
    """Return what a column, a member of a document or a detail of an act is called."""
    column = _column(entity, name)
    label = str(column.verbose_name) if column else name
    label = label.removesuffix(" sealed").removesuffix(" id").replace("_", " ")
    return label if label.isupper() else label[:1].upper() + label[1:]


@cache
def _column(entity: str, name: str) -> "models.Field[Any, Any] | None":
    model = _model(entity)
    if model is None:
        return None
    return next((field for field in model._meta.concrete_fields if name in (field.column, field.name)), None)


@cache
def _model(entity: str) -> type[models.Model] | None:
    return next((model for model in apps.get_models() if model.__name__ == entity), None)


def _ids_in(event: AuditLog) -> Iterable[UUID]:
    """Return the ids that an event's values mention."""
    texts = [event.old_value, event.new_value] if event.field.endswith("_id") else []
    for text in [*texts, *_texts_in(event.metadata)]:
        try:
            yield UUID(text or "")
        except ValueError:
            continue


def _texts_in(value: Any) -> Iterable[str]:
    """Return the texts of a value, however deep, that may be ids."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(each)
    elif isinstance(value, str) and len(value) == LENGTH_OF_ID:
        yield value


def _set(values: Iterable[UUID | None]) -> set[UUID]:
    return {value for value in values if value is not None}
