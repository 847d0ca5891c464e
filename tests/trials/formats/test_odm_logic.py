"""Range checks, conditions and methods of an ODM file: what runs here, and what is told with its place."""

import pytest

from tests.trials.formats.files import REF, item, items_by_oid, with_items
from trials.formats import read_study


def formal(text, context="OpenEDC"):
    return f'<FormalExpression Context="{context}">{text}</FormalExpression>'


def check(comparator, *values, hard="Soft", more=""):
    inner = "".join(f"<CheckValue>{value}</CheckValue>" for value in values)
    return f'<RangeCheck Comparator="{comparator}" SoftHard="{hard}">{inner}{more}</RangeCheck>'


def test_limits_at_both_ends_are_one_range(tmp_path):
    study = read_study(with_items(tmp_path, item("A", inside=check("GE", "3") + check("LE", "9")) + item("B")))

    assert items_by_oid(study)["A"]["ranges"] == [{"min": "3", "max": "9", "severity": "SOFT"}]


def test_limits_that_exclude_each_other_stay_two(tmp_path):
    inside = check("GE", "9") + check("LE", "3", hard="Hard") + check("LE", "5")

    study = read_study(with_items(tmp_path, item("A", inside=inside) + item("B")))

    assert items_by_oid(study)["A"]["ranges"] == [
        {"min": "9", "severity": "SOFT"},
        {"max": "3", "severity": "HARD"},
        {"max": "5", "severity": "SOFT"},
    ]


@pytest.mark.parametrize(
    ("kind", "checked", "fails_when"),
    [
        ("float", check("GT", "3"), "[A] <= '3'"),
        ("float", check("LT", "3"), "[A] >= '3'"),
        ("float", check("EQ", "3"), "[A] <> '3'"),
        ("float", check("NE", "3"), "[A] = '3'"),
        ("text", check("IN", "a", "b"), "[A] <> 'a' and [A] <> 'b'"),
        ("text", check("NOTIN", "a", "b"), "[A] = 'a' or [A] = 'b'"),
        ("text", check("GE", "3"), "number([A]) < 3"),
        ("boolean", check("GE", "1"), "[A] < 1"),
        ("float", check("", more=formal("A &gt; 3 and B &lt; 2")), "not ([A] > 3 and [B] < 2)"),
        ("float", check("", more=formal("[A] &gt; 3", "edc-study/1")), "not ([A] > 3)"),
    ],
)
def test_other_range_checks_are_checks(tmp_path, kind, checked, fails_when):
    message = "<ErrorMessage><TranslatedText>No!</TranslatedText></ErrorMessage></RangeCheck>"
    checked = checked.replace('"Soft"', '"Hard"').replace("</RangeCheck>", message)

    study = read_study(with_items(tmp_path, item("A", kind, checked) + item("B")))

    (made,) = study.document["checks"]
    assert made["fails_when"] == fails_when
    assert (made["form"], made["item"], made["severity"], made["message"]) == ("F", "A", "HARD", "No!")
    assert study.unsupported == []


@pytest.mark.parametrize(
    ("kind", "checked", "reason"),
    [
        ("integer", check("GE"), "a check with 0 values: It does not say what to compare."),
        ("integer", check("GE", "1", "2"), "a check with 2 values"),
        ("integer", check("GE", "many"), "limit >= many: It must be a number, or another item."),
        ("integer", check("IN", "it's"), "a check with 1 values"),
        ("text", check("GE", "many"), "limit >= many: An item of type TEXT has no limits."),
        ("integer", check("IN", "x"), "check \"[A] <> 'x'\": A number is needed here"),
        ("integer", check("", more=formal("x", "SAS")), "check 'x': Expressions of the kind 'SAS' are not known here."),
        ("integer", check("", more=formal("A &gt;")), "check 'not ([A] >)': "),
    ],
)
def test_checks_that_cannot_be_are_told_with_their_place(tmp_path, kind, checked, reason):
    study = read_study(with_items(tmp_path, item("A", kind, checked) + item("B")))

    (told,) = [*study.refused, *study.unsupported]
    assert f"{told.what}: {told.reason}".startswith(reason)
    assert "RangeCheck" in told.place
    assert "of A" in told.place
    assert "checks" not in study.document


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ('!(B == "1")', '[B] == "1"'),
        ('B == "1"', 'not ([B] == "1")'),
        ("!(B) or (A)", None),
        ("G-B &gt; 2", "not ([B] > 2)"),
    ],
)
def test_a_condition_is_turned_round_because_odm_says_when_not_to_ask(tmp_path, expression, condition):
    refs = '<ItemRef ItemOID="A" Mandatory="Yes" CollectionExceptionConditionOID="C"/>' + REF.format("B")
    definitions = item("A") + item("B") + f'<ConditionDef OID="C" Name="c">{formal(expression)}</ConditionDef>'

    study = read_study(with_items(tmp_path, definitions, refs))

    assert items_by_oid(study)["A"].get("condition") == condition
    assert items_by_oid(study)["A"]["required"] is True
    assert bool(study.unsupported) is (condition is None)


def test_a_method_is_a_calculation_with_powers_spelled_out(tmp_path):
    refs = REF.format("A") + '<ItemRef ItemOID="B" Mandatory="No" MethodOID="M1"/>'
    method = f'<MethodDef OID="M1" Name="m" Type="Computation">{formal("A / A ^ 2")}</MethodDef>'

    study = read_study(with_items(tmp_path, item("A") + item("B", "float") + method, refs))

    assert items_by_oid(study)["B"]["calculation"] == "[A] / ([A] * [A])"


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("", "method X: There is no such method."),
        (
            '<MethodDef OID="X" Name="m" Type="Imputation"/>',
            "method X of type Imputation: Only computations are run here.",
        ),
        (
            '<MethodDef OID="X"><Description><TranslatedText>A times two</TranslatedText></Description></MethodDef>',
            "method 'A times two': It is told in words alone.",
        ),
        (
            f'<MethodDef OID="X" Name="m" Type="Computation">{formal("A ** 2", "Python")}</MethodDef>',
            "method 'A ** 2': Expressions of the kind 'Python' are not known here.",
        ),
        (f'<MethodDef OID="X" Name="m">{formal("A + C")}</MethodDef>', "calculation X '[A] + C': "),
    ],
)
def test_a_method_that_cannot_run_is_told_with_its_line(tmp_path, definition, reason):
    refs = REF.format("A") + '<ItemRef ItemOID="B" Mandatory="No" MethodOID="X"/>'

    study = read_study(with_items(tmp_path, item("A") + item("B") + definition, refs))

    (told,) = [*study.refused, *study.unsupported]
    assert f"{told.what}: {told.reason}".startswith(reason)
    assert told.place.startswith("line ")
    assert "calculation" not in items_by_oid(study)["B"]
