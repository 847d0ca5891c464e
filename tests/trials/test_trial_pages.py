"""The pages of trials: who finds them, who may act on them, and that each act goes through its service."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditLog
from tests import factories
from trials import services
from trials.models import ClinicalTrial, Membership, Site, StudyVersion
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

VIEWS = ["", "sites", "members", "study", "history"]


def shown(client, user, name, /, *keys, **asked):
    client.force_login(user)
    return client.get(reverse(f"trials:{name}", args=keys), asked)


def sent(client, user, name, /, *keys, **given):
    client.force_login(user)
    return client.post(reverse(f"trials:{name}", args=keys), given)


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def trial():
    return factories.active_trial()


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_of_a_trial_opens(client, trial, view):
    answer = shown(client, factories.data_manager_of(trial), "detail", trial.pk, view=view)

    assert answer.status_code == 200
    assert trial.title in text_of(answer)
    assert answer.context["view"] == view


def test_trials_of_others_do_not_exist(client, trial):
    other = factories.active_trial()
    manager = factories.data_manager_of(trial)

    listed = text_of(shown(client, manager, "list"))

    assert trial.protocol_number in listed
    assert other.protocol_number not in listed
    for name in ("detail", "edit", "move", "approve", "add_site", "grant"):
        assert shown(client, manager, name, other.pk).status_code == 404
    assert shown(client, manager, "change_site", other.sites.first().pk).status_code == 404
    assert shown(client, manager, "study_version", other.study_versions.first().pk).status_code == 404
    assert client.get(reverse("captures:progress", args=[other.pk])).status_code == 404


def test_participants_work_in_no_trial(client, trial):
    someone = factories.participant_of(factories.subject_at(trial.sites.first()))

    assert shown(client, someone, "detail", trial.pk).status_code == 404
    assert shown(client, someone, "study_version", trial.study_versions.first().pk).status_code == 404
    assert trial.protocol_number not in text_of(shown(client, someone, "list"))
    assert client.get(reverse("captures:progress", args=[trial.pk])).status_code == 404


@pytest.mark.parametrize("name", ["edit", "move", "approve", "add_site", "grant"])
def test_sponsor_looks_and_never_acts(client, trial, name):
    sponsor = factories.sponsor_of(trial)

    assert shown(client, sponsor, "detail", trial.pk).status_code == 200
    assert shown(client, sponsor, name, trial.pk).status_code == 403
    assert sent(client, sponsor, name, trial.pk).status_code == 403


def test_history_is_for_those_who_read_the_trail(client, trial):
    manager, sponsor = factories.data_manager_of(trial), factories.sponsor_of(trial)

    read = text_of(shown(client, manager, "detail", trial.pk, view="history"))
    refused = shown(client, sponsor, "detail", trial.pk, view="history")

    assert "Why: Sound" in read
    assert '<ins class="value-new">Approved</ins>' in read
    assert refused.context["view"] == ""
    assert "Why: Sound" not in text_of(refused)


def test_new_trial_is_a_draft_and_sent_twice_it_is_one(client):
    root = factories.administrator()
    given = {"protocol_number": "NEW-1", "title": "New", "planned_subjects": "30", "key": "once"}

    answers = [sent(client, root, "new", **given) for _ in range(2)]

    made = ClinicalTrial.objects.get(protocol_number="NEW-1")
    assert [answer.status_code for answer in answers] == [302, 302]
    assert made.status == "DRAFT"
    assert made.planned_subjects == 30


def test_what_is_wrong_with_a_new_trial_is_said_beside_the_field(client, trial):
    root = factories.administrator()
    given = {"protocol_number": "NEW-1", "title": "New", "planned_subjects": "0"}

    backwards = sent(client, root, "new", **given, start_date="2026-05-02", end_date="2026-05-01")
    taken = sent(client, root, "new", **given | {"protocol_number": trial.protocol_number})

    assert backwards.context["form"].errors["end_date"] == ["The trial cannot end before it starts."]
    assert "There is a trial with this protocol number." in text_of(taken)


def test_draft_is_edited_unless_somebody_else_was_faster(client):
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    given = {"title": "Better", "planned_subjects": "5", "reason": "Typing error", "version": trial.version}

    saved = sent(client, manager, "edit", trial.pk, **given)
    late = sent(client, manager, "edit", trial.pk, **given | {"title": "Too late"})

    trial.refresh_from_db()
    assert saved.status_code == 302
    assert late.context["form"].non_field_errors()
    assert trial.title == "Better"


def test_move_needs_a_reason_and_an_open_step(client, trial):
    manager = factories.data_manager_of(trial)

    silent = sent(client, manager, "move", trial.pk, to="SUSPENDED", version=trial.version, reason="")
    astray = sent(client, manager, "move", trial.pk, to="ARCHIVED", version=trial.version, reason="Try")
    moved = sent(client, manager, "move", trial.pk, to="SUSPENDED", version=trial.version, reason="Safety signal")

    trial.refresh_from_db()
    assert silent.context["form"].errors["reason"] == ["Say why."]
    assert "to" in astray.context["form"].errors
    assert moved.status_code == 302
    assert trial.status == "SUSPENDED"
    assert AuditLog.objects.filter(entity_id=trial.pk, reason="Safety signal").exists()


@pytest.mark.parametrize(("answer", "state"), [("yes", "APPROVED"), ("no", "DRAFT")])
def test_investigator_decides_on_a_trial_in_review(client, answer, state):
    trial = factories.draft_trial()
    investigator, manager = factories.investigator_at(factories.site_in(trial)), factories.data_manager_of(trial)
    trial = services.move_trial(trial=trial, to="IN_REVIEW", reason="Ready", by=manager)
    given = {"approved": answer, "reason": "Read it", "version": trial.version}

    refused = sent(client, manager, "approve", trial.pk, **given)
    decided = sent(client, investigator, "approve", trial.pk, **given)

    trial.refresh_from_db()
    assert refused.status_code == 403
    assert decided.status_code == 302
    assert trial.status == state
    assert "Read it" in text_of(shown(client, manager, "detail", trial.pk))


def test_administrator_adds_and_changes_a_site(client, trial):
    admin = factories.member(Role.ADMINISTRATOR, trial)
    given = {"name": "North", "country": "de", "time_zone": "Europe/Berlin", "planned_subjects": "4"}

    added = sent(client, admin, "add_site", trial.pk, code="N1", **given)
    again = sent(client, admin, "add_site", trial.pk, code="N1", **given)
    site = Site.objects.get(trial=trial, code="N1")
    change = given | {"status": "ON_HOLD", "reason": "No drug left", "version": site.version}
    changed = sent(client, admin, "change_site", site.pk, **change)

    site.refresh_from_db()
    assert [added.status_code, changed.status_code] == [302, 302]
    assert "This trial has a site with this code." in text_of(again)
    assert (site.country, site.status) == ("DE", "ON_HOLD")


def test_data_manager_does_not_change_sites(client, trial):
    manager = factories.data_manager_of(trial)

    assert sent(client, manager, "change_site", trial.sites.first().pk).status_code == 403


def test_role_is_given_to_an_approved_account_and_ended(client, trial):
    admin, someone = factories.member(Role.ADMINISTRATOR, trial), factories.person("Nora")
    given = {"email": someone.email.upper(), "role": "COORDINATOR", "site": trial.sites.first().pk, "reason": "Hired"}

    granted = sent(client, admin, "grant", trial.pk, **given)
    held = Membership.objects.get(user=someone)
    ended = sent(client, admin, "end_membership", held.pk, reason="Left", version=held.version)

    held.refresh_from_db()
    assert [granted.status_code, ended.status_code] == [302, 302]
    assert held.ends_at is not None
    assert not someone.groups.exists()


def test_role_is_refused_to_strangers_and_at_the_wrong_place(client, trial):
    admin, someone = factories.member(Role.ADMINISTRATOR, trial), factories.person("Nora")
    given = {"email": someone.email, "role": "COORDINATOR", "site": "", "reason": "Hired"}

    stranger = sent(client, admin, "grant", trial.pk, **given | {"email": "nobody@test.example"})
    nowhere = sent(client, admin, "grant", trial.pk, **given)

    assert "No approved account" in str(stranger.context["form"].errors["email"])
    assert nowhere.context["form"].errors["site"] == ["This role is held at a site: choose one."]
    assert not Membership.objects.filter(user=someone).exists()


def test_data_manager_ends_no_membership(client, trial):
    manager = factories.data_manager_of(trial)
    held = Membership.objects.get(user=manager)

    assert sent(client, manager, "end_membership", held.pk, reason="Mine", version=1).status_code == 403


def test_study_version_shows_its_matrix_and_its_next_steps(client, trial):
    manager = factories.data_manager_of(trial)
    draft = services.create_study_version(trial=trial, document=factories.DOCUMENT, by=manager)

    page = text_of(shown(client, manager, "study_version", draft.pk))
    moved = sent(client, manager, "move_study_version", draft.pk, to="IN_REVIEW", reason="Ready", version=draft.version)
    alone = sent(client, manager, "move_study_version", draft.pk, to="APPROVED", reason="Mine", version=2)

    draft.refresh_from_db()
    assert "Vital signs" in page
    assert "Week 2" in page
    assert "Hand in for review" in page
    assert moved.status_code == 302
    assert "to" in alone.context["form"].errors
    assert draft.status == StudyVersion.Status.IN_REVIEW


def test_study_version_sent_back_and_edited_shows_what_it_says_now(client, trial):
    manager = factories.data_manager_of(trial)
    version = services.create_study_version(trial=trial, document=factories.DOCUMENT, by=manager)
    version = services.move_study_version(study_version=version, to="IN_REVIEW", reason="Ready", by=manager)
    reviewed = text_of(shown(client, manager, "study_version", version.pk))
    version = services.move_study_version(study_version=version, to="DRAFT", reason="Not yet", by=manager)
    visits = [*factories.DOCUMENT["visits"], {"oid": "W9", "name": "Week 9", "target_day": 63, "forms": ["VS"]}]
    edited = factories.DOCUMENT | {"visits": visits}

    version = services.change_study_version(study_version=version, document=edited, version=version.version, by=manager)
    services.move_study_version(study_version=version, to="IN_REVIEW", reason="Ready", by=manager)

    assert "Week 9" not in reviewed
    assert "Week 9" in text_of(shown(client, manager, "study_version", version.pk))


def test_draft_of_a_study_is_hidden_from_who_neither_builds_nor_approves(client, trial):
    draft = services.create_study_version(trial=trial, document=factories.DOCUMENT, by=factories.data_manager_of(trial))

    assert shown(client, factories.sponsor_of(trial), "study_version", draft.pk).status_code == 404


@pytest.mark.parametrize("view", ["", "sites", "members", "study", "history"])
def test_views_cost_the_same_however_much_they_show(client, trial, view):
    admin = factories.administrator()
    shown(client, admin, "detail", trial.pk, view=view)
    few = queries_of(client, reverse("trials:detail", args=[trial.pk]), view)

    for _ in range(3):
        factories.coordinator_at(factories.site_in(trial))
    services.create_study_version(trial=trial, document=factories.DOCUMENT, by=factories.data_manager_of(trial))

    assert queries_of(client, reverse("trials:detail", args=[trial.pk]), view) == few


def test_list_costs_the_same_however_long_it_is(client, trial):
    shown(client, factories.administrator(), "list")
    few = queries_of(client, reverse("trials:list"))

    for _ in range(3):
        factories.site_in(factories.draft_trial())

    assert queries_of(client, reverse("trials:list")) == few


def queries_of(client, address, view=""):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, {"view": view}).status_code == 200
    return len(queries)
