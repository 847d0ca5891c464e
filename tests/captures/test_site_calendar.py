"""Days and times go by the calendar and the clocks of the site, whoever looks and from wherever."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from captures.models import DataCapture
from captures.services import save_capture
from edc.accounts.services.accounts import update_profile
from tests import factories
from tests.captures.doors import form_address, text_of, typed
from trials.services import change_site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

GRID = reverse("captures:grid")


def site_in_zone(zone):
    site = factories.active_site()
    return change_site(
        site=site, changes={"time_zone": zone}, reason="Test", version=site.version, by=factories.administrator()
    )


def signed_in(client, site, zone):
    """Sign in as a coordinator of the site whose own pages are in another time zone."""
    nurse = factories.coordinator_at(site)
    update_profile(user=nurse, display_name="Nurse", time_zone=zone, locale="en-gb")
    client.force_login(nurse)
    return nurse


def test_what_is_late_goes_by_the_day_at_the_site(client):
    """Week 2 is due from 13 to 16 June: at 11 UTC on the 16th it is the 17th in Auckland and the 16th in Hawaii."""
    site = site_in_zone("Pacific/Honolulu")
    subject = factories.subject_at(site)
    factories.capture_of(subject)

    with time_machine.travel(datetime(2026, 6, 16, 12, 30, tzinfo=UTC)):
        signed_in(client, site, "Pacific/Auckland")
        late = text_of(client.get(GRID, {"site": site.pk, "status": "OVERDUE"}))
        due = text_of(client.get(GRID, {"site": site.pk, "status": "DUE"}))
        whole = client.get(GRID, {"site": site.pk}).context["grid"]
        book = client.get(reverse("captures:casebook", args=[subject.pk])).context["book"]
        home = client.get(reverse("captures:site_home", args=[site.pk])).context["work"]

    week_2 = next(visit for visit in book.visits if visit.visit.oid == "W2")
    assert subject.number not in late
    assert subject.number in due
    assert [cell.state for cell in whole.rows[0].cells if cell.visit.oid == "W2"] == ["DUE"]
    assert week_2.state == "DUE"
    assert next(tile.count for tile in home if "overdue" in tile.label) == 0


def test_today_is_today_at_the_site_when_a_subject_moves_on(client):
    """It is the 17th in Auckland while it is the 16th in Hawaii, where the nurse's account is."""
    site = site_in_zone("Pacific/Auckland")
    subject = factories.subject_at(site)
    move = {"version": subject.version, "disposition": "ON_TREATMENT", "on": "t", "reason": "First dose"}

    with time_machine.travel(datetime(2026, 6, 16, 20, tzinfo=UTC)):
        signed_in(client, site, "Pacific/Honolulu")
        answer = client.post(reverse("captures:disposition", args=[subject.pk]), move)

    subject.refresh_from_db()
    assert answer.status_code == 302
    assert subject.disposition_date == date(2026, 6, 17)


def test_time_in_the_hour_that_autumn_has_twice_stays_when_it_is_not_touched(client):
    site = site_in_zone("Europe/Berlin")
    subject = factories.subject_at(site)
    second = datetime(2026, 10, 25, 1, 30, 12, 345678, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 10, 26, 12, tzinfo=UTC)):
        client.force_login(factories.coordinator_at(site))
        capture = factories.capture_of(subject, {"SYSBP": "120"}, timestamp=second)
        page = typed({"SYSBP": "125"}, version=1, observed_date="25 Oct 2026", observed_time="02:30")

        client.post(reverse("captures:edit", args=[capture.pk]), page)

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "125"}
    assert capture.timestamp == second


def test_time_that_the_clocks_skip_is_refused(client):
    site = site_in_zone("Europe/Berlin")
    subject = factories.subject_at(site)
    client.force_login(factories.coordinator_at(site))

    answer = client.post(form_address(subject), typed(observed_date="29 Mar 2026", observed_time="02:30"))

    assert answer.status_code == 422
    assert "the clocks go forward" in text_of(answer)
    assert not DataCapture.objects.exists()


def test_choosing_the_moment_that_is_saved_changes_nothing(client):
    subject = factories.subject_at(factories.active_site())
    capture = factories.capture_of(subject, {"SYSBP": "120"})
    moved = capture.timestamp + timedelta(hours=1, seconds=12, microseconds=345678)
    save_capture(
        capture=capture, values=capture.data, timestamp=moved, version=1, by=factories.coordinator_at(subject.site)
    )
    client.force_login(factories.coordinator_at(subject.site))
    mine = typed({"SYSBP": "120"}, version=1, observed_time="11:15")
    client.post(reverse("captures:edit", args=[capture.pk]), mine)

    choice = {"version": 2, "clash": "@", "choose_@": "theirs"}
    client.post(reverse("captures:edit", args=[capture.pk]), mine | choice)

    capture.refresh_from_db()
    assert (capture.timestamp, capture.version) == (moved, 2)


def test_clock_may_be_ahead_by_minutes_and_not_by_hours(client):
    subject = factories.subject_at(factories.active_site())
    client.force_login(factories.coordinator_at(subject.site))
    ahead = timezone.now() + timedelta(minutes=20)

    page = typed(observed_date=f"{ahead:%d %b %Y}", observed_time=f"{ahead:%H:%M}")

    assert client.post(form_address(subject), page).status_code == 302
