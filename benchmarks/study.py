"""One large study at growing sizes: 12 visits of 8 forms with 25 items, and a form of 100 items with 60 checks."""

import os
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.test import Client
from django.urls import reverse

from benchmarks.running import HEAD, WORKERS, Operation, measure
from captures.forms import PREFIX
from captures.models import DataCapture
from edc.accounts.models import User
from edc.base.actor import SYSTEM, name_actor
from patients.models import Identity, PatientProfile, Subject
from tests import factories
from tests.browser import start_portal, stop
from trials.models import Site
from trials.roles import Role

VISITS, FORMS, ITEMS, LARGE, CHECKS = 12, 8, 25, 100, 60
VALUES_OF_A_SUBJECT = VISITS * FORMS * ITEMS
SIZES = [int(size) for size in os.environ.get("BENCH_SUBJECTS", "4,40,1000").split(",")]
SITES = 10
# How often each page is asked for.
COUNT = int(os.environ.get("BENCH_PAGES", "300"))
CSRF = "b" * 32

# All forms of the subjects without any, through the triggers: with versions and audit trail.
CAPTURES = """
insert into captures_datacapture (id, version, created_at, updated_at, subject_id, patient_id, trial_id, site_id,
    study_version_id, visit, visit_repeat, form, form_repeat, data, data_value, timestamp, status, entered_by_id,
    submitted_at, submitted_by_id, missing_items, flagged_items, source_keys)
select edc_uuid7(), 1, now(), now(), s.id, s.patient_id, s.trial_id, s.site_id, s.enrolled_version_id,
    'V' || v, 1, 'F' || f, 1,
    (select jsonb_object_agg('F' || f || 'Q' || q, round((random() * 200)::numeric, 1)::text)
        from generate_series(1, %(items)s) q where v > 0),
    '', timestamptz '2026-01-01' + v * interval '14 days', 'SUBMITTED', %(by)s, now(), %(by)s, 0, 0, '{}'
from patients_subject s cross join generate_series(1, %(visits)s) v cross join generate_series(1, %(forms)s) f
where s.trial_id = %(trial)s and not exists (select from captures_datacapture c where c.subject_id = s.id)
"""

# One data query for each form that has none; of ten, one is still open.
QUERIES = """
insert into captures_dataquery (id, version, created_at, updated_at, capture_id, subject_id, patient_id, trial_id,
    site_id, place, source, check_oid, state, resolution, message, value, opened_by_id, opener_role, opened_at)
select edc_uuid7(), 1, now(), now(), c.id, c.subject_id, c.patient_id, c.trial_id, c.site_id,
    c.form || 'Q1', 'DATA_MANAGEMENT', '', case when random() < 0.1 then 'OPEN' else 'CLOSED' end, '',
    'Please check this value.', c.data -> (c.form || 'Q1'), %(by)s, 'DATA_MANAGER', now()
from captures_datacapture c
where c.trial_id = %(trial)s and c.form <> 'LARGE' and not exists (
    select from captures_dataquery q where q.capture_id = c.id)
"""


def document() -> dict[str, Any]:
    """Return the study: each form has its own items, the large one a check on most of them."""
    small = [_item(f"F{form}Q{n}") for form in range(1, FORMS + 1) for n in range(1, ITEMS + 1)]
    large = [_item(f"L{n}") for n in range(1, LARGE + 1)]
    forms = [_form(f"F{form}", [f"F{form}Q{n}" for n in range(1, ITEMS + 1)]) for form in range(1, FORMS + 1)]
    forms.append(_form("LARGE", [item["oid"] for item in large]) | {"repeating": True})
    visits = [
        {
            "oid": f"V{n}",
            "name": f"Visit {n}",
            "order": n,
            "target_day": n * 14,
            "forms": [f["oid"] for f in forms[:-1]],
        }
        for n in range(1, VISITS + 1)
    ]
    return {
        "schema": "edc-study/1",
        "name": "A large study",
        "arms": [{"oid": "A", "name": "Arm A"}],
        "items": small + large,
        "forms": forms,
        "visits": [*visits, {"oid": "LOG", "name": "Log", "type": "COMMON", "order": 99, "forms": ["LARGE"]}],
        "checks": [_check(n) for n in range(1, CHECKS + 1)],
    }


def _item(oid: str) -> dict[str, Any]:
    return {"oid": oid, "name": f"Measurement {oid}", "type": "DECIMAL", "unit": "mmol/L"}


def _form(oid: str, items: list[str]) -> dict[str, Any]:
    sections = [{"name": f"Part {at // 25 + 1}", "items": items[at : at + 25]} for at in range(0, len(items), 25)]
    return {"oid": oid, "name": f"Form {oid}", "sections": sections}


def _check(n: int) -> dict[str, Any]:
    """Return a check of four terms that does not fire on the values that are sent."""
    return {
        "oid": f"C{n}",
        "name": f"Check {n}",
        "form": "LARGE",
        "item": f"L{n}",
        "fails_when": f"[L{n}] > 10 * [L{n + 1}] and [L{n + 2}] < 0",
        "message": "These values do not go together.",
        "severity": "SOFT",
    }


@dataclass
class Study:
    """The study, who enters its data, and how many subjects it has by now."""

    sites: list[Site]
    nurse: User
    manager: User
    subjects: int = 0


def run(postmaster: int) -> None:
    """Grow the study, and print how long its pages take at each size."""
    study = found()
    print(HEAD)
    for size in SIZES:
        print(f"Growing to {size:,} subjects, {size * VALUES_OF_A_SUBJECT:,} values …", file=sys.stderr)
        grow(study, size)
        name = connection.settings_dict["NAME"]
        work = operations(study)
        connection.close()
        portal = start_portal(name, workers=WORKERS)
        try:
            measure(portal, postmaster, work)
        finally:
            stop(portal)


def found() -> Study:
    """Make the trial with its sites and people."""
    trial = factories.active_trial(document())
    sites = [trial.sites.get(), *(factories.site_in(trial) for _ in range(SITES - 1))]
    return Study(sites, factories.member(Role.COORDINATOR, sites[0]), factories.data_manager_of(trial))


def grow(study: Study, size: int) -> None:
    """Enrol subjects up to this number, fill in all their forms, and ask about a value of each."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        for n in range(study.subjects, size):
            _enrol(n, study.sites[n % SITES])
        name_actor(study.nurse.pk, action="captures.submitted")
        amounts = {"items": ITEMS, "visits": VISITS, "forms": FORMS}
        cursor.execute(CAPTURES, amounts | {"by": study.nurse.pk, "trial": study.sites[0].trial_id})
        name_actor(study.manager.pk, action="captures.query_raised")
        cursor.execute(QUERIES, {"by": study.manager.pk, "trial": study.sites[0].trial_id})
    study.subjects = size
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _enrol(n: int, site: Site) -> None:
    name_actor(SYSTEM, action="benchmark.filled")
    patient = PatientProfile(primary_clinic=site)
    patient.seal_identity(Identity(f"LARGE{n:06}", f"Patient {n}", "1960-01-01", {}))
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


def operations(study: Study) -> list[Operation]:
    """Return the pages that a coordinator and a data manager live on."""
    nurse, manager = _session(study.nurse), _session(study.manager)
    subjects = list(Subject.objects.filter(site=study.sites[0]).order_by("number"))
    trial = study.sites[0].trial_id
    casebooks = [reverse("captures:casebook", args=[subject.pk]) for subject in subjects]
    forms = [reverse("captures:new", args=[subject.pk, "LOG", 1, "LARGE", 1]) for subject in subjects]
    at = f"at {study.subjects * VALUES_OF_A_SUBJECT:,} values"
    return [
        Operation(f"entry page of {LARGE} items, {at}", _get(forms, nurse), COUNT),
        Operation(
            f"save {LARGE} items, {CHECKS} checks, {at}", _saves(subjects, nurse), min(COUNT, len(subjects) * 50)
        ),
        Operation(f"subjects grid, a site, {at}", _get([f"{reverse('captures:grid')}?trial={trial}"], nurse), COUNT),
        Operation(
            f"subjects grid, the trial, {at}", _get([f"{reverse('captures:grid')}?trial={trial}"], manager), COUNT
        ),
        Operation(f"casebook, {at}", _get(casebooks, nurse), COUNT),
        Operation(f"query inbox, {at}", _get([f"{reverse('captures:queries')}?trial={trial}"], manager), COUNT),
    ]


def _get(paths: list[str], headers: dict[str, str]) -> list[dict[str, Any]]:
    return [{"method": "GET", "path": path, "headers": headers} for path in paths]


def _saves(subjects: list[Subject], headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return first saves of the large form, each of another repeat of it."""
    large = DataCapture.objects.filter(subject__in=subjects, form="LARGE")
    taken = large.aggregate(last=Max("form_repeat"))["last"] or 0
    typed = {f"{PREFIX}L{n}": "5.4" for n in range(1, LARGE + 1)}
    page = {"act": "draft", "version": "0", "key": "", "csrfmiddlewaretoken": CSRF}
    page |= {"observed_date": "2 Jun 2026", "observed_time": "09:30"}
    return [
        {
            "method": "POST",
            "path": reverse("captures:new", args=[subject.pk, "LOG", 1, "LARGE", taken + repeat]),
            "headers": headers,
            "form": page | typed,
        }
        for repeat in range(1, 51)
        for subject in subjects
    ]


def _session(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"Cookie": f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"}
