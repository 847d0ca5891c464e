"""Logic of other systems in our language."""

import pytest

from trials.expressions import ExpressionError
from trials.formats.foreign import as_numbers, from_plain_names, from_redcap, negated, without_powers


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("[a]^2", "([a] * [a])"),
        ("round(([w]*10000)/(([h])^(2)),1)", "round(([w]*10000)/((([h]) * ([h]))),1)"),
        ("([w]) / ([h] * [h])", "([w]) / ([h] * [h])"),
        ("[v][a] ^ 3 + 1", "([v][a] * [v][a] * [v][a]) + 1"),
        ("2.5^2", "(2.5 * 2.5)"),
        ("abs([a])^2", "(abs([a]) * abs([a]))"),
        ("([a]^2)^2", "((([a] * [a])) * (([a] * [a])))"),
        # These stay, and are refused as powers when they are compiled.
        ("[a]^[b]", "[a]^[b]"),
        ("[a]^9", "[a]^9"),
        ("[a]^2.5", "[a]^2.5"),
        ("^2", "^2"),
        (")^2", ")^2"),
    ],
)
def test_small_whole_powers_become_products(text, ours):
    assert without_powers(text) == ours


def test_names_of_fields_and_events_become_ours():
    text = "[Age] > 3 and [visit_arm_1][race(1)] = 1 and [other] = 2"

    assert from_redcap(text, {"age": "AGE", "race": "RACE"}, {"visit_arm_1": "V1"}) == (
        "[AGE] > 3 and [V1][RACE(1)] = 1 and [other] = 2"
    )


@pytest.mark.parametrize("text", ["[a][1] = 1", "[a][current-instance] = 1", "[a] = 1 or [b][2] = 3"])
def test_a_certain_row_has_no_name(text):
    with pytest.raises(ExpressionError, match="certain row"):
        from_redcap(text, {}, {})


def test_names_without_brackets_get_them_but_for_what_is_quoted():
    groups = {("WHO.Q", "WHO.1"): "WHO.1"}
    items = {"Gender": "Gender", "Weight": "W8", "and": "and"}

    said = from_plain_names('Gender == "Gender" or WHO.Q-WHO.1 * Weight > sum(2, x)', items, groups)

    assert said == '[Gender] == "Gender" or [WHO.1] * [W8] > sum(2, x)'


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("!(a)", "a"),
        ('!(a == ")")', 'a == ")"'),
        ("a = 1", "not (a = 1)"),
        ("!(a) or (b)", "not (!(a) or (b))"),
    ],
)
def test_the_opposite_of_a_negation_is_what_it_negates(text, ours):
    assert negated(text) == ours


def test_texts_are_told_to_be_numbers():
    assert as_numbers("[a] > 3 or [v][a] < [b]", {"a"}) == "number([a]) > 3 or number([v][a]) < [b]"
