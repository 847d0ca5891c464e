"""What came with a study file can be read at once, and be entered under once its version is in force."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captures import services as captures
from captures.models import DataCapture
from edc.base.errors import Refused
from tests import factories
from tests.captures.importing.test_bring_in_data import bring_in
from trials import services as trials
from trials.models import Site, StudyVersion

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def manager():
    return factories.data_manager_of(factories.draft_trial())


def put_in_force(trial, manager):
    """Let an investigator approve the version that came with the data, and the trial; then open the sites."""
    root = factories.administrator()
    for site in Site.objects.filter(trial=trial):
        trials.change_site(site=site, changes={"status": "ACTIVE"}, reason="Open", version=site.version, by=root)
    approver = factories.investigator_at(Site.objects.filter(trial=trial).first())
    version = StudyVersion.objects.get(trial=trial, number=trial.study_versions.latest("number").number)
    version = trials.move_study_version(study_version=version, to="APPROVED", reason="Sound", by=approver)
    trials.move_study_version(study_version=version, to="PUBLISHED", reason="Start", by=manager)
    trial.refresh_from_db()
    trial = trials.move_trial(trial=trial, to="IN_REVIEW", reason="Ready", by=manager)
    trial = trials.approve_trial(trial=trial, reason="Sound", by=approver)
    return trials.move_trial(trial=trial, to="ACTIVE", reason="Start", by=manager)


def posted(page):
    """Return what a browser posts of a page that nobody typed into."""
    data = {}
    for field in page.context["form"]:
        for name, value in _inputs(field.field.widget.get_context(field.html_name, field.value(), {})["widget"]):
            data.setdefault(name, []).append(value)
    return data


def _inputs(widget):
    for part in widget.get("subwidgets", ()):
        yield from _inputs(part)
    for _, options, _ in widget.get("optgroups", ()):
        yield from ((widget["name"], str(one["value"])) for one in options if one["selected"])
    if not widget.get("subwidgets") and not widget.get("optgroups") and widget.get("value") not in (None, ""):
        yield widget["name"], str(widget["value"])


@pytest.mark.parametrize(
    "name",
    [
        *("openclinica/juno.xml.gz", "openedc/clinicaldata.xml.gz", "secutrial/ctu05.xml.gz"),
        "redcap-etl/repeating-events.xml.gz",
    ],
)
def test_every_form_that_came_opens_and_saves_with_its_values(name, manager):
    trial = manager.memberships.get().trial
    if name.startswith("openedc"):
        bring_in("openedc/metadata.xml.gz", trial, manager)
    bring_in(name, trial, manager)
    put_in_force(trial, manager)
    found = {(one.visit, one.form): one for one in DataCapture.objects.order_by("-id").select_related("site")}
    nurses = {site: factories.coordinator_at(site) for site in {one.site for one in found.values()}}

    for capture in found.values():
        client, address = Client(), reverse("captures:edit", args=[capture.pk])
        client.force_login(nurses[capture.site])
        page = client.get(address)
        assert page.status_code == 200
        reason = {"reason_kind": "Transcription error", "accept_missing": "yes"}
        answer = client.post(address, posted(page) | {"act": "submit"} | reason)

        assert answer.status_code == 302, (capture.visit, capture.form)
        after = DataCapture.objects.get(pk=capture.pk)
        assert after.data == capture.data, (capture.visit, capture.form)


def test_what_came_against_its_own_rules_stays_while_nothing_that_decides_changes(manager):
    trial = manager.memberships.get().trial
    for name in ("openedc/metadata.xml.gz", "openedc/clinicaldata.xml.gz"):
        bring_in(name, trial, manager)
    trial = put_in_force(trial, manager)
    calculated = list(DataCapture.objects.filter(trial=trial).order_by("pk")[::3])
    nurse = {site.pk: factories.coordinator_at(site) for site in Site.objects.filter(trial=trial)}

    saved = [
        captures.save_capture(capture=one, values={}, merge=True, version=one.version, by=nurse[one.site_id])
        for one in calculated
    ]

    assert calculated
    assert [one.data for one in saved] == [one.data for one in calculated]
    assert {one.version for one in saved} == {1}


def test_nothing_is_entered_under_a_version_that_nobody_approved(manager):
    trial = manager.memberships.get().trial
    bring_in("redcapr/dag.xml.gz", trial, manager)
    capture = DataCapture.objects.first()
    ready = factories.active_trial()
    assert capture.study_version.status == StudyVersion.Status.IN_REVIEW
    bring_in("redcapr/dag.xml.gz", ready, factories.data_manager_of(ready))
    capture = DataCapture.objects.filter(trial=ready).first()

    with pytest.raises(Refused, match="not published yet"):
        captures.save_capture(
            capture=capture, values={}, reason="Try", version=1, by=factories.coordinator_at(capture.site)
        )


def test_a_version_with_data_keeps_its_document(manager):
    trial = manager.memberships.get().trial
    bring_in("redcapr/dag.xml.gz", trial, manager)
    version = trials.move_study_version(
        study_version=StudyVersion.objects.get(trial=trial), to="DRAFT", reason="Change it", by=manager
    )

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        trials.change_study_version(
            study_version=version, document=factories.DOCUMENT, version=version.version, by=manager
        )


def test_data_alone_go_by_what_is_in_force_and_not_by_what_is_to_come(manager):
    trial = manager.memberships.get().trial
    bring_in("openedc/metadata.xml.gz", trial, manager)
    approver = factories.investigator_at(factories.site_in(trial))
    first = StudyVersion.objects.get(trial=trial)
    later = trials.create_study_version(trial=trial, document=first.document | {"name": "Amended"}, by=manager)
    soon = timezone.now().date() + timedelta(days=30)
    for made, day in ((first, None), (later, soon)):
        version = made
        for to, person in (("IN_REVIEW", manager), ("APPROVED", approver)):
            version = trials.move_study_version(study_version=version, to=to, reason="Sound", by=person)
        trials.publish_study_version(study_version=version, sites=None, effective_from=day, reason="Go", by=manager)

    _, row, _ = bring_in("openedc/clinicaldata.xml.gz", trial, manager)

    assert row.study_version == first
