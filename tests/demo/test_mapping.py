"""The pilot's rows become captures and come back: nothing is dropped, nothing is made up."""

from collections import Counter

import pytest

from captures.validators import check_values
from demo import mapping, study
from tests.demo.source import FILES, plain


def subject(number):
    return next(records for records in study.subjects() if records.number == number)


@pytest.fixture(scope="module")
def captures():
    return {records.number: mapping.captures_of(records) for records in study.subjects()}


@pytest.mark.parametrize("file", FILES)
def test_every_row_is_rebuilt_from_its_captures_and_no_other(file, captures):
    source = Counter(plain(row) for row in study.rows(file))

    rebuilt = Counter(plain(row) for mine in captures.values() for row in mapping.rows_of(mine)[file])

    assert rebuilt == source
    assert source.total() == {"dm": 306, "vs": 12978, "ae": 1191, "ec": 591, "ds": 850}[file]


def test_captures_fit_the_study_version(captures):
    definition = mapping.definition()

    for capture in (capture for mine in captures.values() for capture in mine):
        visit = definition.visits_by_oid[capture.visit]
        form = visit.form(capture.form)
        assert form is not None
        assert capture.visit_repeat == 1 or visit.repeating
        assert capture.form_repeat == 1 or form.repeating
        checked = check_values(form, capture.values)
        assert checked.values == capture.values
        assert not checked.errors


def test_no_two_captures_share_a_place(captures):
    for mine in captures.values():
        places = Counter((c.visit, c.visit_repeat, c.form, c.form_repeat) for c in mine)
        assert places.most_common(1)[0][1] == 1


def test_every_call_and_unscheduled_visit_of_the_visits_file_is_there(captures):
    names = {visit.oid: visit.name.upper() for visit in mapping.definition().visits}
    asked = {name for oid, name in names.items() if mapping.definition().visits_by_oid[oid].form("SV")}
    source = Counter(
        (row["USUBJID"][3:], row["VISIT"], row["SVSTDTC"])
        for row in study.rows("sv")
        if row["VISIT"] in asked or row["VISIT"].startswith("UNSCHEDULED")
    )

    found = Counter(
        (c.subject, f"{names[c.visit]} {c.values.get('SV_NUMBER', '')}".strip(), c.values["SV_DAT"])
        for mine in captures.values()
        for c in mine
        if c.form == "SV"
    )

    assert found == source


def test_dates_are_iso_and_a_lone_year_stays_partial():
    starts = {row["IT.AESTDAT"] for row in study.rows("ae")}
    assert "2003" in starts

    events = [c for r in study.subjects() for c in mapping.captures_of(r) if c.values.get("AE_STDAT") == "2003"]

    assert [event.day for event in events] == ["2014-03-10"]


def test_required_items_are_filled_in_most_captures(captures):
    empty, asked = Counter(), Counter()
    for capture in (capture for mine in captures.values() for capture in mine):
        for item in mapping.definition().forms_by_oid[capture.form].items.values():
            if item.required:
                asked[item.oid] += 1
                empty[item.oid] += item.oid not in capture.values

    assert max(empty[oid] / asked[oid] for oid in asked) < 0.2


def test_a_cell_without_a_place_is_refused():
    records = study.Records("701-1015", {**subject("701-1015").rows})
    records.rows["ae"] = [records.rows["ae"][0] | {"AEPTCD": "10003041"}]

    with pytest.raises(ValueError, match=r"AEPTCD holds '10003041', which has no place"):
        mapping.captures_of(records)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"TMPTC": "", "SUBPOS": ""}, "SYS_BP"), ({"FORM": "LB"}, "FORM"), ({"VTLD": "27-Dec-2013"}, "VTLD")],
)
def test_a_vital_sign_out_of_place_is_refused(changed, message):
    records = study.Records("701-1015", {**subject("701-1015").rows})
    first, second, *_ = records.rows["vs"]
    records.rows["vs"] = [first, second | changed]

    with pytest.raises(ValueError, match=message):
        mapping.captures_of(records)


def test_a_second_reading_at_the_same_time_point_is_refused():
    records = study.Records("701-1015", {**subject("701-1015").rows})
    first = records.rows["vs"][0]
    records.rows["vs"] = [first, first]

    with pytest.raises(ValueError, match="SYS_BP holds '131'"):
        mapping.captures_of(records)
