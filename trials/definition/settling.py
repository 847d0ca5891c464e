"""Settle a filled-in form: what is asked, what is calculated, and which checks fire. Nothing is stored here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from trials.definition.classes import NUMERIC, Check, Form, Item, ItemType
from trials.definition.places import place_of, rows_in
from trials.definition.rules import Rules, Step
from trials.definition.values import as_standard
from trials.expressions import Lookup, Value

MOST_DIGITS = 12
EXACT = Context(prec=400)
TEXTS = {ItemType.TEXT, ItemType.LONG_TEXT, ItemType.DATE, ItemType.TIME, ItemType.DATE_TIME}

Row = tuple[str, str]
Key = tuple[str | None, str]
NO_ROW: Row = ("", "")


# Stands among the values of other forms for an item of the form itself that is read by the name of its own visit.
HERE = object()


class Known(dict[Key, Any]):
    """What expressions see. What they read of their own form is what it holds now, also where they name its visit."""

    def get(self, key: Key, default: Any = None) -> Any:
        value = super().get(key, default)
        return super().get((None, key[1]), default) if value is HERE else value


@dataclass(frozen=True)
class Fired:
    """A check that failed, and the place of the item where it shows."""

    check: Check
    place: str


@dataclass
class Settled:
    """The values by place with what was calculated; `hidden` are the places of items that are not asked."""

    values: dict[str, Any]
    hidden: set[str] = field(default_factory=set)
    fired: list[Fired] = field(default_factory=list)


def settle(form: Form, rules: Rules, values: Mapping[str, Any], outside: Lookup) -> Settled:
    """Return what a form's values come to; `outside` holds what its expressions read from other forms.

    What is hidden counts as missing for everything else, and stays among the values: nothing typed is lost.
    """
    result = Settled(dict(values))
    known = Known(outside)
    known.update(_seen(form.items.values(), {oid: oid for oid in form.items}, values))
    _take(rules.steps, known, result)
    in_rows: list[tuple[Row, Lookup]] = []
    for group, rows in rows_in(values).items():
        for row in rows if group in form.groups else ():
            inner = Known(known)
            inner.update(_row(form, group, row, values))
            if group in result.hidden:
                result.hidden.update(place_of(item.oid, group, row) for item in form.groups[group].items)
            else:
                _take(rules.row_steps.get(group, ()), inner, result, (group, row))
                in_rows.append(((group, row), inner))
    _fire(form, rules, known, in_rows, result)
    return result


def _row(form: Form, group: str, row: str, values: Mapping[str, Any]) -> dict[Key, Any]:
    items = form.groups[group].items
    return _seen(items, {item.oid: place_of(item.oid, group, row) for item in items}, values)


def _seen(items: Iterable[Item], places: Mapping[str, str], values: Mapping[str, Any]) -> dict[Key, Any]:
    """Return what expressions see of the values at these places: nothing of what is missing, all in standard units."""
    given = ((item, values[places[item.oid]]) for item in items if places[item.oid] in values)
    return {(None, item.oid): seen for item, value in given if (seen := as_standard(item, value)) is not None}


def _take(steps: tuple[Step, ...], known: Known, result: Settled, row: Row = NO_ROW) -> None:
    """Go through the steps of the form, or of one row of a table."""
    for step in steps:
        places = {oid: place_of(oid, *row) for oid in step.items}
        shown = step.condition is None or step.condition.holds(known)
        if not shown or result.hidden.issuperset(places.values()):
            result.hidden.update(places.values())
            for oid in step.items:
                known.pop((None, oid), None)
        elif step.item is not None and step.calculation is not None:
            found = as_stored(step.item, step.calculation.run(known))
            result.values.pop(places[step.oid], None)
            known.pop((None, step.oid), None)
            if found is not None:
                result.values[places[step.oid]] = known[None, step.oid] = found


def _fire(form: Form, rules: Rules, known: Lookup, in_rows: list[tuple[Row, Lookup]], result: Settled) -> None:
    for check, expression in rules.checks:
        flat = check.item in form.items
        group = (
            "" if flat else next(oid for oid, one in form.groups.items() if check.item in {i.oid for i in one.items})
        )
        seen = [(NO_ROW, known)] if flat else [pair for pair in in_rows if pair[0][0] == group]
        for row, values in seen:
            place = place_of(check.item, *row)
            if place not in result.hidden and expression.holds(values):
                result.fired.append(Fired(check, place))


def as_stored(item: Item, value: Value) -> str | None:
    """Return a calculated value in the spelling in which the item stores it, or None where it does not fit."""
    if isinstance(value, Decimal):
        return _number(item, value) if item.type in NUMERIC | TEXTS else _code(item, f"{value:f}")
    if value is None:
        return None
    text = value if isinstance(value, str) else "Y" if value else "N"
    return text if item.type in TEXTS else _code(item, text)


def _number(item: Item, value: Decimal) -> str:
    """Return the number with the item's digits after the point, or where it has none, without needless ones."""
    digits = 0 if item.type == ItemType.INTEGER else item.digits
    if digits is None:
        text = f"{value.quantize(Decimal(1).scaleb(-MOST_DIGITS), ROUND_HALF_UP, EXACT):f}"
        return text.rstrip("0").rstrip(".")
    return f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT):f}"


def _code(item: Item, text: str) -> str | None:
    return text if item.code_list and text in item.code_list.labels else None
