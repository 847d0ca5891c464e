"""A study version is brought in from a file: looked at first, then taken as a draft."""

import json
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from tests import factories
from trials.models import StudyVersion

pytestmark = pytest.mark.django_db

HEAD = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,Choices,Field Note,Validation,Min,Max,"
    "Identifier?,Branching Logic,Required?,Custom Alignment,Question Number,Matrix Group Name,Matrix Ranking?,"
    "Field Annotation"
)
DICTIONARY = "\n".join(
    [
        HEAD,
        'record_id,baseline,,text,"Record, please",,,,,,,,,,,,,',
        'smokes,baseline,,radio,Do you smoke?,"1, Yes | 0, No",,,,,,,y,,,,,',
        "packs,baseline,,text,Packs a day,,,integer,0,9,,[smokes] = '1',,,,,,",
        "years,baseline,,calc,Pack years,[packs] * 20,,,,,,,,,,,,",
        "odd,baseline,,calc,<script>alert(1)</script>,[current-instance] + 1,,,,,,,,,,,,",
        "lab,baseline,,sql,From a query,select 1,,,,,,,,,,,,",
    ]
)


@pytest.fixture
def trial():
    return factories.draft_trial()


@pytest.fixture
def page(trial):
    client = Client()
    client.force_login(factories.data_manager_of(trial))
    address = f"/trials/{trial.pk}/study-versions/new/"

    def send(content=None, **more):
        data = {"file": SimpleUploadedFile("study.csv", content.encode())} if content is not None else more
        return client.post(address, data)

    return send


def hidden(answer, name):
    return answer.context["form"].initial.get(name) or answer.context["form"][name].value()


def test_a_file_is_shown_before_anything_is_taken(page):
    answer = page(DICTIONARY)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "REDCap data dictionary" in text
    assert "current-instance" in text
    assert "<script>alert" not in text
    assert not StudyVersion.objects.exists()


def test_what_was_shown_is_taken_as_a_draft(page, trial):
    shown = page(DICTIONARY)

    answer = page(document=hidden(shown, "document"), key="k1")

    version = StudyVersion.objects.get(trial=trial)
    assert answer["Location"] == f"/study-versions/{version.pk}/"
    assert version.status == StudyVersion.Status.DRAFT
    items = version.definition.forms[0].every_item
    assert items["packs"].condition == "[smokes] = '1'"
    assert items["years"].calculation == "[packs] * 20"


def test_sent_twice_it_is_taken_once(page, trial):
    document = hidden(page(DICTIONARY), "document")

    for _time in range(2):
        page(document=document, key="k1")

    assert trial.study_versions.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("hello", "neither ODM nor a REDCap"),
        ('{"schema": "other"}', "its schema must be edc-study/1"),
        ('{"schema": "edc-study/1"', "It is damaged"),
        ('{"schema": "edc-study/1", "name": "X", "items": [{"oid": "A"}]}', "$.items[0].type"),
        ("<ODM", "line 1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(page, content, said):
    answer = page(content)

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_damaged_document_is_not_taken(page, trial):
    for document in ("{", '{"schema": "edc-study/1", "name": ""}', "[" * 5_000):
        assert page(document=document, key="").status_code == 422
    assert not trial.study_versions.exists()


def test_the_portals_own_document_is_taken(page, trial):
    shown = page(json.dumps(factories.DOCUMENT))

    page(document=hidden(shown, "document"), key="k1")

    assert trial.study_versions.get().document == factories.DOCUMENT


def test_only_who_builds_the_study_may_bring_one_in(trial):
    for person in (factories.monitor_at(trial), factories.auditor_of(trial)):
        client = Client()
        client.force_login(person)
        assert client.get(f"/trials/{trial.pk}/study-versions/new/").status_code == 403


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dictionary.csv"
    path.write_text(DICTIONARY)
    return path


def test_the_command_only_looks_when_asked(file):
    out = StringIO()

    call_command("import_study", file, "--dry-run", "--json", stdout=out)

    found = json.loads(out.getvalue())
    assert (found["kind"], found["forms"], found["refused"]) == ("REDCap data dictionary", 1, [])
    assert any("odd" in one["place"] + one["what"] for one in found["unsupported"])
    assert not StudyVersion.objects.exists()


def test_the_command_takes_it_in_the_name_of_a_data_manager(file, trial):
    manager = factories.data_manager_of(trial)

    call_command("import_study", file, protocol=trial.protocol_number, by=manager.email, stdout=StringIO())

    assert trial.study_versions.get().written_by == manager


def test_the_command_takes_nothing_for_who_may_not(file, trial, tmp_path):
    monitor = factories.monitor_at(trial)

    for asked in (
        {"protocol": trial.protocol_number, "by": monitor.email},
        {"protocol": trial.protocol_number, "by": "nobody@test.example"},
        {"protocol": "NONE", "by": monitor.email},
        {},
    ):
        with pytest.raises(CommandError):
            call_command("import_study", file, **asked, stdout=StringIO())
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_study", tmp_path / "none.xml", stdout=StringIO())
    assert not trial.study_versions.exists()
