"""A small world for tests, made through the services: people are named by what they may do, and where."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from audit import services as audit
from captures import services as captures
from captures.models import CaptureMove, DataCapture, UploadedFile
from edc.accounts.models import User
from edc.accounts.services import create_account
from edc.base.actor import name_actor
from messaging import services as messaging
from messaging.models import Conversation
from patients import services as patients
from patients.models import Appointment, Identity, PatientProfile, Subject
from trials import services as trials
from trials.models import ClinicalTrial, ReviewComment, Site, StudyVersion
from trials.roles import Role

number = itertools.count(1)

CHOICES = [{"code": "SUPINE", "label": "Lying"}, {"code": "STANDING", "label": "Standing"}]
ITEMS: list[dict[str, Any]] = [
    {
        "oid": "SYSBP",
        "name": "Systolic blood pressure",
        "type": "INTEGER",
        "unit": "mmHg",
        "required": True,
        "ranges": [
            {"min": "80", "max": "200", "severity": "SOFT"},
            {"min": "20", "max": "400", "severity": "HARD", "message": "No living person has this blood pressure."},
        ],
    },
    {"oid": "WEIGHT", "name": "Weight", "type": "DECIMAL", "unit": "kg", "digits": 2},
    {"oid": "POS", "name": "Position", "type": "CHOICE", "code_list": "POS"},
    {"oid": "ARMS", "name": "Arms measured", "type": "MULTIPLE", "code_list": "POS"},
    {"oid": "VSDAT", "name": "Date of measurement", "type": "DATE", "partial": True},
    {"oid": "VSTIM", "name": "Time of measurement", "type": "TIME"},
    {"oid": "FASTING", "name": "Fasting", "type": "YES_NO"},
    {"oid": "NOTE", "name": "Note", "type": "TEXT", "max_length": 200},
    {"oid": "AETERM", "name": "Adverse event", "type": "TEXT", "required": True},
    {"oid": "MOOD", "name": "Mood", "type": "INTEGER", "required": True, "question": "How do you feel, from 0 to 10?"},
]
DOCUMENT: dict[str, Any] = {
    "schema": "edc-study/1",
    "name": "Test study",
    "arms": [{"oid": "A", "name": "Arm A"}, {"oid": "B", "name": "Arm B"}],
    "code_lists": [{"oid": "POS", "name": "Position", "choices": CHOICES}],
    "items": ITEMS,
    "forms": [
        {
            "oid": "VS",
            "name": "Vital signs",
            "sections": [
                {
                    "name": "Measurements",
                    "items": ["VSDAT", "VSTIM", "SYSBP", "WEIGHT", "POS", "ARMS", "FASTING", "NOTE"],
                }
            ],
        },
        {"oid": "AE", "name": "Adverse event", "repeating": True, "sections": [{"items": ["AETERM"]}]},
        {"oid": "DIARY", "name": "Diary", "filled_by": "PARTICIPANT", "sections": [{"items": ["MOOD"]}]},
    ],
    "visits": [
        {"oid": "SCR", "name": "Screening", "order": 1, "target_day": -7, "window_before": 7, "forms": ["VS"]},
        {"oid": "W2", "name": "Week 2", "order": 2, "target_day": 14, "window_after": 3, "forms": ["VS", "DIARY"]},
        {"oid": "LOG", "name": "Log forms", "type": "COMMON", "order": 9, "forms": ["AE"]},
    ],
}
VALUES = {"SYSBP": "120", "WEIGHT": "71.50", "POS": "SUPINE", "FASTING": "Y"}


def person(name: str = "Person", *, kind: User.Kind = User.Kind.STAFF, **fields: Any) -> User:
    """Make an active account that nobody can sign in to by password (tests use `client.force_login`)."""
    email = f"{name.lower().replace(' ', '.')}{next(number)}@test.example"
    return create_account(email=email, password=None, display_name=name, kind=kind, by=None, **fields)


def administrator() -> User:
    """Make somebody who manages the whole portal and sees no clinical data."""
    return User.objects.create_superuser(f"root{next(number)}@test.example", None, display_name="Root")


def member(role: Role, place: Site | ClinicalTrial, **dates: Any) -> User:
    """Make somebody with this role at the site, or in the whole trial."""
    trial, site = (place.trial, place) if isinstance(place, Site) else (place, None)
    someone = person(role.label)
    trials.grant_membership(user=someone, trial=trial, site=site, role=role, reason="Test", by=administrator(), **dates)
    return someone


def coordinator_at(site: Site) -> User:
    return member(Role.COORDINATOR, site)


def investigator_at(site: Site) -> User:
    return member(Role.INVESTIGATOR, site)


def monitor_at(place: Site | ClinicalTrial) -> User:
    return member(Role.MONITOR, place)


def auditor_of(trial: ClinicalTrial) -> User:
    return member(Role.AUDITOR, trial)


def data_manager_of(trial: ClinicalTrial) -> User:
    return member(Role.DATA_MANAGER, trial)


def sponsor_of(trial: ClinicalTrial) -> User:
    return member(Role.SPONSOR, trial)


def site_in(trial: ClinicalTrial) -> Site:
    n = next(number)
    return trials.create_site(trial=trial, code=f"S{n}", name=f"Clinic {n}", by=administrator())


def draft_trial(writer: User | None = None) -> ClinicalTrial:
    n = next(number)
    return trials.create_trial(protocol_number=f"TEST-{n}", title=f"Trial {n}", by=writer or administrator())


def active_trial(document: dict[str, Any] | None = None) -> ClinicalTrial:
    """Make a trial with one site that went through its whole life up to active."""
    trial = draft_trial()
    approver, manager = investigator_at(site_in(trial)), data_manager_of(trial)
    published_version(trial, builder=manager, approver=approver, document=document)
    trial = trials.move_trial(trial=trial, to="IN_REVIEW", reason="Ready", by=manager)
    trial = trials.approve_trial(trial=trial, reason="Sound", by=approver)
    return trials.move_trial(trial=trial, to="ACTIVE", reason="Start", by=manager)


def published_version(
    trial: ClinicalTrial, *, builder: User, approver: User, document: dict[str, Any] | None = None
) -> StudyVersion:
    version = trials.create_study_version(trial=trial, document=document or DOCUMENT, by=builder)
    version = trials.move_study_version(study_version=version, to="IN_REVIEW", reason="Ready", by=builder)
    version = trials.move_study_version(study_version=version, to="APPROVED", reason="Sound", by=approver)
    return trials.move_study_version(study_version=version, to="PUBLISHED", reason="Start", by=builder)


def comment_on(version: StudyVersion, *, by: User) -> ReviewComment:
    return trials.comment_on_study_version(study_version=version, text="Is this asked twice?", by=by)


def active_site() -> Site:
    """Make a site of an active trial."""
    return site_in(active_trial())


def identity(name: str = "Ada Fictional") -> Identity:
    n = next(number)
    contact = {"email": f"patient{n}@home.example", "phone": "555-0100"}
    return Identity(f"MRN-{n}", f"{name} {n}", "1950-03-07", contact)


def patient_at(site: Site) -> PatientProfile:
    return patients.register_patient(site=site, identity=identity(), by=coordinator_at(site))


def subject_at(site: Site, patient: PatientProfile | None = None) -> Subject:
    """Enrol a subject who is on treatment since 1 June 2026, in arm A."""
    nurse = coordinator_at(site)
    patient = patient or patients.register_patient(site=site, identity=identity(), by=nurse)
    label = f"{site.code}-{next(number):03}"
    subject = patients.enrol_subject(patient=patient, site=site, number=label, enrolled_on=date(2026, 5, 20), by=nurse)
    for to, on, arm in (("ENROLLED", 30, None), ("RANDOMISED", 31, "A")):
        subject = patients.change_disposition(
            subject=subject, disposition=to, on=date(2026, 5, on), arm=arm, reason="Visit", by=nurse
        )
    return subject


def participant_of(subject: Subject) -> User:
    """Make the account of the subject's participant, through an invitation."""
    account = person("Participant", kind=User.Kind.PARTICIPANT)
    _, code = patients.invite_participant(patient=subject.patient, site=subject.site, by=coordinator_at(subject.site))
    subject.patient = patients.accept_invitation(code=code, by=account)
    return account


def appointment_of(subject: Subject, provider: User, start: datetime | None = None, **more: Any) -> Appointment:
    """Book an hour with the provider, ten days from now unless told otherwise."""
    start = start or timezone.now() + timedelta(days=10)
    end = more.pop("end", start + timedelta(hours=1))
    return patients.book_appointment(
        subject=subject, provider=provider, start_at=start, end_at=end, by=provider, **more
    )


def capture_of(
    subject: Subject, values: dict[str, Any] | None = None, *, visit: str = "SCR", form: str = "VS", **more: Any
) -> DataCapture:
    """Fill in a form as a coordinator of the site, observed on 2 June 2026 unless told otherwise."""
    more.setdefault("timestamp", datetime(2026, 6, 2, 9, 30, tzinfo=UTC))
    by = more.pop("by", None) or coordinator_at(subject.site)
    return captures.create_capture(
        subject=subject, visit=visit, form=form, values=VALUES if values is None else values, by=by, **more
    )


def file_of(capture: DataCapture, *, by: User) -> UploadedFile:
    """Store a file that an earlier version of the capture had."""
    key = storages["files"].save(f"test-{next(number)}", ContentFile(b"%PDF-1.7"))
    row = UploadedFile(
        capture=capture, place="SCAN", name="scan.pdf", media_type="application/pdf", size=8, key=key, uploaded_by=by
    )
    with transaction.atomic():
        name_actor(by.pk, action="captures.file_attached")
        row.save(force_insert=True)
    return row


def finalised_capture_of(subject: Subject) -> DataCapture:
    capture = capture_of(subject, submit=True)
    return captures.finalise_capture(capture=capture, by=investigator_at(subject.site))


def move_at(site: Site, version: StudyVersion, *, by: User) -> CaptureMove:
    """Write a move that took no capture along."""
    move = CaptureMove(
        trial=site.trial, site=site, from_version=version, to_version=version, reason="Test", moved_by=by
    )
    audit.save(move, by=by, action="captures.move_done", reason="Test")
    return move


def conversation_with(subject: Subject, body: str = "How are you?", *, by: User | None = None) -> Conversation:
    return messaging.start_conversation(
        site=subject.site, subject=subject, topic="Next visit", body=body, by=by or coordinator_at(subject.site)
    )
