"""Check values against the items of a form: what can be stored, in which spelling, and what it should prompt."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from edc.base.texts import visible
from trials.definition import (
    NUMERIC,
    Fired,
    Form,
    Item,
    ItemType,
    Place,
    Range,
    Rules,
    Settled,
    Severity,
    agree,
    as_standard,
    file_of,
    find_place,
    rows_in,
    settle,
)
from trials.definition.places import ROW_KEY
from trials.expressions import Lookup

# As trials.definition.values describes it.
Value = str | list[str] | dict[str, str]

NOT_ASKED = "There is a value, though it is not asked for after what else is entered."
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?([0-9]{1,18}([.][0-9]{0,12})?|[.][0-9]{1,12})")
DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
TIME = re.compile(r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?)?")
# Control characters that no text has a use for; PostgreSQL refuses NUL anyway.
LONGEST_REASON = 500
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass
class Checked:
    """What a form's input comes to, by place (trials.definition.places).

    `values` to store, with what was calculated; `errors` refuse them, `prompts` do not; `fired` are the edit checks
    among both; `missing` are required and asked, `hidden` are not asked. Kept as they were brought in: `unreadable`,
    and `standing` though they are not asked for.
    """

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)
    fired: list[Fired] = field(default_factory=list)

    @property
    def left_over(self) -> list[str]:
        """Return the places whose values are kept though they are no longer asked for."""
        return [place for place in self.values if place in self.hidden and place not in self.standing]

    @property
    def hard(self) -> dict[str, list[str]]:
        """Return the failed checks that a form may not be submitted with."""
        return self.hard_besides(())

    def hard_besides(self, known: Iterable[Fired]) -> dict[str, list[str]]:
        """Return what `hard` does, without these."""
        left_out = {(one.check.oid, one.place) for one in known}
        found: dict[str, list[str]] = {}
        for one in self.fired:
            if one.check.severity == Severity.HARD and (one.check.oid, one.place) not in left_out:
                found.setdefault(one.place, []).append(one.check.message)
        return found


class _Bad(ValueError): ...


class HeldFile(dict[str, str]):
    """The value of a file that the portal holds: services alone make one, so that no input can name another's file."""


def check_values(
    form: Form,
    given: Mapping[str, Any],
    *,
    rules: Rules | None = None,
    outside: Lookup | None = None,
    stored: Mapping[str, Any] | None = None,
    brought_in: bool = False,
) -> Checked:
    """Return the input checked place by place; a place that the form lacks is an error, an empty value is absent.

    `rules` are the form's, `outside` what they read from other forms. What is calculated is not taken from the input.
    A value that is the one `stored` already is never refused, however it came there: it prompts. What a study file
    has `brought_in` against the form's rules stands, while these come to the same as before.
    """
    checked, stored = Checked(), stored or {}
    for name, raw in given.items():
        place = find_place(form, str(name))
        if place is None:
            checked.errors[str(name)] = ["This form has no such item."]
        elif not place.item.calculation:
            _take(place, raw, stored.get(str(name)), checked)
    before = rows_in(stored)
    for group, rows in rows_in(checked.values).items():
        if len(rows) > max(form.groups[group].most, len(before.get(group, ()))):
            checked.errors[group] = [f"This table has at most {form.groups[group].most:,} rows."]
    settled = settle(form, rules or Rules(), checked.values, outside or {})
    checked.values, checked.hidden, checked.fired = settled.values, settled.hidden, settled.fired
    checked.prompts = {one.place: one.check.message for one in settled.fired} | checked.prompts
    if brought_in:
        _let_stand(form, settle(form, rules or Rules(), stored, outside or {}), stored, checked)
    for place in places_in(form, checked.values):
        if str(place) not in checked.hidden:
            _look_at(place, stored.get(str(place)), checked)
    return checked


def _let_stand(form: Form, was: Settled, stored: Mapping[str, Any], checked: Checked) -> None:
    """Keep what is stored beside its calculation, or though it is not asked for, where nothing that decides changed."""
    for name in {*stored, *was.values}:
        place, value, right = find_place(form, name), stored.get(name), checked.values.get(name)
        if name in was.hidden and name in checked.hidden and value is not None and value == right:
            checked.standing.add(name)
            checked.prompts.setdefault(name, NOT_ASKED)
        elif place and place.item.calculation and name not in checked.hidden and was.values.get(name) == right:
            checked.values.pop(name, None)
            if value is not None:
                checked.values[name] = value
                if right is not None and not agree(value, right):
                    checked.prompts.setdefault(name, not_calculated(right))


def not_calculated(right: Any) -> str:
    """Return what to ask about a stored value that is not what its calculation comes to."""
    return f"This was not calculated here, which comes to {right}."


def _look_at(place: Place, stored: Any, checked: Checked) -> None:
    value = checked.values.get(str(place))
    if str(place) in checked.unreadable:
        return
    if value is not None:
        _check_ranges(place, value, checked, is_stored=value == stored)
    elif place.item.required and str(place) not in checked.errors:
        checked.missing.append(str(place))


def _take(place: Place, raw: Any, stored: Any, checked: Checked) -> None:
    if file_of(stored) and raw == stored:
        checked.values[str(place)] = stored
        return
    try:
        value = _value(place.item, raw)
    except _Bad as bad:
        if stored is None or not is_same(raw, stored):
            checked.errors[str(place)] = [str(bad)]
            return
        checked.unreadable.add(str(place))
        checked.prompts[str(place)] = f"This is kept as it was brought in. {bad}"
        value = stored
    if value is not None:
        checked.values[str(place)] = value


def places_in(form: Form, names: Iterable[str], *, blank_row: bool = False) -> Iterator[Place]:
    """Yield the places of the form in page order, those of its tables for each row that one of the names is in.

    With `blank_row` each table has one row more, as long as it may have one.
    """
    rows = rows_in(names)
    for section in form.sections:
        keys = [""]
        if section.repeating:
            keys = [key for key in rows.get(section.oid, []) if ROW_KEY.fullmatch(key)]
            if blank_row and len(keys) < section.most:
                keys.append(str(1 + max((int(key) for key in keys if key.isdecimal()), default=0)))
        yield from (Place(item, section.oid if key else "", key) for key in keys for item in section.items)


def is_same(raw: Any, stored: Any) -> bool:
    """Tell whether input says what is stored, but for the blanks and ends of lines that pages and files change."""
    if isinstance(raw, str) and isinstance(stored, str):
        return visible(raw).split() == visible(stored).split()
    if isinstance(raw, list):
        return sorted(map(str, raw)) == sorted(map(str, stored if isinstance(stored, list) else [stored]))
    return bool(raw == stored)


def _value(item: Item, raw: Any) -> Value | None:
    """Return the value in the one spelling that is stored, or None when it is empty."""
    if raw in (None, "", [], {}):
        return None
    if item.type == ItemType.DESCRIPTIVE:
        raise _Bad("This is a text to read; it takes no answer.")
    if isinstance(raw, HeldFile):
        return dict(raw)
    if item.type == ItemType.FILE and not (isinstance(raw, dict) and "missing" in raw):
        raise _Bad("Attach a file on the page of the form.")
    if isinstance(raw, dict):
        return _with_unit(item, raw) if "unit" in raw else _missing(item, raw)
    if item.type == ItemType.MULTIPLE:
        return _codes(item, raw)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _Bad("This must be a single value.")
    if isinstance(raw, float):
        raise _Bad("Write numbers with a fraction as text, so that no digit is lost.")
    text = visible(str(raw))
    if CONTROL.search(text):
        raise _Bad("This has characters that cannot be stored.")
    return READERS[item.type](item, text) if text else None


def _missing(item: Item, raw: Mapping[Any, Any]) -> dict[str, str]:
    """Return why there is no value."""
    code, reason = raw.get("missing"), raw.get("reason") or ""
    if "missing" in raw and raw.get("value"):
        raise _Bad("There is a value, and a reason why there is none: take one of them away.")
    if not isinstance(code, str) or not isinstance(reason, str) or raw.keys() - {"missing", "reason"}:
        raise _Bad('This must be a single value, or a missing-data code as {"missing": "UNK"}.')
    if code not in {one.code for one in item.missing_codes}:
        raise _Bad(f"There is no missing-data code {code!r} for this item.")
    reason = visible(reason)
    if len(reason) > LONGEST_REASON or CONTROL.search(reason):
        raise _Bad(f"Write at most {LONGEST_REASON} characters of plain text why there is no value.")
    return {"missing": code} | ({"reason": reason} if reason else {})


def _with_unit(item: Item, raw: Mapping[Any, Any]) -> Value | None:
    """Return a number with its unit; in the standard unit it is the number alone."""
    amount, unit = raw.get("value"), raw["unit"]
    if isinstance(amount, dict | list) or not isinstance(unit, str) or raw.keys() - {"value", "unit"}:
        raise _Bad('This must be a number with its unit, as {"value": "180", "unit": "lb"}.')
    if unit in ("", item.unit):
        return _value(item, amount)
    if item.unit_named(unit) is None:
        raise _Bad(f"This cannot be entered in {unit}." if item.units else "This takes no unit.")
    number = _value(replace(item, type=ItemType.DECIMAL, digits=None), amount)
    return {"value": number, "unit": unit} if isinstance(number, str) else None


def _text(item: Item, text: str) -> str:
    if len(text) > item.max_length:
        raise _Bad(f"Write at most {item.max_length:,} characters.")
    return text


def _integer(item: Item, text: str) -> str:
    if not INTEGER.fullmatch(text):
        raise _Bad("Write a whole number.")
    return str(int(text))


def _decimal(item: Item, text: str) -> str:
    """Keep the digits as written: 54.40 says more about a measurement than 54.4."""
    if not DECIMAL.fullmatch(text):
        raise _Bad("Write a number, with a point before the fraction.")
    digits = len(text.partition(".")[2])
    if item.digits is not None and digits > item.digits:
        raise _Bad(f"Write at most {item.digits} digits after the point.")
    return text.removeprefix("+").removesuffix(".")


def _date(item: Item, text: str) -> str:
    match = DATE.fullmatch(text)
    if not match or (not item.partial and match[3] is None):
        raise _Bad("Write a date as year-month-day." if not item.partial else "Write a year, a month or a full date.")
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise _Bad("There is no such date.") from None
    # Nobody alive was born before, and no trial plans beyond.
    if not 1880 <= int(match[1]) <= 2200:
        raise _Bad("Check the year.")
    return text


def _time(item: Item, text: str) -> str:
    match = TIME.fullmatch(text)
    try:
        time(int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None
    except ValueError:
        match = None
    if not match or (match[2] is None and not item.partial):
        raise _Bad("Write a time as hours:minutes, on a 24-hour clock.")
    return text


def _date_time(item: Item, text: str) -> str:
    """Return date and time as ISO 8601; only where parts may be missing the date, or a part of it, or with the hour."""
    day, _, clock = text.replace(" ", "T").partition("T")
    if not clock:
        if not item.partial:
            raise _Bad("Write a date and a time.")
        return _date(item, day)
    return f"{_date(replace(item, partial=False), day)}T{_time(item, clock)}"


def _scale(item: Item, text: str) -> str:
    number = _decimal(item, text)
    scale = item.scale
    if scale is None:
        return number
    low, high, step = Decimal(scale.minimum), Decimal(scale.maximum), Decimal(scale.step)
    if not low <= Decimal(number) <= high or (Decimal(number) - low) % step:
        raise _Bad(f"Choose a number from {scale.minimum} to {scale.maximum} in steps of {scale.step}.")
    return number


def _code(item: Item, text: str) -> str:
    if item.code_list is None or text not in item.code_list.labels:
        raise _Bad("Choose one of the answers.")
    return text


def _codes(item: Item, raw: Any) -> list[str]:
    chosen = raw if isinstance(raw, list) else [raw]
    known = item.code_list.labels if item.code_list else {}
    if not all(isinstance(code, str) and code in known for code in chosen):
        raise _Bad("Choose among the answers.")
    return [code for code in known if code in chosen]


READERS = {
    ItemType.TEXT: _text,
    ItemType.INTEGER: _integer,
    ItemType.DECIMAL: _decimal,
    ItemType.DATE: _date,
    ItemType.TIME: _time,
    ItemType.DATE_TIME: _date_time,
    ItemType.SCALE: _scale,
    ItemType.LONG_TEXT: _text,
    ItemType.CHOICE: _code,
    ItemType.YES_NO: _code,
}


def _check_ranges(place: Place, value: Value, checked: Checked, *, is_stored: bool) -> None:
    seen = as_standard(place.item, value)
    for limits in place.item.ranges:
        if isinstance(seen, str) and not _within(place.item, seen, limits):
            message = limits.message or _range_text(place.item, limits)
            if limits.severity == Severity.HARD and not is_stored:
                checked.errors.setdefault(str(place), []).append(message)
            else:
                checked.prompts[str(place)] = message


def _within(item: Item, value: str, limits: Range) -> bool:
    """Compare numbers as numbers and dates as text; a partial date is outside only when every day of it would be."""
    if item.type in NUMERIC:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return False
        too_low = limits.minimum is not None and number < Decimal(limits.minimum)
        too_high = limits.maximum is not None and number > Decimal(limits.maximum)
    else:
        too_low = limits.minimum is not None and value < limits.minimum[: len(value)]
        too_high = limits.maximum is not None and value > limits.maximum[: len(value)]
    return not (too_low or too_high)


def _range_text(item: Item, limits: Range) -> str:
    unit = f" {item.unit}" if item.unit else ""
    if limits.minimum is not None and limits.maximum is not None:
        return f"Expected {limits.minimum} to {limits.maximum}{unit}."
    if limits.minimum is not None:
        return f"Expected {limits.minimum}{unit} or more."
    return f"Expected {limits.maximum}{unit} or less."
