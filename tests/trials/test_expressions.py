"""The expression language: what its reference page says is what it does."""

import re
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trials.expressions import Circular, ExpressionError, Kind, Reference, Type, compile_expression, in_order

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text()
KINDS = {
    "weight": Kind(Type.NUMBER),
    "age": Kind(Type.NUMBER),
    "sex": Kind(Type.CODE, frozenset({"F", "M"})),
    "score": Kind(Type.CODE, frozenset({"0", "1", "2"})),
    "race": Kind(Type.CODE, frozenset({"1", "2", "-99"}), multiple=True),
    "born": Kind(Type.DATE),
    "seen": Kind(Type.DATE_TIME),
    "at": Kind(Type.TIME),
    "comment": Kind(Type.TEXT),
}


def names(reference):
    if reference.item not in KINDS:
        raise LookupError(f"There is no item {reference.item}.")
    return KINDS[reference.item]


def rows(columns):
    """Yield the cells of the page's tables with so many columns that hold an expression."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| `") else []
        if len(cells) == columns and not re.match(r"`\w+\(x|`\w+\(…|`if\(condition|`datediff\(from", cells[0]):
            yield [cells[0].strip("`"), *cells[1:]]


def stored(words):
    found = {}
    for pair in words.split():
        name, _, value = pair.partition("=")
        visit, _, item = name.rpartition("/")
        found[visit or None, item] = value.split(",") if KINDS[item].multiple else value
    return found


def shown(value):
    if isinstance(value, Decimal):
        return value
    return {None: "unknown", True: "yes", False: "no"}.get(value, value)


EXAMPLES, REFUSED = list(rows(3)), list(rows(2))


def test_the_page_has_its_examples():
    assert len(EXAMPLES) > 50
    assert len(REFUSED) > 10


@pytest.mark.parametrize(("text", "values", "result"), EXAMPLES)
def test_an_example_of_the_page_comes_out_as_written(text, values, result):
    found = compile_expression(text, names).run(stored(values))

    if isinstance(found, Decimal):
        assert abs(found - Decimal(result)) < Decimal("1e-30")
    else:
        assert shown(found) == result


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_mistake_of_the_page_is_refused_in_its_words(text, message):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, names)

    assert str(caught.value) == message
    assert 0 <= caught.value.start < caught.value.end <= len(text) + 1


def test_an_error_points_at_what_is_wrong():
    text = "[weight] > 3 and [sex] = 'X'"

    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, names)

    assert text[caught.value.start : caught.value.end] == "'X'"


def test_an_expression_tells_what_it_reads():
    expression = compile_expression("[v1][weight] > 3 or [race(2)]", names)

    assert expression.reads == {Reference("weight", "v1"), Reference("race", None, "2")}


@pytest.mark.parametrize(
    "text",
    [
        "1 + " * 2_000,
        "(" * 60 + "+".join(["abs(1"] * 60) + ")" * 120,
        "not " * 60 + "true",
        "abs(" * 60 + "1" + ")" * 60,
        "+".join(["1"] * 1_001),
        "__import__('os')",
        "[weight].__class__",
        "lambda: 1",
        "[weight] =~ 'x*'",
        "'" + "a" * 3_990,
        "\x00",
        "[weight]\ud800",
    ],
)
def test_a_hostile_text_is_refused(text):
    with pytest.raises(ExpressionError):
        compile_expression(text, names)


def test_many_terms_in_a_row_are_not_deep():
    assert compile_expression("+".join(["1"] * 900), names).run({}) == 900
    assert compile_expression("(" * 1_500 + "1" + ")" * 1_500, names).run({}) == 1


def test_numbers_beyond_all_measure_are_unknown_and_cost_nothing():
    product = "*".join(["9" * 30] * 90)

    assert compile_expression(product, names).run({}) is None


def test_a_type_that_is_wanted_is_had():
    with pytest.raises(ExpressionError, match="Yes or no is needed here"):
        compile_expression("[weight] + 1", names, want=Type.TRUTH)
    with pytest.raises(ExpressionError, match="A number is needed here"):
        compile_expression("[weight] > 1", names, want=Type.NUMBER)
    assert compile_expression("'3'", names, want=Type.NUMBER).run({}) == 3


def test_calculations_come_after_what_they_read():
    assert in_order({"bmi": {"weight", "metres"}, "metres": {"height"}, "risk": {"bmi"}}) == ["metres", "bmi", "risk"]


def test_calculations_in_a_circle_are_named():
    with pytest.raises(Circular) as caught:
        in_order({"a": {"b"}, "b": {"c"}, "c": {"a"}})

    assert set(caught.value.items) == {"a", "b", "c"}


@given(st.text(max_size=200))
def test_any_text_is_an_expression_or_refused(text):
    with suppress(ExpressionError):
        compile_expression(text, names).run({})


numbers = st.recursive(
    st.sampled_from(
        [
            "[weight]",
            "[age]",
            "sum([score])",
            "number([comment])",
            "1",
            "0",
            "2.5",
            "'7'",
            "datediff([born],[seen],'d',true)",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"sum({p[0]},{p[1]})"),
        inner.map(lambda one: f"round({one},2)"),
        inner.map(lambda one: f"-{one}"),
    ),
    max_leaves=8,
)
truths = st.recursive(
    st.tuples(numbers, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), numbers).map("".join)
    | st.sampled_from(["[race(1)]", "[sex]='F'", "[born]<[seen]", "isblank([comment])", "[at]>'10:00'"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=5,
)
VALUES = st.dictionaries(
    st.sampled_from([(None, name) for name in KINDS]),
    st.one_of(
        st.text(max_size=12), st.lists(st.text(max_size=3), max_size=3), st.sampled_from(["NaN", "1e999", "2020-13-45"])
    ),
)


@given(numbers, truths, VALUES)
def test_no_stored_value_makes_an_evaluation_fail(number, truth, values):
    found = compile_expression(number, names, want=Type.NUMBER).run(values)
    told = compile_expression(truth, names, want=Type.TRUTH).run(values)

    assert found is None or found.is_finite()
    assert told in {None, True, False}


@given(truths, VALUES)
def test_a_doubt_stays_a_doubt(truth, values):
    told = compile_expression(truth, names).run(values)

    assert compile_expression(f"not ({truth})", names).run(values) == (None if told is None else not told)
    assert compile_expression(f"({truth}) or true", names).run(values) is True
    assert compile_expression(f"({truth}) and false", names).run(values) is False
