"""The data of the benchmark, generated from a fixed seed: through triggers, so with versions and audit trail."""

import os
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from edc.accounts.models import User
from edc.accounts.services import create_account, issue_token
from edc.base.actor import SYSTEM, name_actor
from messaging.models import Conversation
from patients.models import Identity, PatientProfile, Subject
from tests import factories
from trials.models import Site
from trials.roles import Role

SEED = 20_260_601
TRIALS, SITES_OF_A_TRIAL, CLINICIANS = 20, 2, 100
PATIENTS = int(os.environ.get("BENCH_PATIENTS", "2000"))
CAPTURES_OF_A_PATIENT, MESSAGES_OF_A_PATIENT = 50, 10
PASSWORD = "a long benchmark password"  # noqa: S105 -- of accounts that live for one run
VOICES = 200
ITEMS = [{"oid": f"Q{n:02}", "name": f"Measurement {n}", "type": "DECIMAL", "unit": "mmol/L"} for n in range(1, 21)]
DOCUMENT: dict[str, Any] = {
    "schema": "edc-study/1",
    "name": "Benchmark study",
    "arms": [{"oid": "A", "name": "Arm A"}],
    "items": ITEMS,
    "forms": [
        {
            "oid": "LAB",
            "name": "Laboratory",
            "repeating": True,
            "sections": [{"name": "Values", "items": [item["oid"] for item in ITEMS]}],
        }
    ],
    "visits": [{"oid": "LOG", "name": "Log", "type": "COMMON", "order": 1, "forms": ["LAB"]}],
}

# One statement for all captures, as the database would get them from a hundred people; the triggers do the rest.
CAPTURES = """
insert into captures_datacapture (id, version, created_at, updated_at, subject_id, patient_id, trial_id, site_id,
    study_version_id, visit, visit_repeat, form, form_repeat, data, data_value, timestamp, status, entered_by_id,
    submitted_at, submitted_by_id, missing_items, flagged_items, source_keys)
select edc_uuid7(), 1, now(), now(), s.id, s.patient_id, s.trial_id, s.site_id, s.enrolled_version_id,
    'LOG', 1, 'LAB', n,
    (select jsonb_object_agg('Q' || lpad(q::text, 2, '0'), round((random() * 200)::numeric, 1)::text)
        from generate_series(1, 20) q where n > 0),
    '', timestamptz '2026-06-01' - n * interval '1 day' - random() * interval '1 day',
    'SUBMITTED', %(by)s, now(), %(by)s, 0, 0, '{}'
from patients_subject s cross join generate_series(%(first)s::int, %(last)s::int) n
"""
MESSAGES = """
insert into messaging_message (id, conversation_id, trial_id, site_id, patient_id, sender_id, body, sent_at)
select edc_uuid7(), c.id, c.trial_id, c.site_id, c.patient_id, c.created_by_id, 'Message number ' || n,
    timestamptz '2026-06-01' - n * interval '1 hour'
from messaging_conversation c cross join generate_series(1, %(count)s) n
"""


@dataclass
class World:
    """Whom the load acts as: bearer tokens, and what they act on."""

    participants: list[str]
    participant_emails: list[str]
    investigators: dict[str, str]
    conversations: list[tuple[str, str]]
    team: str
    team_conversations: list[tuple[str, str]]
    captures: list[tuple[str, str]]


def fill() -> World:
    """Fill an empty, migrated database and return who does what in it."""
    random.seed(SEED)
    sites = _sites()
    clinicians = [
        factories.member(Role.INVESTIGATOR if n < len(sites) else Role.COORDINATOR, sites[n % len(sites)])
        for n in range(CLINICIANS)
    ]
    tokens = {user.pk: issue_token(user=user, name="Benchmark")[1] for user in clinicians}
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(SYSTEM, action="benchmark.filled")
        cursor.execute("select setseed(0.42)")
        users = [_participant(n, sites[n % len(sites)], clinicians[n % len(sites)]) for n in range(PATIENTS)]
    for first in range(1, CAPTURES_OF_A_PATIENT + 1, 10):
        with transaction.atomic(), connection.cursor() as cursor:
            name_actor(clinicians[0].pk, action="captures.submitted")
            cursor.execute("set local statement_timeout = 0")
            last = min(first + 9, CAPTURES_OF_A_PATIENT)
            cursor.execute(CAPTURES, {"by": clinicians[0].pk, "first": first, "last": last})
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(clinicians[0].pk, action="messaging.sent")
        cursor.execute("set local statement_timeout = 0")
        cursor.execute(MESSAGES, {"count": MESSAGES_OF_A_PATIENT})
    return _world(users, sites, {site.pk: tokens[clinicians[n].pk] for n, site in enumerate(sites)})


def _sites() -> list[Site]:
    sites = []
    for _ in range(TRIALS):
        trial = factories.active_trial(DOCUMENT)
        sites += [trial.sites.get(), *(factories.site_in(trial) for _ in range(SITES_OF_A_TRIAL - 1))]
    return sites


def _participant(n: int, site: Site, clinician: User) -> User:
    """Make a participant with profile, subject and conversation, without the ceremony of an invitation."""
    user = create_account(
        email=f"patient{n}@bench.example", password=None, display_name="", kind=User.Kind.PARTICIPANT, by=None
    )
    if n < VOICES:
        User.objects.filter(pk=user.pk).update(password=_hash())
    name_actor(SYSTEM, action="benchmark.filled")
    patient = PatientProfile(user=user, primary_clinic=site)
    patient.seal_identity(Identity(f"MRN{n:06}", f"Patient {n}", "1960-01-01", {"email": user.email}))
    patient.save(traced=True, force_insert=True)
    subject = Subject(
        patient=patient,
        trial=site.trial,
        site=site,
        number=f"{site.code}-{n:05}",
        disposition=Subject.Disposition.ON_TREATMENT,
        disposition_date=date(2026, 1, 1),
        enrolled_on=date(2026, 1, 1),
        enrolled_version=site.trial.study_versions.get(),
    )
    subject.save(traced=True, force_insert=True)
    Conversation.objects.create(
        trial=site.trial,
        site=site,
        subject=subject,
        patient=patient,
        topic="Questions",
        created_by=clinician,
        last_message_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    return user


_hashed: list[str] = []


def _hash() -> str:
    if not _hashed:
        _hashed.append(make_password(PASSWORD))
    return _hashed[0]


def _world(users: list[User], sites: list[Site], staff: dict[Any, str]) -> World:
    voices = users[:VOICES]
    tokens = {user.pk: issue_token(user=user, name="Benchmark")[1] for user in voices}
    with connection.cursor() as cursor:
        cursor.execute("select id, site_id from captures_datacapture where form_repeat <= 2 order by id")
        captures = [(str(capture), staff[site]) for capture, site in cursor.fetchall()]
    threads = Conversation.objects.filter(patient__user__in=voices).values_list("pk", "patient__user", "site")
    threads = list(threads)
    own = [(str(thread), tokens[user]) for thread, user, _ in threads]
    first = sites[0]
    return World(
        participants=list(tokens.values()),
        participant_emails=[user.email for user in voices],
        investigators={str(site): token for site, token in staff.items()},
        conversations=own,
        team=staff[first.pk],
        team_conversations=[(str(thread), tokens[user]) for thread, user, site in threads if site == first.pk],
        captures=captures,
    )
