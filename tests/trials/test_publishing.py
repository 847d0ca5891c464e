"""Study versions hold per site from a day; nothing that was published changes; comments are for who makes the study."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import services as audit
from audit.models import AuditLog
from audit.services import locked
from captures import services as captures
from edc.base.errors import Refused
from tests import factories
from tests.api.calling import by as as_person
from tests.messaging.test_reads_at_the_same_moment import wait_until_somebody_waits
from trials import services
from trials.models import SitePublication, StudyVersion
from trials.selectors import version_at


@pytest.fixture
def trial(db):
    return factories.active_trial()


@pytest.fixture
def manager(trial):
    return factories.data_manager_of(trial)


def approved(trial, manager, *, to="APPROVED"):
    """Make the trial's next version, approved by an investigator who did not build it."""
    document = factories.DOCUMENT | {"name": "Amendment"}
    version = services.create_study_version(trial=trial, document=document, by=manager)
    version = services.move_study_version(study_version=version, to="IN_REVIEW", reason="Ready", by=manager)
    approver = factories.investigator_at(trial.sites.get(code=trial.sites.first().code))
    return services.move_study_version(study_version=version, to=to, reason="Sound", by=approver)


def publish(version, by, **body):
    address = f"study-versions/{version.pk}/publish/"
    return as_person(by).post(address, {"reason": "Approved there"} | body, version=version.version)


def test_version_published_at_one_site_holds_there_alone(trial, manager):
    here, elsewhere = trial.sites.first(), factories.site_in(trial)
    version = approved(trial, manager)

    answer = publish(version, manager, sites=[str(here.pk)], ethics_reference="EC 7")

    assert answer.status_code == 200, answer.content
    assert version_at(here.pk).number == 2
    assert version_at(elsewhere.pk).number == 1
    assert StudyVersion.objects.get(trial=trial, number=1).status == "PUBLISHED"
    told = AuditLog.objects.get(entity_type="SitePublication", action="trials.published", site_id=here.pk)
    assert told.reason == "Approved there"
    assert told.metadata["ethics_reference"] == "EC 7"


def test_version_published_for_all_sites_holds_at_those_opened_later_and_supersedes(trial, manager):
    version = approved(trial, manager)

    assert publish(version, manager).status_code == 200

    assert version_at(factories.site_in(trial).pk).number == 2
    assert StudyVersion.objects.get(trial=trial, number=1).status == "SUPERSEDED"


def test_version_holds_from_its_day_and_not_before(trial, manager):
    site, version = trial.sites.first(), approved(trial, manager)

    publish(version, manager, effective_from=str(timezone.now().date() + timedelta(days=3)))

    assert version_at(site.pk).number == 1
    assert StudyVersion.objects.get(trial=trial, number=1).status == "PUBLISHED"
    with connection.cursor() as cursor:
        cursor.execute("select edc_version_in_force(%s, now() + interval '4 days')", [site.pk])
        assert cursor.fetchone()[0] == version.pk


def test_subjects_follow_their_site_and_keep_what_they_were_enrolled_under(trial, manager):
    site = trial.sites.first()
    subject, version = factories.subject_at(site), approved(trial, manager)
    entered = factories.capture_of(subject)

    publish(version, manager, sites=[str(site.pk)])
    fresh = type(subject).objects.get(pk=subject.pk)
    later = factories.capture_of(fresh, visit="W2")

    assert later.study_version.number == 2
    entered.refresh_from_db()
    assert entered.study_version.number == 1
    assert fresh.enrolled_version.number == 1
    shown = as_person(factories.coordinator_at(site)).get(f"subjects/{subject.pk}/").json()
    assert shown["study_version"] == str(version.pk)


def test_day_that_is_over_and_unknown_sites_are_refused(trial, manager):
    version, abroad = approved(trial, manager), factories.active_site()

    over = publish(version, manager, effective_from="2026-01-01")
    unknown = publish(version, manager, sites=[str(abroad.pk)])
    nowhere = publish(version, manager, sites=[])

    assert (over.status_code, unknown.status_code, nowhere.status_code) == (400, 400, 400)
    assert "This day is over." in over.content.decode()
    assert not SitePublication.objects.filter(study_version=version).exists()


def test_version_is_published_once_at_a_place_and_never_under_a_newer_one(trial, manager):
    site, older, newer = trial.sites.first(), approved(trial, manager), approved(trial, manager)
    publish(newer, manager, sites=[str(site.pk)])

    beneath = publish(older, manager, sites=[str(site.pk)])
    newer.refresh_from_db()
    again = publish(newer, manager, sites=[str(site.pk)])

    assert beneath.status_code == 409
    assert "The newer version 3 is published" in beneath.content.decode()
    assert again.status_code == 409


def test_draft_is_not_published_and_others_do_not_publish(trial, manager):
    draft = services.create_study_version(trial=trial, document=factories.DOCUMENT, by=manager)
    ready = approved(trial, manager)

    assert publish(draft, manager).status_code == 409
    assert publish(ready, factories.investigator_at(trial.sites.first())).status_code == 403
    assert publish(ready, factories.sponsor_of(trial)).status_code == 404


def test_publication_never_changes(trial, manager):
    row = SitePublication.objects.get(trial=trial)

    row.effective_from = row.effective_from - timedelta(days=30)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        audit.save(row, by=manager, action="trials.published")


def test_version_is_retired_when_no_site_uses_it_and_no_draft_is_in_it(trial, manager):
    site = trial.sites.first()
    draft = factories.capture_of(factories.subject_at(site))
    first = StudyVersion.objects.get(trial=trial, number=1)
    with pytest.raises(Refused, match="Sites use this version"):
        services.move_study_version(study_version=first, to="RETIRED", reason="Old", by=manager)
    publish(approved(trial, manager), manager)
    with pytest.raises(Refused, match="are drafts still"):
        services.move_study_version(study_version=first, to="RETIRED", reason="Old", by=manager)

    captures.save_capture(capture=draft, version=draft.version, submit=True, by=factories.coordinator_at(site))
    retired = services.move_study_version(study_version=first, to="RETIRED", reason="Old", by=manager)

    assert retired.status == "RETIRED"
    with pytest.raises(Refused):
        services.move_study_version(study_version=retired, to="PUBLISHED", reason="Back", by=manager)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_who_publish_at_once_publish_once():
    trial = factories.active_trial()
    manager = factories.data_manager_of(trial)
    version, outcomes = approved(trial, manager), []

    def act():
        try:
            services.publish_study_version(
                study_version=version, sites=None, reason="Now", version=version.version, by=manager
            )
            outcomes.append("published")
        except Refused as refused:
            outcomes.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["Stale", "published"]
    assert SitePublication.objects.filter(study_version=version).count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_moves_a_version_waits_for_its_trial_before_holding_it():
    trial = factories.active_trial()
    manager = factories.data_manager_of(trial)
    version = approved(trial, manager)

    def move():
        try:
            services.move_study_version(study_version=version, to="PUBLISHED", reason="Start", by=manager)
        finally:
            connection.close()

    other = Thread(target=move)
    with transaction.atomic():
        locked(trial)
        other.start()
        wait_until_somebody_waits()
        free = StudyVersion.objects.select_for_update(no_key=True, nowait=True)
        assert free.get(pk=version.pk).status == "APPROVED"
    other.join()

    assert SitePublication.objects.filter(study_version=version).count() == 1


def test_reviewers_comment_and_resolve_until_it_is_published(trial, manager):
    version = approved(trial, manager)
    address = f"study-versions/{version.pk}/comments/"
    reviewer = factories.investigator_at(trial.sites.first())

    made = as_person(reviewer).post(address, {"text": "Is <b>this</b> asked twice?", "path": "$.forms[0]"})
    resolved = as_person(manager).post(f"review-comments/{made.json()['id']}/resolve/", {}, version=1)
    again = as_person(manager).post(f"review-comments/{made.json()['id']}/resolve/", {}, version=2)
    publish(version, manager)
    late = as_person(reviewer).post(address, {"text": "Too late"})

    assert (made.status_code, resolved.status_code, again.status_code, late.status_code) == (201, 200, 409, 409)
    assert [row["text"] for row in as_person(manager).get(address).json()["results"]] == ["Is <b>this</b> asked twice?"]
    assert as_person(factories.monitor_at(trial)).get(address).status_code == 404


def test_publications_are_listed_for_the_sites_that_one_sees(trial, manager):
    here, elsewhere = trial.sites.first(), factories.site_in(trial)
    version = approved(trial, manager)
    publish(version, manager, sites=[str(elsewhere.pk)])

    mine = as_person(factories.coordinator_at(here)).get("publications/").json()["results"]
    theirs = as_person(factories.coordinator_at(elsewhere)).get("publications/").json()["results"]

    assert [row["number"] for row in mine] == [1]
    assert [row["number"] for row in theirs] == [2, 1]
