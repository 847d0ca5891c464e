"""Patients and staff of the demo are invented, the same each time, and as old as the study says."""

import re
from datetime import date

from demo import people, study
from demo.mapping import captures_of


def patients():
    for records in study.subjects():
        row = records.demographics
        values = next(c.values for c in captures_of(records) if c.form == "DM")
        on = date.fromisoformat(values.get("DM_ICDT", values["DM_COLDT"]))
        age = int(values["DM_AGE"])
        yield age, on, people.patient(records.number, sex=row["IT.SEX"], age=age, on=on)


def test_everybody_is_as_old_at_consent_as_the_study_says():
    for age, on, person in patients():
        had_birthday = (on.month, on.day) >= (person.born.month, person.born.day)
        assert on.year - person.born.year - (not had_birthday) == age


def test_record_numbers_and_addresses_are_unique():
    everybody = [person for _, _, person in patients()]

    assert len({person.record_number for person in everybody}) == 306
    assert len({person.contact["email"] for person in everybody}) == 306


def test_nobody_can_be_called_or_written_to():
    for _, _, person in patients():
        assert person.contact["email"].endswith("@patients.example")
        assert re.fullmatch(r"\(\d{3}\) 555-01\d\d", person.contact["phone"])


def test_identity_does_not_show_the_subject_number():
    for records, (_, _, person) in zip(study.subjects(), patients(), strict=True):
        assert records.number.partition("-")[2] not in person.record_number


def test_the_same_seed_gives_the_same_people():
    once = people.patient("701-1015", sex="Female", age=63, on=date(2013, 12, 26))
    again = people.patient("701-1015", sex="Female", age=63, on=date(2013, 12, 26))

    assert once == again
    assert people.clinic("701") == people.clinic("701")


def test_a_leap_day_is_a_birthday_too():
    person = people.patient("701-1015", sex="Female", age=63, on=date(2016, 2, 29))

    assert date(1952, 2, 29) <= person.born <= date(1953, 2, 28)
