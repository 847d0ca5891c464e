"""Records: who sees which, that nobody edits them there, and what a page costs."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from edc.accounts.models import User
from edc.base.admin import rights_held
from patients.models import PatientProfile
from tests import factories
from trials.models import Membership, StudyVersion
from trials.roles import AT_A_SITE, RIGHTS, Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

APPS = ("accounts", "audit", "trials", "patients", "messaging", "captures")
# Bookkeeping without a meaning for people.
LEFT_OUT = {"Session", "IdempotencyKey", "FeedPosition"}
# Shown on pages alone: values and remarks that not everybody may see, one's own unsent entries, and work in hand.
LEFT_OUT |= {"DataQueryEntry", "FieldComment", "MovedCapture", "SourceRecord", "UploadedFile"}
LEFT_OUT |= {"EntryDraft", "StudyExport", "StudyFileJob"}


def address(model, page="changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def subject():
    subject = factories.subject_at(factories.active_site())
    factories.finalised_capture_of(subject)
    factories.conversation_with(subject)
    return subject


@pytest.fixture
def manager(client, subject):
    manager = factories.data_manager_of(subject.trial)
    client.force_login(manager)
    return manager


def models():
    return list(admin.site._registry)


def test_every_model_is_registered_and_nothing_of_others():
    ours = {
        model
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in LEFT_OUT and not model.__name__.startswith("Historical")
    }

    assert {model.__name__ for model in ours} == {model.__name__ for model in models()}


@pytest.mark.parametrize("role", Role)
def test_records_know_every_right_that_the_trials_give(rf, subject, role, django_assert_num_queries):
    place = subject.site if role in AT_A_SITE else subject.trial
    request = rf.get("/admin/")
    request.user = factories.member(role, place)

    assert rights_held(request) == RIGHTS[role]
    with django_assert_num_queries(0):
        rights_held(request)


def test_every_page_of_records_opens_or_is_refused(client, subject, manager):
    for someone in (manager, factories.administrator()):
        client.force_login(someone)
        assert client.get("/admin/").status_code == 200
        for model, records in admin.site._registry.items():
            answer = client.get(address(model))
            assert answer.status_code in (200, 403), model
            for row in list(records.model._default_manager.all()[:2]) if answer.status_code == 200 else []:
                assert client.get(address(model, "change", row.pk)).status_code in (200, 302), model
            assert client.get(address(model, "add")).status_code == 403, model


def test_only_managers_and_administrators_come_in(client, subject):
    for someone in (factories.coordinator_at(subject.site), factories.auditor_of(subject.trial), factories.person()):
        client.force_login(someone)

        answer = client.get("/admin/", follow=True)

        assert answer.status_code == 403
        assert len(answer.redirect_chain) == 1


def test_strangers_sign_in_and_come_to_the_record_they_asked_for(client, subject, manager):
    client.logout()
    record = address(StudyVersion)

    answer = client.get(record, follow=True)

    assert answer.redirect_chain[-1][0] == f"/accounts/login/?next={record}"
    client.force_login(manager)
    assert client.get(answer.redirect_chain[0][0], follow=True).redirect_chain == [(record, 302)]


def test_the_way_to_the_records_leads_nowhere_else(client, subject, manager):
    assert client.get("/admin/login/?next=https://evil.example/").url == "/admin/"


def test_data_manager_never_meets_identity(client, subject, manager):
    patient = subject.patient
    identity = patient.identity()
    pages = [address(PatientProfile), address(PatientProfile, "change", patient.pk)]
    pages.append(address(PatientProfile, "history", patient.pk))

    for page in pages:
        text = client.get(page).content.decode()
        assert str(patient.primary_clinic) in text or "history" in page
        for secret in (identity.display_name, identity.medical_record_number, patient.display_name_sealed):
            assert secret not in text


def test_another_trials_rows_and_versions_do_not_exist(client, subject, manager):
    other = factories.subject_at(factories.active_site())

    assert other.number not in client.get(address(type(other))).content.decode()
    assert client.get(address(type(other), "change", other.pk)).status_code == 302
    assert client.get(address(type(other), "history", other.pk)).status_code == 404
    version = other.history.first().pk
    assert client.get(address(type(other), "simple_history", other.pk, version)).status_code == 404
    assert client.get(address(type(subject), "history", subject.pk)).status_code == 200


def test_nothing_is_written_through_records(client, subject, manager):
    before = subject.version
    version = subject.history.first().pk

    for page in ("change", "delete"):
        assert client.post(address(type(subject), page, subject.pk), {"number": "X"}).status_code == 403
    assert (
        client.post(address(type(subject), "simple_history", subject.pk, version), {"number": "X"}).status_code == 404
    )
    subject.refresh_from_db()
    assert subject.version == before


def test_administrator_sees_no_clinical_records(client, subject):
    client.force_login(factories.administrator())

    for name in ("DataCapture", "Subject", "PatientProfile", "Conversation", "Message", "Appointment"):
        model = next(model for model in models() if model.__name__ == name)
        assert client.get(address(model)).status_code == 403


def test_role_ends_with_a_reason(client, subject):
    client.force_login(factories.administrator())
    membership = factories.coordinator_at(subject.site).memberships.get()
    chosen = {"action": "end_these_roles", "_selected_action": str(membership.pk)}

    asked = client.post(address(Membership), chosen)
    assert "Reason" in asked.content.decode()
    client.post(address(Membership), chosen | {"reason": "Left the clinic"})

    membership.refresh_from_db()
    assert membership.ends_at is not None
    assert membership.history.first().history_change_reason == "Left the clinic"


def test_data_manager_ends_no_role(client, subject, manager):
    membership = factories.coordinator_at(subject.site).memberships.get()

    client.post(
        address(Membership),
        {"action": "end_these_roles", "_selected_action": str(membership.pk), "reason": "Mischief"},
    )

    membership.refresh_from_db()
    assert membership.ends_at is None


def test_a_refused_move_says_why(client, subject, manager):
    published = StudyVersion.objects.get(trial=subject.trial)

    answer = client.post(
        address(StudyVersion),
        {"action": "publish", "_selected_action": str(published.pk), "reason": "Again"},
        follow=True,
    )

    assert "cannot become" in answer.content.decode()


def test_password_hashes_are_nowhere(client, subject):
    administrator = factories.administrator()
    client.force_login(administrator)

    page = client.get(address(User, "change", administrator.pk)).content.decode()
    assert administrator.email in page
    assert administrator.password not in page


@pytest.mark.parametrize("name", ["DataCapture", "Subject", "AuditLog", "Membership"])
def test_a_list_costs_the_same_with_more_rows(client, subject, manager, name):
    model = next(model for model in models() if model.__name__ == name)

    def queries():
        with CaptureQueriesContext(connection) as context:
            assert client.get(address(model)).status_code == 200
        return len(context)

    queries()
    few = queries()
    for _ in range(3):
        factories.capture_of(factories.subject_at(subject.site))

    assert queries() == few
