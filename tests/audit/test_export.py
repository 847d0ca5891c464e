"""Taking the trail out: complete, safe to open, on record, verifiable without the portal."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from audit import selectors, services
from audit.models import AuditLog
from captures import services as captures
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import Denied
from edc.base.spreadsheets import safe_cell
from tests import factories
from trials import services as trials
from trials.models import ClinicalTrial, TrialUserObjectPermission

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
VERIFIER = Path(__file__).parents[2] / "bin" / "verify-audit"


@pytest.fixture
def capture():
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    nurse = factories.coordinator_at(capture.site)
    values = factories.VALUES | {"NOTE": '=HYPERLINK("http://evil.example")'}
    return captures.save_capture(capture=capture, values=values, reason="@now", version=capture.version, by=nurse)


@pytest.fixture
def auditor(client, capture):
    auditor = factories.auditor_of(capture.trial)
    client.force_login(auditor)
    return auditor


def export(client, to: str, **filters) -> bytes:
    response = client.get("/audit/export/", {"format": to, **filters})
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def verify(tmp_path, content: bytes, *recorded: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "trail.jsonl"
    file.write_bytes(content)
    return subprocess.run([sys.executable, VERIFIER, file, *recorded], capture_output=True, text=True, check=False)


def test_csv_holds_every_event_once(client, auditor):
    visible = selectors.events_visible_to(auditor).count()

    rows = list(csv.reader(io.StringIO(export(client, "csv").decode("utf-8-sig"))))

    assert len(rows) == visible + 1
    assert all(len(row) == len(rows[0]) for row in rows)


def test_no_cell_of_the_csv_is_a_formula(client, auditor, capture):
    rows = csv.DictReader(io.StringIO(export(client, "csv", entity_id=capture.pk, field="NOTE").decode("utf-8-sig")))
    row = next(rows)

    assert row["New value"].startswith("'=HYPERLINK")
    assert row["Reason"] == "'@now"


@pytest.mark.parametrize("text", ["-5", "+1.5", "−5 mmHg", "120", "", "a=b", "1e5"])
def test_numbers_and_plain_text_stay_as_they_are(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1", "-1-1"])
def test_what_starts_a_formula_is_text(text):
    assert safe_cell(text) == f"'{text}"


def test_export_is_on_record_with_its_digest(client, auditor, capture):
    content = export(client, "csv", entity_id=capture.pk)

    event = AuditLog.objects.get(action="audit.exported")
    assert event.actor == auditor
    assert event.source == "page"
    assert event.trial_id == capture.trial_id
    assert event.metadata["sha256"] == hashlib.sha256(content).hexdigest()
    assert event.metadata["rows"] == AuditLog.objects.filter(entity_id=capture.pk).count()
    assert event.metadata["filters"] == {"entity_id": str(capture.pk)}


def test_stopped_download_is_on_record(auditor, capture):
    pieces = services.export_trail(asked=selectors.Asked(), to="jsonl", by=auditor)
    next(pieces)
    pieces.close()

    assert AuditLog.objects.get(action="audit.export_stopped").metadata["rows"] == 0


def test_right_that_ends_ends_the_download(auditor, capture, monkeypatch):
    monkeypatch.setattr("audit.services.exporting.BATCH", 5)
    pieces = services.export_trail(asked=selectors.Asked(), to="csv", by=auditor)
    next(pieces)
    next(pieces)
    membership = auditor.memberships.get()
    trials.end_membership(membership=membership, reason="Left", by=factories.administrator())

    with pytest.raises(Denied):
        list(pieces)
    assert AuditLog.objects.filter(action="audit.export_stopped").count() == 1


def test_json_lines_verify_without_the_portal(client, auditor, tmp_path):
    outcome = verify(tmp_path, export(client, "jsonl"))

    assert outcome.returncode == 0, outcome.stderr
    assert "whole" in outcome.stdout
    assert 'NOT VERIFIED: the members of "words"' in outcome.stdout


def events_of(lines: list[bytes]) -> list[dict]:
    return [json.loads(line) for line in lines]


def without_a_chain(lines: list[bytes]) -> list[bytes]:
    """Leave out one chain, and have the end count what is left."""
    rows = events_of(lines)
    left = [row for row in rows[:-1] if row.get("stream") != rows[1]["stream"]]
    end = rows[-1] | {"events": len(left) - 1, "chains": rows[-1]["chains"] - 1}
    return [json.dumps(row).encode() + b"\n" for row in [*left, end]]


def by_somebody_else(lines: list[bytes]) -> list[bytes]:
    rows = events_of(lines)
    for row in rows[1:-1]:
        row["words"]["who"] = "Somebody Else"
    return [json.dumps(row).encode() + b"\n" for row in rows]


def at_another_time(lines: list[bytes]) -> list[bytes]:
    rows = events_of(lines)
    rows[1]["at"] = "2020-01-01T00:00:00+00:00"
    return [json.dumps(row).encode() + b"\n" for row in rows]


def test_the_file_is_the_one_that_the_portal_recorded(client, auditor, tmp_path):
    content = export(client, "jsonl")
    recorded = AuditLog.objects.get(action="audit.exported").metadata
    lines = content.splitlines(keepends=True)
    rows = events_of(lines)
    rows[3]["words"]["act"] = "Forged"
    forged = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    assert verify(tmp_path, content, recorded["sha256"]).returncode == 0
    assert recorded["heads"] == rows[-1]["heads"]
    assert verify(tmp_path, forged, recorded["sha256"]).returncode == 1
    assert "NOT VERIFIED: that this is the file" in verify(tmp_path, content).stdout


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [line.replace(b"@now", b"@new") for line in lines],
        lambda lines: lines[:5] + lines[6:],
        lambda lines: lines[:-1],
        lambda lines: [*lines[:5], lines[5], *lines[5:]],
        lambda lines: [*lines[:-1], b"nonsense\n", lines[-1]],
        lambda lines: [lines[0], *reversed(lines[1:-1]), lines[-1]],
        lambda lines: [*lines[:5], b'{"record": "event"}\n', *lines[5:]],
        without_a_chain,
        by_somebody_else,
        at_another_time,
    ],
    ids=[
        *("altered", "removed", "cut off", "repeated", "nonsense", "reordered", "no event"),
        *("chain left out", "another name", "another time"),
    ],
)
def test_verifier_finds_what_was_done_to_the_file(client, auditor, tmp_path, tamper):
    lines = export(client, "jsonl").splitlines(keepends=True)

    assert verify(tmp_path, b"".join(tamper(lines))).returncode == 1


def test_who_may_not_read_messages_gets_their_events_without_text(client, capture, tmp_path):
    conversation = factories.conversation_with(capture.subject)
    client.force_login(factories.data_manager_of(capture.trial))
    content = export(client, "jsonl")
    about = [row for line in content.splitlines() if (row := json.loads(line)).get("entity_id") == str(conversation.pk)]

    assert about
    assert all(row["canonical"] is None for row in about)
    assert b"Next visit" not in content
    assert verify(tmp_path, content).returncode == 0


def test_an_export_is_on_record_where_something_could_be_taken_out(client, auditor, capture):
    elsewhere = factories.active_site()
    with transaction.atomic():
        name_actor(SYSTEM, action="trials.right_granted")
        content = ContentType.objects.get_for_model(ClinicalTrial)
        may_read = Permission.objects.get(codename="view_audit", content_type=content)
        TrialUserObjectPermission.objects.create(user=auditor, permission=may_read, content_object=elsewhere.trial)
    assert elsewhere.trial_id in selectors.reach_of(auditor).trials

    export(client, "csv")

    recorded = AuditLog.objects.filter(action="audit.exported").values_list("trial_id", flat=True)
    assert set(recorded) == {capture.trial_id}
