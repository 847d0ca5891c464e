"""Missing-data codes say why there is no value; numbers may be entered in another unit than the standard one."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit import services as audit
from audit.models import AuditLog
from captures import services
from captures.selectors import answers_of
from captures.validators import check_values
from edc.base.errors import Invalid
from tests import factories
from tests.api.calling import by
from tests.captures.doors import text_of
from trials.definition import DefinitionError, read_definition
from trials.definition.classes import Unit
from trials.definition.values import as_standard, converted

pytestmark = pytest.mark.django_db
POUNDS = {"unit": "lb", "factor": "0.45359237"}
CHECK = {"oid": "C", "form": "VS", "item": "WEIGHT", "fails_when": "[WEIGHT] > 100", "message": "Heavy."}


def document(**of_weight):
    made = deepcopy(factories.DOCUMENT)
    weight = next(item for item in made["items"] if item["oid"] == "WEIGHT")
    weight |= {"units": [POUNDS, {"unit": "stone"}], "ranges": [{"min": "30", "max": "200"}], **of_weight}
    return made | {"checks": [CHECK]}


@pytest.fixture
def subject():
    return factories.subject_at(factories.site_in(factories.active_trial(document())))


def checked(**values):
    definition = read_definition(document())
    return check_values(definition.forms_by_oid["VS"], values, rules=definition.rules.get("VS"))


def test_a_missing_data_code_counts_as_answered_and_says_why(subject):
    lost = {"missing": "NASK", "reason": "cuff broken"}

    capture = factories.capture_of(subject, factories.VALUES | {"SYSBP": lost}, submit=True)

    assert capture.data["SYSBP"] == lost
    assert capture.missing_items == 0


def test_a_missing_data_code_that_the_version_lacks_is_refused(subject):
    with pytest.raises(Invalid, match="no missing-data code"):
        factories.capture_of(subject, {"SYSBP": {"missing": "XYZ"}})


def test_an_item_allows_the_codes_that_it_names():
    made = document(missing_codes=["UNK"])

    found = check_values(read_definition(made).forms_by_oid["VS"], {"WEIGHT": {"missing": "NASK"}})

    assert found.errors == {"WEIGHT": ["There is no missing-data code 'NASK' for this item."]}


def test_a_version_may_have_codes_of_its_own():
    made = document() | {"missing_codes": [{"code": "-99", "label": "Refused"}]}

    found = check_values(read_definition(made).forms_by_oid["VS"], {"WEIGHT": {"missing": "-99"}})

    assert found.values == {"WEIGHT": {"missing": "-99"}}


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("missing_codes", ["NOPE"], "$.items[1].missing_codes[0]"),
        ("units", [{"unit": "kg"}], "$.items[1].units[0].unit"),
        ("units", [{"unit": "lb", "factor": "0"}], "$.items[1].units[0].factor"),
        ("units", [{"unit": "lb", "factor": "1/0"}], "$.items[1].units[0].factor"),
        ("units", [{"unit": "lb", "offset": "3"}], "$.items[1].units[0].factor"),
        ("type", "DATE", "$.items[1].ranges[0].min"),
        ("unit", "", "$.items[1].units"),
    ],
)
def test_what_makes_no_sense_of_codes_and_units_is_refused_with_its_place(member, value, path):
    with pytest.raises(DefinitionError) as refused:
        read_definition(document(**{member: value}))

    assert refused.value.path == path


def test_checks_and_ranges_see_the_standard_unit():
    assert checked(WEIGHT={"value": "180", "unit": "lb"}).prompts == {}
    assert checked(WEIGHT={"value": "230", "unit": "lb"}).prompts == {"WEIGHT": "Heavy."}
    assert checked(WEIGHT={"value": "50", "unit": "lb"}).prompts == {"WEIGHT": "Expected 30 to 200 kg."}
    assert checked(WEIGHT={"value": "9999", "unit": "stone"}).prompts == {}
    assert checked(WEIGHT={"missing": "UNK"}).prompts == {}


def test_a_number_in_the_standard_unit_is_the_number_alone():
    assert checked(WEIGHT={"value": "81.5", "unit": "kg"}).values == {"WEIGHT": "81.5"}
    assert checked(WEIGHT={"value": "", "unit": "lb"}).values == {}


@pytest.mark.parametrize(
    "value",
    [
        {"value": "180", "unit": "oz"},
        {"value": "many", "unit": "lb"},
        {"value": ["1"], "unit": "lb"},
        {"value": "180", "unit": "lb", "more": "1"},
        {"missing": ["UNK"]},
        {"missing": "UNK", "reason": 3},
        {"missing": "UNK", "reason": "x" * 501},
        {"surprise": "1"},
    ],
)
def test_an_object_that_is_no_value_is_refused(value):
    assert checked(WEIGHT=value).errors.keys() == {"WEIGHT"}


def test_people_read_what_is_missing_and_what_a_unit_comes_to(subject, client):
    nurse = factories.coordinator_at(subject.site)
    values = {"SYSBP": {"missing": "UNK", "reason": "cuff broken"}, "WEIGHT": {"value": "180", "unit": "lb"}}
    capture = factories.capture_of(subject, values, by=nurse)
    client.force_login(nurse)

    pages = [text_of(client.get(reverse(f"captures:{name}", args=[capture.pk]))) for name in ("capture", "history")]

    for page in pages:
        assert "Not known (UNK): cuff broken" in page
        assert "180 lb (81.65 kg)" in page


def test_the_audit_trail_says_it_in_words(subject, client):
    capture = factories.capture_of(subject, {"WEIGHT": {"value": "180", "unit": "lb"}, "NOTE": {"missing": "MSK"}})
    client.force_login(factories.auditor_of(subject.trial))

    page = text_of(client.get(reverse("audit:log"), {"entity": "DataCapture"}))

    assert AuditLog.objects.get(entity_id=capture.pk, field="NOTE").new_value == '{"missing": "MSK"}'
    assert "180 lb (81.65 kg)" in page
    assert "Masked (MSK)" in page


def test_the_api_takes_and_gives_both_kinds(subject):
    values = {"SYSBP": {"missing": "UNK"}, "WEIGHT": {"value": "180", "unit": "lb"}}
    asked = {"subject": str(subject.pk), "visit": "SCR", "form": "VS", "data": values, "submit": True}

    response = by(factories.coordinator_at(subject.site)).post("captures/", asked)

    assert response.status_code == 201
    assert response.json()["data"] == values


def test_a_value_that_was_brought_in_is_kept_and_prompts(subject):
    capture = factories.capture_of(subject, {"SYSBP": "120"})
    capture.data = {"SYSBP": "ca. 120", "POS": "SITTING"}
    audit.save(capture, by=capture.entered_by, action="captures.saved")

    saved = services.save_capture(
        capture=capture,
        values=capture.data | {"NOTE": "seen"},
        version=capture.version,
        by=factories.coordinator_at(subject.site),
    )

    assert saved.data == {"SYSBP": "ca. 120", "POS": "SITTING", "NOTE": "seen"}
    assert saved.flagged_items == 2
    assert answers_of(saved, by=saved.entered_by)[0].answers[2].prompt.startswith("This is kept as it was brought in.")


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4).map(str)
factors = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)


@given(amounts, factors, st.fractions(min_value=-500, max_value=500, max_denominator=100))
def test_conversion_is_exact_to_twelve_digits(amount, factor, offset):
    standard = converted(amount, Unit("other", factor, offset))

    assert abs(Fraction(standard) - (Fraction(amount) * factor + offset)) <= Fraction(1, 2 * 10**12)
    assert Decimal(standard).is_finite()


def test_degrees_come_out_round():
    assert converted("98.6", Unit("°F", Fraction(5, 9), Fraction(-160, 9))) == "37"


def test_text_in_an_unknown_unit_is_unknown():
    item = read_definition(document()).items["WEIGHT"]

    assert as_standard(item, {"value": "3", "unit": "oz"}) is None
    assert as_standard(item, {"value": "no number", "unit": "lb"}) is None
