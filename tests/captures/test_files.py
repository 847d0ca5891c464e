"""Files of forms: taken by what they are, stored under no name, fetched only by who may see the form, on record."""

import socket
import threading
from copy import deepcopy

import orjson
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AuditLog
from captures.models import UploadedFile
from captures.validators import check_values
from edc.base.uploads import kind_of, safe_name
from tests import factories
from tests.api.calling import by
from tests.captures.doors import text_of, typed

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path, settings):
    kept = deepcopy(settings.STORAGES)
    kept["files"]["OPTIONS"]["location"] = tmp_path
    settings.STORAGES = kept


def document():
    made = deepcopy(factories.DOCUMENT)
    made["items"].append({"oid": "SCAN", "name": "Scan", "type": "FILE", "required": True})
    for form in made["forms"]:
        if form["oid"] in {"VS", "DIARY"}:
            form["sections"][0]["items"].append("SCAN")
    return made


@pytest.fixture
def subject():
    return factories.subject_at(factories.site_in(factories.active_trial(document())))


@pytest.fixture
def nurse(subject, client):
    nurse = factories.coordinator_at(subject.site)
    client.force_login(nurse)
    return nurse


def send(client, capture, content=PDF, name="scan.pdf", **more):
    file = SimpleUploadedFile(name, content) if content is not None else ""
    body = {"version": capture.version, "place": "SCAN", "content": file, "act": "attach"} | more
    response = client.post(reverse("captures:attach", args=[capture.pk]), body)
    capture.refresh_from_db()
    return response


def fetched(client, row):
    response = client.get(reverse("captures:file", args=[row.pk]))
    if response.streaming:
        assert b"".join(response.streaming_content)
    return response.status_code


def test_a_file_is_attached_and_fetched_as_a_download_on_record(client, subject, nurse):
    capture = factories.capture_of(subject, {"NOTE": "x"}, by=nurse)

    assert send(client, capture).status_code == 302
    row = UploadedFile.objects.get()
    response = client.get(reverse("captures:file", args=[row.pk]))

    assert capture.data == {"NOTE": "x", "SCAN": {"file": str(row.pk), "name": "scan.pdf"}}
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="scan.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert (response["X-Content-Type-Options"], response["Content-Security-Policy"][:7]) == ("nosniff", "sandbox")
    assert AuditLog.objects.filter(action="captures.file_fetched", entity_id=row.pk).count() == 1
    assert "scan" not in row.key


def test_pages_show_the_file_and_saving_the_form_keeps_it(client, subject, nurse):
    capture = factories.capture_of(subject, {"NOTE": "x"}, by=nurse)
    send(client, capture)
    link = reverse("captures:file", args=[UploadedFile.objects.get().pk])

    client.post(reverse("captures:edit", args=[capture.pk]), typed({"NOTE": "y"}, version=capture.version))

    capture.refresh_from_db()
    assert capture.data["NOTE"] == "y"
    assert capture.data["SCAN"]["name"] == "scan.pdf"
    for name in ("edit", "capture", "attach"):
        assert link in text_of(client.get(reverse(f"captures:{name}", args=[capture.pk]) + "?place=SCAN")), name
    assert "scan.pdf" in text_of(client.get(reverse("captures:history", args=[capture.pk])))


def test_a_file_is_replaced_and_taken_away_with_a_reason_once_submitted(client, subject, nurse):
    capture = factories.capture_of(subject, by=nurse)
    send(client, capture)
    first = UploadedFile.objects.get()

    assert send(client, capture, name="new.pdf").status_code == 302
    assert send(client, capture, None, act="remove").status_code == 302

    assert "SCAN" not in capture.data
    assert fetched(client, first) == 200

    submitted = factories.capture_of(subject, visit="W2", submit=True, by=nurse)
    assert submitted.missing_items == 1
    assert send(client, submitted).status_code == 422
    assert send(client, submitted, reason="Came by post").status_code == 302
    assert submitted.missing_items == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<html><script>alert(1)</script>\x00"),
        ("run.exe", b"MZ\x90\x00\x03"),
        ("empty.txt", b""),
        ("none", None),
        ("big.pdf", PDF + b" " * 10_000_000),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(client, subject, nurse, name, content):
    capture = factories.capture_of(subject, by=nurse)

    response = send(client, capture, content, name=name)

    assert response.status_code == 422
    assert "SCAN" not in capture.data
    assert not UploadedFile.objects.exists()
    assert storages["files"].listdir("")[1] == []


@pytest.mark.parametrize(
    ("content", "name", "stored"),
    [
        (b"<html><script>1</script>", "page.html", "page.html.txt"),
        (b"a;b\n1;2\n", "../../etc/table.csv", "table.csv"),
        (b"\xff\xd8\xff\xe0", "photo.JPG", "photo.JPG"),
        (b"\x89PNG\r\n\x1a\n", "c:\\x\\y.php", "y.php.png"),
        (PDF, "a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ],
)
def test_a_name_ends_as_its_content_is(content, name, stored):
    kind = kind_of(SimpleUploadedFile("x", content))

    assert safe_name(name, kind) == stored


def test_no_input_can_name_a_file(subject):
    form = subject.study_version.definition.forms_by_oid["VS"]
    held = {"file": "01a20930-6217-71e0-83d9-f021f1fb261c", "name": "x.pdf"}

    assert check_values(form, {"SCAN": held}).errors == {"SCAN": ["Attach a file on the page of the form."]}
    assert check_values(form, {"SCAN": held}, stored={"SCAN": held}).values == {"SCAN": held}
    assert check_values(form, {"SCAN": {"missing": "UNK"}}).missing == ["SYSBP"]


def test_only_who_may_see_the_form_fetches_its_file(client, subject, nurse):
    capture = factories.capture_of(subject, by=nurse)
    send(client, capture)
    row = UploadedFile.objects.get()
    elsewhere = factories.coordinator_at(factories.site_in(subject.trial))

    for person, status in ((elsewhere, 404), (factories.monitor_at(subject.site), 200)):
        client.force_login(person)
        assert fetched(client, row) == status
    client.force_login(factories.monitor_at(subject.site))
    assert send(client, capture).status_code == 403


def test_a_participant_attaches_to_their_own_form(client, subject):
    participant = factories.participant_of(subject)
    capture = factories.capture_of(subject, {"MOOD": "3"}, visit="W2", form="DIARY", by=participant)
    client.force_login(participant)
    page = reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])
    assert reverse("captures:attach", args=[capture.pk]) in text_of(client.get(page))

    assert send(client, capture)["Location"] == f"{page}#id_i_SCAN_field"
    assert capture.data["SCAN"]["name"] == "scan.pdf"


@pytest.fixture
def scanned(client, subject, nurse, settings, tmp_path):
    """Return what sends a file while a scanner answers so: the page's response, and what the scanner saw."""

    def send_scanned(answer):
        capture, seen = factories.capture_of(subject, by=nurse), []
        settings.CLAMAV = str(tmp_path / "s")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(settings.CLAMAV)
            server.listen(1)

            def serve():
                wire, _ = server.accept()
                with wire:
                    while not seen or not seen[-1].endswith(b"\0\0\0\0"):
                        seen.append(wire.recv(10_000))
                    wire.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            response = send(client, capture)
            thread.join()
        return response, b"".join(seen)

    return send_scanned


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (b"stream: OK\0", 302, ""),
        (b"stream: Eicar FOUND\0", 409, "virus scanner refuses"),
        (b"", 503, "could not read"),
    ],
)
def test_a_configured_scanner_looks_at_each_file(scanned, answer, status, words):
    response, seen = scanned(answer)

    assert response.status_code == status
    assert words in text_of(response)
    assert PDF in seen


def test_without_its_scanner_nothing_is_taken(client, subject, nurse, settings, tmp_path):
    capture = factories.capture_of(subject, by=nurse)
    settings.CLAMAV = str(tmp_path / "nobody")

    assert send(client, capture).status_code == 503
    assert not UploadedFile.objects.exists()


def hand_in(caller, capture, content=PDF, name="scan.pdf", *, version=None, **more):
    body = {"place": "SCAN", "content": SimpleUploadedFile(name, content), **more}
    sent = caller.client.post(
        f"/api/v1/captures/{capture.pk}/files/", body, HTTP_IF_MATCH=f'"{version or capture.version}"'
    )
    return sent.status_code, orjson.loads(sent.content)


def test_the_api_takes_a_file_gives_it_and_takes_it_away(subject, nurse):
    capture, caller = factories.capture_of(subject, {"NOTE": "x"}, by=nurse), by(nurse)

    status, shown = hand_in(caller, capture)
    held = shown["data"]["SCAN"]
    answer = caller.get(f"captures/files/{held['file']}/")

    assert (status, held["name"], shown["version"]) == (200, "scan.pdf", 2)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="scan.pdf"'
    kept = caller("PATCH", f"captures/{capture.pk}/", {"data": {"NOTE": "y", "SCAN": held}}, version=2)
    assert kept.json()["data"] == {"NOTE": "y", "SCAN": held}
    gone = caller("PATCH", f"captures/{capture.pk}/", {"data": {"SCAN": None}}, version=3)
    assert gone.json()["data"] == {"NOTE": "y"}


def test_the_api_refuses_what_the_page_refuses(subject, nurse):
    capture, caller = factories.capture_of(subject, {"NOTE": "x"}, by=nurse, submit=True), by(nurse)

    for given, status, pointer in [
        ({"content": b"MZ\x90\x00\x03", "name": "scan.pdf", "reason": "Late"}, 400, "/content"),
        ({"place": "NOTE", "reason": "Late"}, 400, "/place"),
        ({}, 400, "/reason"),
        ({"version": 9, "reason": "Late"}, 412, ""),
    ]:
        got, problem = hand_in(caller, capture, **given)
        assert (got, problem.get("errors", [{"pointer": ""}])[0]["pointer"]) == (status, pointer)

    assert not UploadedFile.objects.exists()
    assert caller.post(f"captures/{capture.pk}/files/", {"place": "SCAN"}, version=1).status_code == 415
    assert hand_in(by(factories.monitor_at(subject.site)), capture)[0] == 403
    assert hand_in(by(factories.coordinator_at(factories.active_site())), capture)[0] == 404


def test_the_api_gives_a_file_to_who_may_see_its_form(subject, nurse):
    capture = factories.capture_of(subject, {"NOTE": "x"}, by=nurse)
    _, shown = hand_in(by(nurse), capture)
    path = f"captures/files/{shown['data']['SCAN']['file']}/"

    given = by(factories.monitor_at(subject.site)).get(path)
    refused = [
        by(user).get(path).status_code
        for user in (factories.sponsor_of(subject.trial), factories.coordinator_at(factories.site_in(subject.trial)))
    ]

    assert b"".join(given.streaming_content) == PDF
    assert refused == [404, 404]
