"""Dates and times as staff type them."""

from datetime import date

import pytest

from captures.forms.dates import NotADate, read_date, read_time

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-03-07", "2026-03-07"),
        ("7 mar 2026", "2026-03-07"),
        ("7mar26", "2026-03-07"),
        ("07-MAR-2026", "2026-03-07"),
        ("Mar 7, 2026", "2026-03-07"),
        ("2026 March 7", "2026-03-07"),
        ("7/3/2026", "2026-03-07"),
        ("7.3.26", "2026-03-07"),
        ("20260307", "2026-03-07"),
        ("7 mar 51", "1951-03-07"),
        ("t", "2026-11-23"),
        ("T - 30", "2026-10-24"),
        ("t+1", "2026-11-24"),
        ("yesterday", "2026-11-22"),
        ("2026-03", "2026-03"),
        ("mar 2026", "2026-03"),
        ("3/2026", "2026-03"),
        ("UNK-MAR-2026", "2026-03"),
        ("UN-UNK-2026", "2026"),
        ("2026", "2026"),
    ],
)
def test_date_is_stored_as_iso_8601_however_it_is_typed(typed, stored):
    assert read_date(typed, today=TODAY, partial=True) == stored


@pytest.mark.parametrize("typed", ["2026", "mar 2026", "UNK-MAR-2026", "2026-03"])
def test_partial_date_is_refused_where_the_whole_is_asked(typed):
    with pytest.raises(NotADate, match="whole date"):
        read_date(typed, today=TODAY)


@pytest.mark.parametrize(
    "typed",
    [
        "soon",
        "31 feb 2026",
        "3/17/2026",
        "7 UNK 2026",
        "7 mar",
        "7",
        "1 2 3 4",
        "7 mar 2026 <b>",
        "13 mar 14 2026",
        "-",
    ],
)
def test_what_cannot_be_a_date_is_refused(typed):
    with pytest.raises(NotADate):
        read_date(typed, today=TODAY, partial=True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("14:30", "14:30"),
        ("930", "09:30"),
        ("9.30", "09:30"),
        ("9:30 pm", "21:30"),
        ("12am", "00:00"),
        ("23:59:58", "23:59:58"),
    ],
)
def test_time_is_stored_on_a_24_hour_clock(typed, stored):
    assert read_time(typed) == stored


@pytest.mark.parametrize("typed", ["9", "24:00", "9:75", "13 pm", "noon", "12:00:99"])
def test_what_cannot_be_a_time_is_refused(typed):
    with pytest.raises(NotADate):
        read_time(typed)
