"""Data managers publish on a page, reviewers comment on one, and everybody reads what holds at their sites."""

import copy

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from trials import services
from trials.models import ReviewComment, SitePublication
from trials.selectors import version_at


@pytest.fixture
def trial(db):
    return factories.active_trial()


@pytest.fixture
def manager(trial):
    return factories.data_manager_of(trial)


@pytest.fixture
def version(trial, manager):
    """Return the trial's second version, approved."""
    made = services.create_study_version(trial=trial, document=factories.DOCUMENT | {"name": "Amendment"}, by=manager)
    made = services.move_study_version(study_version=made, to="IN_REVIEW", reason="Ready", by=manager)
    approver = factories.investigator_at(trial.sites.first())
    return services.move_study_version(study_version=made, to="APPROVED", reason="Sound", by=approver)


def session_of(person):
    client = Client()
    client.force_login(person)
    return client


def sent(person, name, row, **form):
    return session_of(person).post(reverse(f"trials:{name}", args=[row.pk]), form)


def test_data_manager_publishes_at_the_sites_chosen(trial, manager, version):
    here, elsewhere = trial.sites.first(), factories.site_in(trial)
    form = {"where": "chosen", "sites": [str(here.pk)], "reason": "Approved there", "version": version.version}

    done = sent(manager, "publish", version, **form)
    page = session_of(factories.coordinator_at(here)).get(reverse("trials:study_version", args=[version.pk]))

    assert done.status_code == 302
    assert (version_at(here.pk).number, version_at(elsewhere.pk).number) == (2, 1)
    text = page.content.decode()
    assert str(here) in text
    assert str(elsewhere) not in text
    assert (
        "Review comments"
        in session_of(manager).get(reverse("trials:study_version", args=[version.pk])).content.decode()
    )
    assert "Review comments" not in text


def test_what_was_typed_stays_when_it_cannot_be_published(manager, version):
    form = {"where": "chosen", "reason": "Approved there", "ethics_reference": "EC 12", "version": version.version}

    page = sent(manager, "publish", version, **form)

    assert page.status_code == 422
    assert "Choose at least one site." in page.content.decode()
    assert 'value="EC 12"' in page.content.decode()
    assert not SitePublication.objects.filter(study_version=version).exists()


def test_site_that_has_the_version_is_not_offered_again(trial, manager, version):
    here, elsewhere = trial.sites.first(), factories.site_in(trial)
    version = services.publish_study_version(study_version=version, sites=[here], reason="There", by=manager)

    page = session_of(manager).get(reverse("trials:publish", args=[version.pk])).content.decode()

    assert f'value="{elsewhere.pk}"' in page
    assert f'value="{here.pk}"' not in page


def test_who_does_not_build_the_study_does_not_publish(trial, version):
    investigator = factories.investigator_at(trial.sites.first())

    assert session_of(investigator).get(reverse("trials:publish", args=[version.pk])).status_code == 403
    assert sent(investigator, "publish", version, where="all", reason="Now", version=1).status_code == 403


def test_reviewers_comment_and_resolve_on_the_page_of_the_version(trial, manager, version):
    reviewer = factories.investigator_at(trial.sites.first())

    sent(reviewer, "comment", version, text="Is <i>this</i> asked twice?", path="$.forms[0]")
    comment = ReviewComment.objects.get()
    before = session_of(manager).get(reverse("trials:study_version", args=[version.pk])).content.decode()
    sent(manager, "resolve_comment", comment)
    again = session_of(manager).post(reverse("trials:resolve_comment", args=[comment.pk]), follow=True)

    assert "Is &lt;i&gt;this&lt;/i&gt; asked twice?" in before
    assert ReviewComment.objects.get().resolved_by == manager
    assert "resolved already" in again.content.decode()


def test_comment_without_words_and_by_strangers_is_refused(trial, manager, version):
    empty = sent(manager, "comment", version, text=" ", path="")
    nowhere = sent(manager, "comment", version, text="Look", path="forms")

    assert (empty.status_code, nowhere.status_code) == (422, 422)
    assert "This is no place in the document." in nowhere.content.decode()
    assert sent(factories.monitor_at(trial), "comment", version, text="Hello").status_code == 404
    assert not ReviewComment.objects.exists()


def test_page_costs_the_same_however_many_sites_there_are(trial, manager, version, django_assert_max_num_queries):
    address, client = reverse("trials:study_version", args=[trial.study_versions.get(number=1).pk]), session_of(manager)
    client.get(address)
    with django_assert_max_num_queries(40) as few:
        client.get(address)
    for _ in range(3):
        factories.site_in(trial)

    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_who_approves_a_version_reads_its_rules_and_how_the_tests_of_its_checks_went(trial, manager):
    document = copy.deepcopy(factories.DOCUMENT)
    systolic = next(item for item in document["items"] if item["oid"] == "SYSBP")
    systolic["condition"] = "[WEIGHT] > 20"
    wrong = {"values": {"[SYSBP]": "100"}, "fires": True}
    right = {"values": {"[SYSBP]": "190"}, "fires": True}
    check = {"oid": "HIGH", "form": "VS", "item": "SYSBP", "fails_when": "[SYSBP] > 180", "message": "<b>Too high?</b>"}
    document["checks"] = [check | {"severity": "SOFT", "cases": [right, wrong]}]
    made = services.create_study_version(trial=trial, document=document, by=manager)
    made = services.move_study_version(study_version=made, to="IN_REVIEW", reason="Ready", by=manager)

    approver = session_of(factories.investigator_at(trial.sites.first()))
    page = approver.get(reverse("trials:study_version", args=[made.pk])).content.decode()

    assert "[SYSBP] &gt; 180" in page
    assert "&lt;b&gt;Too high?&lt;/b&gt;" in page
    assert "1 of 2 failed" in page
    assert "Asked when <code>[WEIGHT] &gt; 20</code>" in page
    preview = reverse("captures:preview", args=[made.pk])
    assert f'href="{preview}"' in page
    assert approver.get(preview).status_code == 200
