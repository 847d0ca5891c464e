"""Two study versions are compared in words, and each change by what it does to stored values."""

import copy

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.api.calling import by as as_person
from trials import services
from trials.definition import Kind, differences, kinds_of_items, read_definition


def changed(change):
    """Return how a study differs from the test study after `change` was done to its document."""
    document = copy.deepcopy(factories.DOCUMENT)
    change(document)
    return differences(read_definition(factories.DOCUMENT), read_definition(document))


def item(document, oid):
    return next(one for one in document["items"] if one["oid"] == oid)


def said(found, oid):
    """Return what changed of a part, in words."""
    part = next(one for one in found if one.oid == oid)
    return [(change.what, change.old, change.new) for change in part.changes]


def test_same_study_does_not_differ():
    assert changed(lambda document: None) == []


def test_question_is_text_only_and_stands_before_and_after():
    found = changed(lambda document: item(document, "MOOD").update(question="How are you, from 0 to 10?"))

    assert [(one.kind, one.thing, one.form) for one in found] == [(Kind.TEXT, "Item", "DIARY")]
    assert said(found, "MOOD") == [("Question text", "How do you feel, from 0 to 10?", "How are you, from 0 to 10?")]


def test_limits_are_rules_and_not_meaning():
    def widen(document):
        item(document, "SYSBP")["ranges"][0]["max"] = "220"

    found = changed(widen)

    assert [(one.kind, one.oid) for one in found] == [(Kind.RULES, "SYSBP")]
    assert said(found, "SYSBP") == [("Upper limit (soft)", "200", "220")]


@pytest.mark.parametrize(
    ("oid", "change"),
    [("WEIGHT", {"unit": "lb"}), ("NOTE", {"type": "DATE"}), ("SYSBP", {"calculation": "120 + 0"})],
)
def test_unit_kind_and_calculation_change_the_meaning(oid, change):
    found = changed(lambda document: item(document, oid).update(change))

    assert next(one for one in found if one.oid == oid).kind == Kind.MEANING


def test_whole_numbers_become_decimals_without_losing_their_meaning():
    found = changed(lambda document: item(document, "MOOD").update(type="DECIMAL"))

    assert [one.kind for one in found] == [Kind.RULES]


@pytest.mark.parametrize(
    ("choices", "kind", "words"),
    [
        ([*factories.CHOICES, {"code": "SITTING", "label": "Sitting"}], Kind.RULES, ("Choice SITTING", "", "Sitting")),
        (factories.CHOICES[:1], Kind.MEANING, ("Choice STANDING", "Standing", "")),
        ([factories.CHOICES[0], {"code": "STANDING", "label": "Sitting"}], Kind.MEANING,
         ("Choice STANDING", "Standing", "Sitting")),
        ([factories.CHOICES[0], {"code": "STANDING", "label": "standing."}], Kind.TEXT,
         ("Choice STANDING", "Standing", "standing.")),
        (factories.CHOICES[::-1], Kind.TEXT, ("Order of the choices", "", "")),
    ],
)  # fmt: skip
def test_choices_are_compared_by_code(choices, kind, words):
    found = changed(lambda document: document["code_lists"][0].update(choices=choices))

    assert said(found, "POS")[-1] in {("Choices", *said(found, "POS")[-1][1:]), words}
    lists = [one for one in found if one.thing == "Code list"]
    assert [one.kind for one in lists] == [kind]
    assert words in [(change.what, change.old, change.new) for change in lists[0].changes]
    assert kinds_of_items(found, "VS").get(("", "ARMS"), Kind.TEXT) == kind


def test_items_forms_visits_and_checks_come_and_go():
    def change(document):
        document["forms"][0]["sections"][0]["items"].remove("NOTE")
        document["forms"].pop(1)
        document["visits"].pop()
        document["visits"][0]["forms"].append("DIARY")
        document["checks"] = [
            {"oid": "HIGH", "form": "VS", "item": "SYSBP", "fails_when": "[SYSBP] > 180", "message": "High"}
        ]

    found = {(one.thing, one.oid): one.kind for one in changed(change)}

    assert found == {
        ("Visit", "LOG"): Kind.REMOVED,
        ("Visit", "SCR"): Kind.RULES,
        ("Form", "AE"): Kind.REMOVED,
        ("Item", "NOTE"): Kind.REMOVED,
        ("Check", "HIGH"): Kind.ADDED,
    }


def test_item_that_goes_into_a_table_leaves_its_place():
    def change(document):
        items = document["forms"][0]["sections"][0]["items"]
        items.remove("NOTE")
        document["forms"][0]["sections"].append({"oid": "NOTES", "name": "Notes", "repeating": True, "items": ["NOTE"]})

    kinds = kinds_of_items(changed(change), "VS")

    assert kinds == {("NOTES", "NOTE"): Kind.ADDED, ("", "NOTE"): Kind.REMOVED}


@pytest.fixture
def versions(db):
    """Return the version in force, and the trial's next one with a wider limit."""
    trial = factories.active_trial()
    document = copy.deepcopy(factories.DOCUMENT)
    item(document, "SYSBP")["ranges"][0]["max"] = "220"
    item(document, "NOTE")["question"] = "<script>alert(1)</script>"
    manager = factories.data_manager_of(trial)
    return trial.study_versions.get(), services.create_study_version(trial=trial, document=document, by=manager)


def page_of(person, version, **asked):
    client = Client()
    client.force_login(person)
    return client.get(reverse("trials:differences", args=[version.pk]), asked)


def test_page_says_what_a_version_changes(versions):
    old, new = versions
    manager = factories.data_manager_of(new.trial)

    page = page_of(manager, new).content.decode()
    backwards = page_of(manager, old, **{"from": 2}).content.decode()
    texts = page_of(manager, new, kind="TEXT").content.decode()

    assert "Upper limit (soft)" in page
    assert '<del class="value-old">200</del>' in page
    assert '<ins class="value-new">220</ins>' in page
    assert "<script>alert" not in page
    assert '<del class="value-old">220</del>' in backwards
    assert "Upper limit" not in texts


def test_api_tells_the_same(versions):
    old, new = versions
    manager = as_person(factories.data_manager_of(new.trial))

    told = manager.get(f"study-versions/{new.pk}/differences/").json()
    wrong = manager.get(f"study-versions/{new.pk}/differences/?from=7")
    monitor = as_person(factories.monitor_at(new.trial)).get(f"study-versions/{new.pk}/differences/")

    assert told["old"] == str(old.pk)
    assert [(one["kind"], one["oid"]) for one in told["differences"]] == [("RULES", "SYSBP"), ("TEXT", "NOTE")]
    assert (wrong.status_code, monitor.status_code) == (400, 404)


def test_first_version_has_nothing_to_be_compared_with(db):
    trial = factories.active_trial()

    page = page_of(factories.monitor_at(trial), trial.study_versions.get()).content.decode()

    assert "Nothing to compare with" in page
