"""The audit trail in words: what its ids, codes and columns are called in the trials (`audit.selectors.wording`)."""

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
from captures.models import DataCapture
from edc.accounts.models import User
from patients.models import Subject
from patients.selectors import subjects_visible_to
from trials.definition import Item
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.roles import Role

ACTIONS = {
    "accounts.activated": "Account activated",
    "accounts.approved": "Account approved",
    "accounts.code_refused": "Invitation code refused",
    "accounts.created": "Account created",
    "accounts.disabled": "Account disabled",
    "accounts.email_changed": "E-mail address changed",
    "accounts.email_confirmed": "E-mail address confirmed",
    "accounts.enabled": "Account enabled",
    "accounts.locked_out": "Sign-in locked out",
    "accounts.mfa_changed": "Second step changed",
    "accounts.password_changed": "Password changed",
    "accounts.password_reset": "Password reset",
    "accounts.password_reset_asked": "Password reset asked for",
    "accounts.profile_changed": "Account profile changed",
    "accounts.recovery_codes_made": "Recovery codes made",
    "accounts.second_step_added": "Second step added",
    "accounts.second_step_passed": "Second step passed",
    "accounts.second_step_removed": "Second step removed",
    "accounts.sessions_ended": "Signed out everywhere",
    "accounts.sign_in_failed": "Sign-in failed",
    "accounts.signed_in": "Signed in",
    "accounts.signed_out": "Signed out",
    "accounts.signed_up": "Signed up",
    "accounts.single_sign_on_removed": "Single sign-on removed",
    "accounts.sso_changed": "Single sign-on changed",
    "accounts.token_issued": "API token issued",
    "accounts.token_revoked": "API token revoked",
    "accounts.token_used": "API token used",
    "accounts.visited": "Account pages used",
    "audit.exported": "Audit trail exported",
    "audit.export_stopped": "Audit trail export stopped",
    "audit.verified": "Integrity verified",
    "captures.created": "Form saved as a draft",
    "captures.export_stopped": "Subjects export stopped",
    "captures.exported": "Subjects exported",
    "captures.finalised": "Form finalised",
    "captures.reopened": "Form opened again",
    "captures.saved": "Form saved",
    "captures.submitted": "Form submitted",
    "messaging.conversation_started": "Conversation started",
    "messaging.delivered": "Message delivered",
    "messaging.read": "Message read",
    "messaging.sent": "Message sent",
    "patients.account_linked": "Account linked to the patient",
    "patients.appointment_booked": "Appointment booked",
    "patients.appointment_cancelled": "Appointment cancelled",
    "patients.appointment_changed": "Appointment changed",
    "patients.appointment_completed": "Appointment kept",
    "patients.appointment_no_show": "Appointment missed",
    "patients.appointment_requested": "Appointment requested",
    "patients.changed": "Patient changed",
    "patients.identity_read": "Identity read",
    "patients.invitation_accepted": "Invitation accepted",
    "patients.invitation_withdrawn": "Invitation withdrawn",
    "patients.invited": "Participant invited",
    "patients.preferences_changed": "Patient's preferences changed",
    "patients.registered": "Patient registered",
    **{f"patients.subject_{key.lower()}": f"Subject: {label.lower()}" for key, label in Subject.Disposition.choices},
    "patients.subject_enrolled": "Subject enrolled",
    "trials.approved": "Trial approved",
    "trials.changed": "Trial changed",
    "trials.created": "Trial created",
    **{f"trials.moved_to_{key.lower()}": f"Trial: {label.lower()}" for key, label in ClinicalTrial.Status.choices},
    "trials.membership_ended": "Role ended",
    "trials.membership_granted": "Role granted",
    "trials.sent_back": "Trial sent back",
    "trials.site_changed": "Site changed",
    "trials.site_created": "Site created",
    "trials.study_version_changed": "Study version changed",
    "trials.study_version_created": "Study version created",
    **{
        f"trials.study_version_{key.lower()}": f"Study version: {label.lower()}"
        for key, label in StudyVersion.Status.choices
    },
}
THINGS = {
    "ApiToken": "API token",
    "Appointment": "Appointment",
    "AuditLog": "Audit trail",
    "ClinicalTrial": "Trial",
    "Conversation": "Conversation",
    "DataCapture": "Form",
    "Invitation": "Invitation",
    "Membership": "Role",
    "Message": "Message",
    "PatientProfile": "Patient",
    "PatientProfileUserObjectPermission": "Single right on a patient",
    "Receipt": "Receipt",
    "ResearcherProfile": "Researcher profile",
    "SignIn": "Sign-in",
    "Site": "Site",
    "SiteUserObjectPermission": "Single right at a site",
    "StudyVersion": "Study version",
    "Subject": "Subject",
    "TrialApproval": "Decision on the trial",
    "TrialUserObjectPermission": "Single right in a trial",
    "User": "Account",
}
SOURCES = {
    "page": "Portal page",
    "api": "API",
    "admin": "Records (admin)",
    "socket": "Live feed",
    "command": "Command",
    "import": "Import",
    "sql": "Direct SQL",
}
ROLES = dict(Role.choices) | {
    "PARTICIPANT": "Participant",
    "system": "The portal itself",
    "anonymous": "Nobody signed in",
}
# Things with a page of their own (`edc.pages.go`).
LINKED = {
    *("Appointment", "ClinicalTrial", "Conversation", "DataCapture", "Message"),
    *("PatientProfile", "Site", "StudyVersion", "Subject"),
}
# Said by the columns of the list, or of no use to a person.
UNSAID = {"trial_id", "site_id", "patient_id", "subject_id", "group_id"}


def words_of(events: Sequence[AuditLog], *, by: User) -> dict[UUID, Words]:
    """Return the events in words; what this person may not see of them says so."""
    names = Names(events)
    hidden = hidden_from(by, events)
    return {event.pk: _words(event, names, is_hidden=event.pk in hidden) for event in events}


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
        subjects = Subject.objects.filter(
            Q(pk__in=told | _set(event.subject_id for event in events))
            | Q(patient__in=_set(event.patient_id for event in events))
        ).only("pk", "patient", "trial", "number")
        self.subjects = {subject.pk: subject.number for subject in subjects}
        self.numbers = {(subject.patient_id, subject.trial_id): subject.number for subject in subjects}
        captures = {event.entity_id for event in events if event.entity_type == "DataCapture" and event.entity_id}
        self.captures = DataCapture.objects.only(
            "pk", "form", "form_repeat", "visit", "visit_repeat", "study_version"
        ).in_bulk(captures)
        versions = {capture.study_version_id for capture in self.captures.values() if capture.study_version_id}
        self.versions = StudyVersion.objects.defer("document").in_bulk(versions | told)

    def item(self, event: AuditLog) -> Item | None:
        """Return the item whose value changed."""
        capture = self.captures.get(event.entity_id) if event.entity_id else None
        version = self.versions.get(capture.study_version_id) if capture and capture.study_version_id else None
        return version.definition.items.get(event.field) if version else None

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
        return trial.protocol_number if trial else pk

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
    item = names.item(event)
    is_capture = event.entity_type == "DataCapture"
    return Words(
        who=event.who or ROLES.get(event.actor_role, "Unknown account"),
        who_now=user.shown_as if user and user.shown_as != event.who else "",
        role=", ".join(ROLES.get(role, role) for role in event.actor_role.split(", ") if role),
        act=ACTIONS.get(event.action) or event.action.partition(".")[2].replace("_", " ").capitalize() or event.action,
        thing=names.capture(event.entity_id) if is_capture else THINGS.get(event.entity_type, event.entity_type),
        field=item.name if item else field_label(event.entity_type, event.field),
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
        if name in UNSAID:
            continue
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        column = _column(event.entity_type, name)
        label = field_label(event.entity_type, name)
        pairs.append((label, _column_text(event, column, text, names) if column else text))
    return tuple(pairs)


def _shown(event: AuditLog, text: str | None, item: Item | None, names: Names) -> str:
    if text is None:
        return ""
    if item:
        return _item_text(item, text)
    column = _column(event.entity_type, event.field)
    return _column_text(event, column, text, names) if column else text


def _item_text(item: Item, text: str) -> str:
    if item.code_list is None:
        return f"{text} {item.unit}".strip()
    codes: list[str] = [text]
    if text.startswith("["):
        try:
            codes = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    labels = item.code_list.labels
    return ", ".join(f"{labels[code]} ({code})" if code in labels else code for code in codes)


def _column_text(event: AuditLog, column: "models.Field[Any, Any]", text: str, names: Names) -> str:
    if column.name.endswith("_sealed"):
        return SEALED
    if isinstance(column, models.ForeignKey):
        return names.of(text, event.created_at)
    if column.flatchoices:
        return str(dict(column.flatchoices).get(text, text))
    if isinstance(column, models.BooleanField):
        return {"true": "Yes", "false": "No"}.get(text, text)
    if isinstance(column, models.DateTimeField) and (moment := parse_datetime(text)):
        local = timezone.localtime(moment)
        return f"{formats.date_format(local, 'd M Y H:i')} {local.tzname()}"
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
    texts += [value for name, value in event.metadata.items() if name.endswith("_id") and isinstance(value, str)]
    for text in texts:
        try:
            yield UUID(text or "")
        except ValueError:
            continue


def _set(values: Iterable[UUID | None]) -> set[UUID]:
    return {value for value in values if value is not None}
