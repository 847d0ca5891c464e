"""Data managers see what a version touches, move it and undo it, on pages and through the API; others do not."""

import pytest
from django.test import Client
from django.urls import reverse

from captures.models import CaptureMove, DataCapture
from tests import factories
from tests.api.calling import by as as_person
from tests.api.calling import key
from tests.captures.moving import amended, item, stored, without


@pytest.fixture
def study(db):
    """Return a trial whose site has a form in the first version while the second, without weight, is in force."""
    made = amended()
    factories.capture_of(factories.subject_at(made.site), submit=True)

    def change(document):
        without("WEIGHT")(document)
        item(document, "SYSBP")["ranges"][0]["max"] = "110"

    made.amend(change)
    return made


def session_of(person):
    client = Client()
    client.force_login(person)
    return client


def page(study):
    return reverse("captures:move", args=[study.new.pk, study.site.pk, 1])


def test_page_lists_what_is_touched_before_anything_is_moved(study):
    client = session_of(study.manager)

    overview = client.get(reverse("captures:impact", args=[study.new.pk])).content.decode()
    shown = client.get(page(study)).content.decode()

    assert str(study.site) in overview
    assert "71.50 kg" in shown
    assert "Upper limit (soft) 200 → 110" in shown
    assert not CaptureMove.objects.exists()


def test_data_manager_moves_and_undoes_on_the_page(study):
    client, before = session_of(study.manager), stored(study.site)

    done = client.post(page(study), {"finalised": "LEAVE", "reason": "Amendment 2"}, follow=True)
    move = CaptureMove.objects.get()
    result = done.content.decode()
    undone = client.post(reverse("captures:moved", args=[move.pk]), {"reason": "Too early", "version": 1}, follow=True)

    assert "Moved to version 2: 1." in result
    assert "Weight: 71.50 kg" in result
    assert "every form is as it was" in undone.content.decode()
    assert stored(study.site) == before


def test_move_without_a_reason_keeps_what_was_chosen(study):
    answer = session_of(study.manager).post(page(study), {"finalised": "REOPEN", "reason": ""})

    assert answer.status_code == 422
    assert "Say why." in answer.content.decode()
    assert not CaptureMove.objects.exists()


def test_version_that_is_not_in_force_offers_no_move(study):
    address = reverse("captures:move", args=[study.old.pk, study.site.pk, 2])

    assert "in force at the site" in session_of(study.manager).get(address).content.decode()
    assert session_of(study.manager).post(address, {"finalised": "LEAVE", "reason": "Back"}).status_code == 409


def test_who_does_not_build_the_study_moves_nothing(study):
    investigator, monitor = factories.investigator_at(study.site), factories.monitor_at(study.trial)

    assert session_of(investigator).post(page(study), {"finalised": "LEAVE", "reason": "Me"}).status_code == 403
    assert session_of(monitor).get(page(study)).status_code == 403
    assert session_of(factories.coordinator_at(factories.active_site())).get(page(study)).status_code == 404


def test_api_tells_moves_and_undoes(study):
    manager, before = as_person(study.manager), stored(study.site)
    body = {"site": str(study.site.pk), "from_version": str(study.old.pk), "to_version": str(study.new.pk)}

    told = manager.get(f"study-versions/{study.new.pk}/impact/?site={study.site.pk}&from={study.old.pk}").json()
    sent = key()
    moved = manager.post("capture-moves/", body | {"reason": "Amendment 2"}, **sent)
    again = manager.post("capture-moves/", body | {"reason": "Amendment 2"}, **sent)
    listed = manager.get("capture-moves/").json()["results"]
    undone = manager.post(f"capture-moves/{moved.json()['id']}/undo/", {"reason": "Too early"}, version=1)

    assert told["forms"] == [
        {
            "form": "VS",
            "name": "Vital signs",
            "kind": "REMOVED",
            "items": {"SYSBP": "RULES", "WEIGHT": "REMOVED"},
            "by_status": {"SUBMITTED": 1},
            "stays": 0,
        }
    ]
    assert (moved.status_code, again.json()["id"]) == (201, moved.json()["id"])
    assert (moved.json()["moved"], moved.json()["values_set_aside"]) == (1, 1)
    assert [row["id"] for row in listed] == [moved.json()["id"]]
    assert undone.json()["state"] == "UNDONE"
    assert stored(study.site) == before


def test_api_refuses_others_and_stale_undoing(study):
    coordinator = as_person(factories.coordinator_at(study.site))
    body = {"site": str(study.site.pk), "from_version": str(study.old.pk), "to_version": str(study.new.pk)}

    refused = coordinator.post("capture-moves/", body | {"reason": "Me"})
    moved = as_person(study.manager).post("capture-moves/", body | {"reason": "Amendment 2"}).json()
    stale = as_person(study.manager).post(f"capture-moves/{moved['id']}/undo/", {"reason": "Now"}, version=7)
    theirs = coordinator.post(f"capture-moves/{moved['id']}/undo/", {"reason": "Now"}, version=1)

    assert (refused.status_code, stale.status_code, theirs.status_code) == (403, 412, 403)
    assert DataCapture.objects.get().study_version == study.new


def test_history_of_a_moved_form_says_so(study):
    body = {"site": str(study.site.pk), "from_version": str(study.old.pk), "to_version": str(study.new.pk)}
    as_person(study.manager).post("capture-moves/", body | {"reason": "Amendment 2"})

    history = session_of(study.manager).get(reverse("captures:history", args=[DataCapture.objects.get().pk]))

    assert "Moved to another study version" in history.content.decode()
    assert "71.50" in history.content.decode()
    assert str(study.old.pk) not in history.content.decode()
