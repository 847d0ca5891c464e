"""A study is built in the browser, one kept step at a time; whatever makes it unsound is refused where it stands."""

import pytest

from audit.models import AuditLog
from tests import factories
from tests.trials.building import Bench, text_of, typed
from trials.services import comment_on_study_version

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def bench():
    return Bench()


def oids(bench, form="VS", section=0):
    return [
        one if isinstance(one, str) else one["oid"] for one in bench.part("forms", form)["sections"][section]["items"]
    ]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("build", {}),
        ("build_study", {}),
        ("build_visit", {"visit": "SCR"}),
        ("build_form", {"form": "VS"}),
        ("build_form_properties", {"form": "VS"}),
        ("build_section", {"form": "VS"}),
        ("build_section", {"form": "VS", "section": 0}),
        ("build_item", {"form": "VS", "item": "SYSBP"}),
        ("build_item", {"form": "VS", "section": 0}),
        ("build_paste", {"form": "VS", "section": 0}),
        ("build_code_lists", {}),
        ("build_code_list", {}),
        ("build_code_list", {"list": "POS"}),
        ("build_checks", {}),
        ("build_check", {}),
    ],
)
def test_each_page_opens(bench, name, asked):
    assert bench.get(name, **asked).status_code == 200


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("build_visit", {}),
        ("build_form", {"form": "NONE"}),
        ("build_section", {"form": "VS", "section": 7}),
        ("build_item", {"form": "VS", "item": "NONE"}),
        ("build_code_list", {"list": "NONE"}),
        ("build_check", {"check": "NONE"}),
    ],
)
def test_what_the_draft_does_not_have_is_not_there(bench, name, asked):
    assert bench.get(name, **asked).status_code == 404


def test_saving_a_page_as_it_is_shown_changes_nothing(bench):
    before = bench.document

    for name, asked in (
        ("build_visit", {"visit": "SCR"}),
        ("build_form_properties", {"form": "DIARY"}),
        ("build_section", {"form": "VS", "section": 0}),
        ("build_code_list", {"list": "POS"}),
        *(("build_item", {"form": "VS", "item": oid}) for oid in oids(bench)),
    ):
        assert bench.post(name, typed(bench.get(name, **asked)), **asked).status_code == 302, (name, asked)

    after = bench.document
    assert {part["oid"]: part for part in after["items"]}["SYSBP"] == before["items"][0]
    assert [visit["oid"] for visit in after["visits"]] == ["SCR", "W2", "LOG"]
    assert after["code_lists"] == before["code_lists"]
    assert bench.now.definition == Bench().now.definition


def test_a_visit_and_a_form_are_there_by_their_names_alone(bench):
    bench.post("build", {"new": "visit", "name": "Week 4", "target_day": "28", "type": "SCHEDULED"})
    bench.post("build", {"new": "form", "name": "Body weight", "filled_by": "SITE"})
    bench.act("plan", cell=["SCR VS", "W2 DIARY", "WEEK_4 BODY_WEIGHT", "WEEK_4 VS"])

    study = bench.now.definition
    assert [(visit.oid, visit.target_day) for visit in study.visits] == [
        ("SCR", -7),
        ("W2", 14),
        ("LOG", None),
        ("WEEK_4", 28),
    ]
    planned = {visit.oid: [form.oid for form in visit.forms] for visit in study.visits}
    assert planned == {"SCR": ["VS"], "W2": ["DIARY"], "LOG": [], "WEEK_4": ["VS", "BODY_WEIGHT"]}


def test_a_form_keeps_the_condition_of_its_place_when_the_plan_changes(bench):
    document = bench.document
    document["visits"][1]["forms"] = [{"oid": "VS", "condition": "[SCR][SYSBP] > 100"}, "DIARY"]
    bench = Bench(document)

    bench.act("plan", cell=["SCR VS", "W2 VS"])
    assert bench.part("visits", "W2")["forms"] == [{"oid": "VS", "condition": "[SCR][SYSBP] > 100"}]
    shown = typed(bench.get("build_visit", visit="W2"), condition="[SCR][WEIGHT] > 50")
    bench.post("build_visit", shown, visit="W2")
    assert bench.part("visits", "W2")["condition"] == "[SCR][WEIGHT] > 50"


def test_ticks_that_were_not_saved_are_kept_when_another_button_is_pressed(bench):
    bench.act("form_up AE", matrix="1", cell=["SCR VS", "SCR AE"])

    assert [form["oid"] for form in bench.document["forms"]] == ["AE", "VS", "DIARY"]
    assert bench.part("visits", "SCR")["forms"] == ["VS", "AE"]


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("item_up VS VSTIM", ["VSTIM", "VSDAT"]),
        ("item_down VS VSDAT", ["VSTIM", "VSDAT"]),
        ("item_up VS VSDAT", ["VSDAT", "VSTIM"]),
        ("item_copy VS VSDAT", ["VSDAT", "VSDAT_2"]),
        ("item_remove VS VSDAT", ["VSTIM", "SYSBP"]),
    ],
)
def test_an_item_is_moved_copied_and_removed_by_buttons(bench, do, expected):
    answer = bench.act(do)

    assert answer.status_code == 302
    assert oids(bench)[:2] == expected
    assert "did=" in answer["Location"]


def test_an_item_moves_over_the_edge_of_its_section(bench):
    bench.post("build_section", {"name": "More"}, form="VS")
    bench.act("item_down VS NOTE")
    assert oids(bench, section=1) == ["NOTE"]

    bench.act("item_up VS NOTE")
    assert oids(bench)[-1] == "NOTE"


@pytest.mark.parametrize("do", ["visit_up W2", "visit_down SCR"])
def test_visits_change_places(bench, do):
    bench.act(do)

    assert [visit.oid for visit in bench.now.definition.visits] == ["W2", "SCR", "LOG"]


def test_copies_have_what_they_are_copies_of(bench):
    bench.act("visit_copy W2")
    bench.act("form_copy VS")

    study = bench.now.definition
    assert [visit.oid for visit in study.visits] == ["SCR", "W2", "W2_2", "LOG"]
    assert study.visits_by_oid["W2_2"].forms == study.visits_by_oid["W2"].forms
    assert list(study.forms_by_oid["VS_2"].items) == list(study.forms_by_oid["VS"].items)


def test_a_form_goes_with_its_place_at_visits_and_the_items_that_were_its_own(bench):
    bench.act("form_remove AE")

    assert bench.part("forms", "AE") is None
    assert bench.part("items", "AETERM") is None
    assert bench.part("visits", "LOG")["forms"] == []


def test_what_others_refer_to_cannot_be_removed(bench):
    bench.post("build_item", {"name": "BMI", "type": "DECIMAL", "calculation": "[WEIGHT] / 3"}, form="VS", section=0)

    answer = bench.client.get(bench.act("item_remove VS WEIGHT")["Location"])

    assert "item “BMI”, calculation: There is no item WEIGHT." in text_of(answer)
    assert "WEIGHT" in oids(bench)


@pytest.mark.parametrize("do", ["", "item_up", "item_up VS", "nothing VS", "section_up VS x", "form_up A B"])
def test_a_button_that_there_is_not_changes_nothing(bench, do):
    assert bench.act(do).status_code in {302, 400}
    assert bench.document == factories.DOCUMENT


def test_each_step_is_undone_in_turn(bench):
    bench.act("item_remove VS NOTE")
    bench.post("build", {"new": "visit", "name": "Week 4", "type": "SCHEDULED"})
    assert "Visit Week 4 added" in text_of(bench.get("build"))

    bench.act("undo")
    assert bench.part("visits", "WEEK_4") is None
    assert "NOTE" not in oids(bench)
    assert "Item NOTE removed from VS" in text_of(bench.get("build"))

    bench.act("undo")
    assert bench.document == factories.DOCUMENT
    assert 'value="undo"' not in text_of(bench.get("build"))

    bench.act("visit_remove LOG")
    bench.act("undo")
    assert bench.document == factories.DOCUMENT
    bench.act("undo")
    assert bench.document == factories.DOCUMENT


def test_the_trail_says_what_each_step_was(bench):
    bench.act("item_remove VS NOTE")
    bench.act("undo")

    events = AuditLog.objects.filter(entity_id=bench.row.pk, field="digest").order_by("sequence")
    assert [event.reason for event in events] == ["Item NOTE removed from VS", "Undone: back to version 1"]


def test_who_reads_an_older_version_overwrites_nothing(bench):
    shown = typed(bench.get("build_item", form="VS", item="NOTE"), name="My note")
    other = typed(bench.get("build_item", form="VS", item="NOTE"), name="Their note")
    bench.post("build_item", other, form="VS", item="NOTE")

    answer = bench.post("build_item", shown, form="VS", item="NOTE")

    assert answer.status_code == 412
    assert "My note" in text_of(answer)
    assert "Saved now: “Their note”." in text_of(answer)
    assert bench.part("items", "NOTE")["name"] == "Their note"


def test_a_button_pressed_on_an_older_version_is_refused(bench):
    old = bench.now.version
    bench.act("item_up VS VSTIM")

    answer = bench.client.get(bench.act("item_remove VS NOTE", version=old)["Location"])

    assert "Somebody else changed this" in text_of(answer)
    assert "NOTE" in oids(bench)


def test_what_reviewers_said_stands_beside_the_part_it_is_about(bench):
    remark = {"study_version": bench.now, "text": "In <mmHg>?", "path": "$.items[0].unit", "by": bench.manager}
    comment_on_study_version(**remark)

    assert "In &lt;mmHg&gt;?" in text_of(bench.get("build"))
    assert "item “Systolic blood pressure”, unit" in text_of(bench.get("build_item", form="VS", item="SYSBP")).replace(
        "Item", "item"
    )
    assert "In &lt;mmHg&gt;?" not in text_of(bench.get("build_item", form="VS", item="NOTE"))


def test_only_a_draft_is_built(bench):
    site = factories.site_in(bench.trial)
    factories.investigator_at(site)
    bench.client.post(
        f"/study-versions/{bench.row.pk}/move/", {"to": "IN_REVIEW", "reason": "Ready", "version": bench.now.version}
    )

    for name in ("build", "build_checks"):
        answer = bench.get(name)
        assert answer["Location"] == f"/study-versions/{bench.row.pk}/"
    assert bench.act("item_remove VS NOTE")["Location"] == f"/study-versions/{bench.row.pk}/"
    assert bench.document == factories.DOCUMENT


def test_only_who_builds_the_study_may(bench):
    site = factories.site_in(bench.trial)
    for person, status in (
        (factories.investigator_at(site), 403),
        (factories.monitor_at(bench.trial), 404),
        (factories.data_manager_of(factories.draft_trial()), 404),
    ):
        bench.client.force_login(person)
        assert bench.get("build").status_code == status
        assert bench.act("item_remove VS NOTE").status_code == status
    assert bench.document == factories.DOCUMENT
