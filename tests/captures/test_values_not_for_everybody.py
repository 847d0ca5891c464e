"""What tells who somebody is, and what would tell the treatment, is shown at no door to who may not see it."""

import copy

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from captures import services
from captures.models import DataCapture, DataQuery, UploadedFile
from captures.selectors import dry_run
from tests import factories
from tests.api.calling import by
from trials.definition import read_definition

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAMED, SERUM, SCANNED = "Ottilie Zaun", "73.19731", "passport-zaun.txt"
ITEMS = [
    {"oid": "WHO", "name": "Name on the bottle", "type": "TEXT", "identifying": True},
    {"oid": "LEVEL", "name": "Serum level", "type": "DECIMAL", "blinded": True, "ranges": [{"max": "50"}]},
    {"oid": "SCAN", "name": "Scan", "type": "FILE", "identifying": True},
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, settings):
    kept = copy.deepcopy(settings.STORAGES)
    kept["files"]["OPTIONS"]["location"] = tmp_path
    settings.STORAGES = kept


def document():
    made = copy.deepcopy(factories.DOCUMENT)
    made["items"] += ITEMS
    for form in made["forms"]:
        if form["oid"] in {"VS", "AE"}:
            form["sections"][0]["items"] += ["WHO", "LEVEL", "SCAN"]
    made["visits"][0]["forms"].append("AE")
    return made


@pytest.fixture
def site():
    return factories.site_in(factories.active_trial(document()))


@pytest.fixture
def capture(site):
    """Return a submitted form that has been changed and asked about; a log has the same values."""
    subject = factories.subject_at(site)
    values = {"WHO": NAMED, "LEVEL": SERUM, "NOTE": "Plain words"}
    made = factories.capture_of(subject, values, submit=True)
    nurse = made.entered_by
    made = services.attach_file(
        capture=made,
        place="SCAN",
        content=SimpleUploadedFile(SCANNED, b"told in plain text"),
        name=SCANNED,
        reason="Late",
        version=made.version,
        by=nurse,
    )
    made = services.save_capture(
        capture=made, values={"LEVEL": "73.1973"}, merge=True, reason="Typing error", version=made.version, by=nurse
    )
    made = services.save_capture(
        capture=made, values={"LEVEL": SERUM}, merge=True, reason="As it was", version=made.version, by=nurse
    )
    of_log = {"AETERM": "Cough", "WHO": NAMED, "LEVEL": SERUM}
    factories.capture_of(subject, of_log, visit="LOG", form="AE", submit=True)
    monitor = factories.monitor_at(site)
    for place in ("WHO", "LEVEL"):
        query = services.raise_query(capture=made, place=place, message="Is this right?", by=monitor)
        services.answer_query(query=query, text="It is.", by=nurse)
    return DataCapture.objects.get(pk=made.pk)


def pages(capture):
    args = [capture.pk]
    subject = capture.subject_id
    yield from (reverse(f"captures:{name}", args=args) for name in ("capture", "history", "compare", "raise_query"))
    yield reverse("captures:compare", args=args) + "?from=1&to=2&show=all"
    yield from (reverse("captures:field", args=[capture.pk, place]) for place in ("WHO", "LEVEL", "SCAN"))
    yield reverse("captures:casebook", args=[subject])
    yield reverse("captures:grid")
    yield f"{reverse('captures:export_grid')}?trial={capture.trial_id}"
    yield f"{reverse('captures:queries')}?state=ANSWERED"
    yield from (reverse("captures:query", args=[query.pk]) for query in DataQuery.objects.all())
    yield f"{reverse('captures:new', args=[subject, 'W2', 1, 'VS', 1])}"
    yield reverse("captures:edit", args=args)
    yield reverse("audit:log")
    yield from (f"{reverse('audit:export')}?format={to}" for to in ("csv", "jsonl"))
    yield from (reverse("captures:file", args=[row.pk]) for row in UploadedFile.objects.all())
    yield reverse("admin:captures_datacapture_changelist")
    yield reverse("admin:captures_datacapture_change", args=args)
    yield reverse("admin:captures_datacapture_history", args=args)
    row = DataCapture.history.filter(id=capture.pk).first()
    yield reverse("admin:captures_datacapture_simple_history", args=[capture.pk, row.pk])


def resources(capture):
    yield from ("captures/", "captures/?form=VS", f"captures/{capture.pk}/", f"captures/{capture.pk}/history/")
    yield from ("queries/", *(f"queries/{query.pk}/" for query in DataQuery.objects.all()))
    yield "audit-events/"


def told_to(user, capture):
    """Return by door what somebody reads there."""
    client, found = Client(), {}
    client.force_login(user)
    for address in pages(capture):
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[address] = content.decode()
    caller = by(user)
    return found | {path: caller.get(path).content.decode() for path in resources(capture)}


def doors_telling(told, words):
    return [address for address, text in told.items() if any(one in text for one in words)]


SECRETS = [NAMED, "73.19", SCANNED, "told in plain text"]


def test_who_enters_at_the_site_sees_all(capture):
    told = told_to(factories.coordinator_at(capture.site), capture)

    assert len(doors_telling(told, [NAMED])) > 12
    assert len(doors_telling(told, ["73.19"])) > 12
    assert len(doors_telling(told, ["told in plain text"])) == 1


@pytest.mark.parametrize("role", ["monitor", "data_manager", "auditor", "sponsor", "nurse elsewhere", "administrator"])
def test_who_may_not_see_them_reads_them_at_no_door(capture, role):
    person = {
        "monitor": lambda: factories.monitor_at(capture.trial),
        "data_manager": lambda: factories.data_manager_of(capture.trial),
        "auditor": lambda: factories.auditor_of(capture.trial),
        "sponsor": lambda: factories.sponsor_of(capture.trial),
        "nurse elsewhere": lambda: factories.coordinator_at(factories.site_in(capture.trial)),
        "administrator": factories.administrator,
    }[role]()

    told = told_to(person, capture)

    assert doors_telling(told, SECRETS) == []
    if role in {"monitor", "data_manager", "auditor"}:
        # They do see the form, and that something is there.
        assert len(doors_telling(told, ["Plain words"])) > 8
        assert len(doors_telling(told, ["hidden from your role"])) > 8


def test_the_investigator_reads_them_in_the_trail(capture):
    told = told_to(factories.investigator_at(capture.site), capture)

    assert [path for path in doors_telling(told, [NAMED]) if "audit" in path]


def test_a_participant_sees_who_they_are_and_not_what_would_tell_their_treatment(capture):
    account = factories.participant_of(capture.subject)
    client = Client()
    client.force_login(account)

    page = client.get(reverse("captures:my_capture", args=[capture.pk])).content.decode()
    every = client.get(reverse("captures:my_data")).content.decode()
    shown = orjson.loads(by(account).get(f"captures/{capture.pk}/").content)

    assert NAMED in page
    assert "73.19" not in page + every
    assert shown["data"].keys() >= {"WHO", "SCAN"}
    assert "LEVEL" not in shown["data"]
    assert shown["hidden"] == ["LEVEL"]


def test_a_participant_sees_what_they_entered_themselves(site):
    made = document()
    made["items"].append({"oid": "TASTE", "name": "Taste", "type": "TEXT", "blinded": True})
    next(form for form in made["forms"] if form["oid"] == "DIARY")["sections"][0]["items"].append("TASTE")
    subject = factories.subject_at(factories.site_in(factories.active_trial(made)))
    account = factories.participant_of(subject)
    diary = services.create_capture(subject=subject, visit="W2", form="DIARY", values={"TASTE": "Bitter"}, by=account)
    client = Client()
    client.force_login(account)

    assert "Bitter" in client.get(reverse("captures:my_capture", args=[diary.pk])).content.decode()


def test_trying_a_check_tells_nothing_of_them(capture):
    made = document()
    made["checks"] = [
        {"oid": "P", "form": "VS", "item": "NOTE", "fails_when": f"[WHO] = '{NAMED}'", "message": "It is they."}
    ]
    for item in made["items"]:
        item.pop("identifying", None)
    study = read_definition(made)

    tried = {
        person: dry_run(user, capture.trial, study, study.checks[0], seconds=5).fired
        for person, user in {
            "manager": factories.data_manager_of(capture.trial),
            "nurse": factories.coordinator_at(capture.site),
        }.items()
    }

    assert tried == {"manager": 0, "nurse": 1}
