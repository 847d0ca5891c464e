"""Check values against the items of a form: what can be stored, in which spelling, and what it should prompt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from trials.definition import Form, Item, ItemType, Range, Severity

Value = str | list[str]

INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?([0-9]{1,18}([.][0-9]{0,12})?|[.][0-9]{1,12})")
DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
# Control characters that no text has a use for; PostgreSQL refuses NUL anyway.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass
class Checked:
    """What a form's input comes to: values to store, errors that refuse it, prompts that do not."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


class _Bad(ValueError): ...


def check_values(form: Form, given: Mapping[str, Any]) -> Checked:
    """Return the input checked item by item; an item that the form lacks is an error, an empty value is absent."""
    checked = Checked()
    for oid in given:
        if oid not in form.items:
            checked.errors[str(oid)] = ["This form has no such item."]
    for oid, item in form.items.items():
        raw = given.get(oid)
        try:
            value = _value(item, raw)
        except _Bad as bad:
            checked.errors[oid] = [str(bad)]
            continue
        if value is None:
            if item.required:
                checked.missing.append(oid)
            continue
        checked.values[oid] = value
        _check_ranges(item, value, checked)
    return checked


def _value(item: Item, raw: Any) -> Value | None:
    """Return the value in the one spelling that is stored, or None when it is empty."""
    if raw in (None, "", []):
        return None
    if item.type == ItemType.MULTIPLE:
        return _codes(item, raw)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _Bad("This must be a single value.")
    if isinstance(raw, float):
        raise _Bad("Write numbers with a fraction as text, so that no digit is lost.")
    text = str(raw).strip()
    if CONTROL.search(text):
        raise _Bad("This has characters that cannot be stored.")
    return READERS[item.type](item, text) if text else None


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
        time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
    except ValueError:
        match = None
    if not match:
        raise _Bad("Write a time as hours:minutes, on a 24-hour clock.")
    return text


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
    ItemType.CHOICE: _code,
    ItemType.YES_NO: _code,
}


def _check_ranges(item: Item, value: Value, checked: Checked) -> None:
    for limits in item.ranges:
        if isinstance(value, str) and not _within(item, value, limits):
            message = limits.message or _range_text(item, limits)
            if limits.severity == Severity.HARD:
                checked.errors.setdefault(item.oid, []).append(message)
            else:
                checked.prompts[item.oid] = message


def _within(item: Item, value: str, limits: Range) -> bool:
    """Compare numbers as numbers and dates as text; a partial date is outside only when every day of it would be."""
    if item.type in {ItemType.INTEGER, ItemType.DECIMAL}:
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
