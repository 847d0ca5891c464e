"""The check workbench: faults are shown while an expression is typed, and the cases of a check run each time."""

import pytest

from tests.trials.building import Bench, text_of, typed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECK = {
    "name": "High",
    "at": "VS SYSBP",
    "fails_when": "[SYSBP] > 180 and [SCR][WEIGHT] < 50",
    "message": "Is this right?",
    "severity": "SOFT",
}
CASES = {
    "case_0 [SYSBP]": "181",
    "case_0 [SCR][WEIGHT]": "49",
    "case_0": "yes",
    "case_1 [SYSBP]": "181",
    "case_1": "no",
}


@pytest.fixture
def bench():
    return Bench()


def asked(bench, text, field="fails_when", at="VS SYSBP", **more):
    return text_of(bench.post("build_expression", {field: text, "at": at, **more}, field=field))


def test_a_fault_is_shown_at_its_place_while_it_is_typed(bench):
    said = asked(bench, "[SYSBP] > 'high'")

    assert "A number is needed here, and this is a text. At character 11." in said
    assert "<mark>&#x27;high&#x27;</mark>" in said
    assert "ends too early. At character 10." in asked(bench, "[SYSBP] >")


def test_what_an_expression_reads_is_said(bench):
    said = asked(bench, CHECK["fails_when"])

    assert "Yes or no, from <code>[SCR][WEIGHT]</code>, <code>[SYSBP]</code>." in said


def test_a_calculation_gives_what_its_item_holds(bench):
    assert "A number" in asked(bench, "[WEIGHT] * 2", "calculation", type="DECIMAL")
    assert "is needed" in asked(bench, "[WEIGHT] > 2", "calculation", type="DECIMAL")
    assert "Yes or no" in asked(bench, "[WEIGHT] > 2", "calculation", type="TEXT")


@pytest.mark.parametrize(("text", "at"), [("", "VS SYSBP"), ("[SYSBP] > 1", ""), ("[SYSBP] > 1", "NONE SYSBP")])
def test_nothing_is_said_of_nothing(bench, text, at):
    assert asked(bench, text, at=at).strip() == ""


def test_a_check_is_kept_with_its_cases(bench):
    bench.post("build_check", CHECK | CASES | {"do": "save"})

    assert bench.part("checks", "HIGH")["cases"] == [
        {"values": {"[SCR][WEIGHT]": "49", "[SYSBP]": "181"}, "fires": True},
        {"values": {"[SYSBP]": "181"}, "fires": False},
    ]
    assert "All 2 test cases passed" in text_of(bench.get("build_checks"))


def test_the_cases_run_without_being_kept(bench):
    answer = bench.post("build_check", CHECK | CASES | {"case_1": "yes", "do": "run"})

    outcomes = [outcome for *_, outcome in answer.context["cases"]]
    assert [one and (one.fired, one.passed) for one in outcomes] == [(True, True), (None, False)]
    assert "cannot be told" in text_of(answer)
    assert "checks" not in bench.document


def test_a_case_that_fails_after_a_change_is_said_on_the_list(bench):
    bench.post("build_check", CHECK | CASES | {"do": "save"})
    changed = typed(bench.get("build_check", check="HIGH"), fails_when="[SYSBP] > 190 and [SCR][WEIGHT] < 50")

    bench.post("build_check", changed, check="HIGH")

    assert "1 of 2 test cases failed" in text_of(bench.get("build_checks"))


def test_cases_of_several_choices_take_their_codes(bench):
    check = CHECK | {"fails_when": "[ARMS(SUPINE)] = 1 and [ARMS(STANDING)] = 1", "at": "VS ARMS"}

    answer = bench.post("build_check", check | {"case_0 [ARMS]": "SUPINE, STANDING", "case_0": "yes", "do": "run"})

    assert answer.context["cases"][0][-1].passed


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"fails_when": "[SYSBP] >"}, "fails_when", "The expression ends too early."),
        ({"fails_when": ""}, "fails_when", "required"),
        ({"at": ""}, "at", "required"),
        ({"message": ""}, "message", "required"),
        ({"case_0": ""}, "case_0", "Say what is expected."),
        ({"oid": "A B"}, "oid", "at most 40 characters"),
    ],
)
def test_a_check_that_is_not_sound_is_refused_at_its_field(bench, changes, field, said):
    answer = bench.post("build_check", CHECK | CASES | changes | {"do": "save"})

    assert answer.status_code in {400, 422}
    assert any(said in error for error in answer.context["form"].errors[field])
    assert "checks" not in bench.document


def test_checks_are_copied_moved_and_removed(bench):
    bench.post("build_check", CHECK | CASES | {"do": "save"})
    bench.act("check_copy HIGH")
    bench.act("check_up HIGH_2")
    assert [check["oid"] for check in bench.document["checks"]] == ["HIGH_2", "HIGH"]
    assert bench.part("checks", "HIGH_2")["cases"] == bench.part("checks", "HIGH")["cases"]

    bench.act("check_down HIGH_2")
    bench.act("check_remove HIGH")
    assert [check["oid"] for check in bench.document["checks"]] == ["HIGH_2"]


def test_the_page_of_a_check_shows_what_is_kept(bench):
    bench.post("build_check", CHECK | CASES | {"do": "save"})

    shown = typed(bench.get("build_check", check="HIGH"))

    assert CHECK.items() | CASES.items() <= shown.items() | {("name", "High")}
    assert bench.post("build_check", shown, check="HIGH").status_code == 302
    assert bench.now.version == 2
