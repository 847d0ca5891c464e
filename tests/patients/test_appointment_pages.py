"""Appointments by page: booked, asked for, moved, cancelled and closed by whom they concern; nobody is booked twice."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from patients import services
from patients.models import Appointment
from tests import factories
from trials.services import change_site

pytestmark = pytest.mark.django_db

LIST, BOOK, ASK = (reverse(f"patients:{name}") for name in ("appointments", "book", "ask"))
Status = Appointment.Status
NEXT_YEAR = timezone.now().year + 1


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(subject):
    return factories.coordinator_at(subject.site)


@pytest.fixture
def participant(subject):
    return factories.participant_of(subject)


def tomorrow(hour=9):
    return (timezone.now() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def booked(subject, nurse, *, start=None, **more):
    start = start or tomorrow()
    end = start + timedelta(minutes=30)
    return services.book_appointment(subject=subject, provider=nurse, start_at=start, end_at=end, by=nurse, **more)


def asked(subject, participant):
    start = tomorrow(15)
    end = start + timedelta(minutes=30)
    return services.request_appointment(subject=subject, start_at=start, end_at=end, by=participant)


def move_to(site, zone):
    root = factories.administrator()
    change_site(site=site, changes={"time_zone": zone}, reason="Test", version=site.version, by=root)


def slot(nurse, *, day=None, **changes):
    day = day or tomorrow().date()
    slot = {"provider": str(nurse.pk), "day": day.isoformat(), "time": "09:00", "minutes": "45", "key": "k1"}
    return slot | {"location": "Room 2", "reason": "Blood pressure"} | changes


def page_of(appointment, act="appointment"):
    return reverse(f"patients:{act}", args=[appointment.pk])


def spring():
    """Return the Sunday on which the clocks of Berlin go forward at two."""
    end = date(NEXT_YEAR, 3, 31)
    return end - timedelta(days=end.isoweekday() % 7)


def text_of(client, address):
    return client.get(address).content.decode()


def test_nurse_books_and_the_participant_sees_it(client, subject, nurse, participant):
    client.force_login(nurse)

    answer = client.post(f"{BOOK}?subject={subject.pk}", slot(nurse))

    made = Appointment.objects.get()
    assert answer.url == page_of(made)
    assert (made.provider, made.location, made.status) == (nurse, "Room 2", Status.BOOKED)
    assert made.end_at - made.start_at == timedelta(minutes=45)
    client.force_login(participant)
    assert "Room 2" in text_of(client, page_of(made))
    assert page_of(made) in text_of(client, LIST)


def test_time_is_typed_in_the_time_zone_of_the_site_and_shown_in_both(client, subject, nurse):
    move_to(subject.site, "America/New_York")
    client.force_login(nurse)

    client.post(f"{BOOK}?subject={subject.pk}", slot(nurse, day=date(NEXT_YEAR, 1, 14)))

    made = Appointment.objects.get()
    assert made.start_at == datetime(NEXT_YEAR, 1, 14, 14, 0, tzinfo=UTC)
    page = text_of(client, page_of(made))
    assert f"14 Jan {NEXT_YEAR} 14:00 UTC" in page
    assert f"14 Jan {NEXT_YEAR} 09:00 EST" in page


def test_time_that_the_clocks_leave_out_is_refused(client, subject, nurse):
    move_to(subject.site, "Europe/Berlin")
    client.force_login(nurse)

    typed = slot(nurse, day=spring(), time="02:30")
    answer = client.post(f"{BOOK}?subject={subject.pk}", typed)

    assert "the clocks go forward" in answer.content.decode()
    assert not Appointment.objects.exists()


def test_length_is_counted_in_minutes_that_pass(client, subject, nurse):
    move_to(subject.site, "Europe/Berlin")
    client.force_login(nurse)

    typed = slot(nurse, day=spring(), time="01:30", minutes="60")
    client.post(f"{BOOK}?subject={subject.pk}", typed)

    made = Appointment.objects.get()
    assert made.end_at - made.start_at == timedelta(hours=1)
    assert made.end_at.astimezone(ZoneInfo("Europe/Berlin")).hour == 3


def test_nobody_is_booked_twice_and_what_was_typed_stays(client, subject, nurse):
    booked(subject, nurse)
    other = factories.subject_at(subject.site)
    client.force_login(nurse)

    page = client.post(f"{BOOK}?subject={other.pk}", slot(nurse, time="09:15")).content.decode()

    assert "This provider has another appointment at that time." in page
    assert 'value="09:15"' in page
    assert 'value="Room 2"' in page
    assert Appointment.objects.count() == 1


def test_sent_twice_is_booked_once(client, subject, nurse, participant):
    for user, address, typed in (
        (nurse, f"{BOOK}?subject={subject.pk}", slot(nurse)),
        (participant, ASK, {"day": tomorrow().date().isoformat(), "time": "16:00", "key": "k2"}),
    ):
        client.force_login(user)
        assert client.post(address, typed).url == client.post(address, typed).url

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": ""}, "This field is required."),
        ({"day": "14/14/2027"}, "Write a date as day, month and year"),
        ({"day": "2099-01-01"}, "Check the year."),
        ({"time": "25:00"}, "Write a time as hours and minutes"),
        ({"minutes": "7"}, "Select a valid choice"),
        ({"provider": "nobody"}, "Select a valid choice"),
        ({"location": "x" * 201}, "at most 200 characters"),
    ],
)
def test_wrong_input_is_said_and_books_nothing(client, subject, nurse, changes, said):
    client.force_login(nurse)

    page = client.post(f"{BOOK}?subject={subject.pk}", slot(nurse) | changes).content.decode()

    assert said in page
    assert not Appointment.objects.exists()


def test_subject_is_looked_for_by_number(client, subject, nurse):
    client.force_login(nurse)

    assert f"?subject={subject.pk}" in text_of(client, f"{BOOK}?q={subject.number}")
    assert "No such subject" in text_of(client, f"{BOOK}?q=zzz")
    assert f"?subject={subject.pk}" in text_of(client, f"{BOOK}?subject=nonsense")


def test_participant_asks_and_the_nurse_books_it(client, subject, nurse, participant):
    client.force_login(participant)
    client.post(ASK, {"day": tomorrow().date().isoformat(), "time": "16:00", "reason": "My knee", "key": "k1"})
    wish = Appointment.objects.get()
    assert (wish.status, wish.provider, wish.reason) == (Status.REQUESTED, None, "My knee")
    assert "It is not fixed until your study team confirms it." in text_of(client, page_of(wish))

    client.force_login(nurse)
    form = client.get(page_of(wish, "change_appointment")).context["form"]
    assert form["day"].value() == wish.start_at.date()
    client.post(page_of(wish, "change_appointment"), slot(nurse, time="16:00", version=wish.version))

    wish.refresh_from_db()
    assert (wish.status, wish.provider) == (Status.BOOKED, nurse)


def test_participant_cannot_ask_for_the_past(client, subject, participant):
    client.force_login(participant)

    page = client.post(ASK, {"day": "2026-01-01", "time": "09:00", "key": "k1"}).content.decode()

    assert "Choose a time in the future." in page
    assert not Appointment.objects.exists()


def test_nobody_is_booked_or_moved_into_the_past(client, subject, nurse):
    made = booked(subject, nurse)
    client.force_login(nurse)
    past = (timezone.now() - timedelta(days=2)).date()

    new = client.post(f"{BOOK}?subject={subject.pk}", slot(nurse, day=past)).content.decode()
    moved = client.post(page_of(made, "change_appointment"), slot(nurse, day=past, version=1)).content.decode()

    assert "This time has passed." in new
    assert "This time has passed." in moved
    assert Appointment.objects.get().version == 1


def test_who_types_slowly_still_books(client, subject, nurse):
    move_to(subject.site, "UTC")
    client.force_login(nurse)
    typed = timezone.now() - timedelta(minutes=3)

    client.post(f"{BOOK}?subject={subject.pk}", slot(nurse, day=typed.date(), time=f"{typed:%H:%M}"))

    assert Appointment.objects.exists()


def test_what_is_over_keeps_its_time_when_something_else_is_corrected(client, subject, nurse):
    made = booked(subject, nurse)

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        client.force_login(nurse)
        shown = client.get(page_of(made, "change_appointment")).context["form"].initial
        typed = shown | {"time": f"{shown['time']:%H:%M}", "location": "Room 9"}
        client.post(page_of(made, "change_appointment"), typed)

    made.refresh_from_db()
    assert (made.location, made.version) == ("Room 9", 2)


def test_who_takes_part_in_no_study_cannot_ask(client, nurse):
    for user in (factories.person("Alone", kind="PARTICIPANT"), nurse):
        client.force_login(user)
        assert client.get(ASK).status_code == 403


def test_both_sides_cancel_with_a_reason(client, subject, nurse, participant):
    for user, start in ((nurse, tomorrow(9)), (participant, tomorrow(11))):
        made = booked(subject, nurse, start=start, reason="Blood pressure")
        client.force_login(user)

        assert (
            "Why? – This field is required."
            in client.post(page_of(made, "cancel_appointment"), {"reason": "", "version": 1}).content.decode()
        )
        client.post(page_of(made, "cancel_appointment"), {"reason": "A cold", "version": 1})

        made.refresh_from_db()
        assert (made.status, made.reason, made.change_reason) == (Status.CANCELLED, "Blood pressure", "A cold")
        page = text_of(client, page_of(made))
        assert page.index("Blood pressure") < page.index("Why it was cancelled") < page.index("A cold")


def test_somebody_elses_change_is_not_overwritten(client, subject, nurse):
    made = booked(subject, nurse)
    client.force_login(nurse)
    stale = slot(nurse, time="10:00", version=1)
    client.post(page_of(made, "change_appointment"), slot(nurse, time="11:00", version=1))

    page = client.post(page_of(made, "change_appointment"), stale).content.decode()

    assert "Somebody else changed this in the meantime." in page
    assert 'value="10:00"' in page
    made.refresh_from_db()
    assert made.start_at.hour == 11


def test_nurse_says_whether_they_came(client, subject, nurse):
    made = booked(subject, nurse)

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        client.force_login(nurse)
        assert page_of(made) in text_of(client, f"{LIST}?when=past")
        assert "To be closed" in text_of(client, f"{LIST}?when=past")
        client.post(page_of(made, "close_appointment"), {"attended": "no", "version": 1})
        made.refresh_from_db()
        assert made.status == Status.NO_SHOW
        client.post(page_of(made, "close_appointment"), {"attended": "yes", "reason": "Late", "version": 2})
        again = client.post(page_of(made, "close_appointment"), {"attended": "yes", "version": 3})

    made.refresh_from_db()
    assert (made.status, made.reason) == (Status.COMPLETED, "")
    assert AuditLog.objects.filter(action="patients.appointment_completed", reason="Late").exists()
    assert "is completed" in again.content.decode()


def test_others_find_nothing(client, subject, nurse):
    made = booked(subject, nurse, location="Room 77")
    strangers = [
        factories.participant_of(factories.subject_at(subject.site)),
        factories.coordinator_at(factories.site_in(subject.trial)),
        factories.monitor_at(subject.site),
        factories.sponsor_of(subject.trial),
    ]

    for user in strangers:
        client.force_login(user)
        assert "Room 77" not in text_of(client, LIST)
        for act in ("appointment", "change_appointment", "cancel_appointment", "close_appointment"):
            assert client.get(page_of(made, act)).status_code == 404
        assert client.post(page_of(made, "cancel_appointment"), {"reason": "x", "version": 1}).status_code == 404
        assert client.post(f"{BOOK}?subject={subject.pk}", slot(nurse)).status_code in {403, 404}
    assert Appointment.objects.get().status == Status.BOOKED


def test_auditor_looks_and_does_not_touch(client, subject, nurse):
    made = booked(subject, nurse)
    client.force_login(factories.auditor_of(subject.trial))

    page = text_of(client, page_of(made))

    assert page_of(made, "cancel_appointment") not in page
    for act in ("change_appointment", "cancel_appointment", "close_appointment"):
        assert client.post(page_of(made, act), slot(nurse, version=1)).status_code == 403
    assert client.get(BOOK).status_code == 403


def test_participant_may_cancel_but_neither_move_nor_close(client, subject, nurse, participant):
    made = booked(subject, nurse)
    client.force_login(participant)

    page = text_of(client, page_of(made))

    assert page_of(made, "cancel_appointment") in page
    assert page_of(made, "change_appointment") not in page
    for act in ("change_appointment", "close_appointment"):
        assert client.post(page_of(made, act), slot(nurse, version=1)).status_code == 403


def test_list_is_filtered_by_site_and_costs_the_same_at_any_length(client, subject, nurse):
    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    other = factories.site_in(subject.trial)
    factories.trials.grant_membership(
        user=nurse, trial=other.trial, site=other, role="COORDINATOR", reason="Test", by=factories.administrator()
    )
    booked(subject, nurse, location="Room 1")
    client.force_login(nurse)
    before = cost(LIST)
    for hour in range(12, 18):
        booked(factories.subject_at(other), nurse, start=tomorrow(hour), location="Room 9")

    assert cost(LIST) == before
    assert "Room 1" not in text_of(client, f"{LIST}?site={other.pk}")
    assert "Room 9" in text_of(client, f"{LIST}?site={other.pk}")


def test_pages_of_the_list_lose_nothing(client, subject, nurse, monkeypatch):
    monkeypatch.setattr(import_module("patients.views.appointments"), "ON_A_PAGE", 2)
    made = [booked(subject, nurse, start=tomorrow(hour)).pk for hour in range(9, 14)]
    client.force_login(nurse)
    found, address = [], LIST

    while address:
        page = client.get(address).context["page"]
        found += [row.pk for row in page.rows]
        address = page.next_url and LIST + page.next_url

    assert found == made
    assert [row.pk for row in client.get(LIST + page.previous_url).context["page"].rows] == made[2:4]
