"""What is stored at a place of a capture, and what it comes to for checks and for people.

A value is text (numbers as decimal text, dates as full or partial ISO 8601, a choice as its code) or the codes of a
multiple choice. It is an object where that would not say all: `{"missing": CODE, "reason": …}` says why there is no
value, `{"value": "180", "unit": "lb"}` is a number in another than the item's standard unit, and a file is
`{"file": ID, "name": …}`.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import orjson

from trials.definition.classes import NULL_FLAVOURS, Item, Unit
from trials.definition.members import NUMBER

SHAPES = ({"missing"}, {"missing", "reason"}, {"value", "unit"}, {"file", "name"})
MISSING, REASON, AMOUNT, UNIT, FILE, NAME = "missing", "reason", "value", "unit", "file", "name"
# A converted number has so many digits after the point, and as it is shown so many.
MOST_DIGITS, SHOWN_DIGITS = 12, 2
EXACT = Context(prec=80)


def read_back(text: str | None) -> Any:
    """Return a value of which the audit trail keeps the text: codes and objects are JSON there."""
    if not text or text[0] not in "[{":
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if isinstance(value, list):
        return value if all(isinstance(code, str) for code in value) else text
    return value if isinstance(value, dict) and value.keys() in SHAPES else text


def missing_code(value: Any) -> str | None:
    """Return the code that says why there is no value, or None for a value."""
    return value.get(MISSING) if isinstance(value, dict) else None


def is_missing(value: Any) -> bool:
    """Tell whether this says why there is no value."""
    return missing_code(value) is not None


def reason_of(value: Any) -> str:
    """Return what was written beside a missing-data code."""
    return str(value.get(REASON, "")) if is_missing(value) else ""


def missing_words(item: Item | None, value: Any) -> str:
    """Return why there is no value as people read it: `Not known (UNK): lost in transit`."""
    code, reason = str(missing_code(value)), reason_of(value)
    labels = {one.code: one.label for one in (*NULL_FLAVOURS, *(item.missing_codes if item else ()))}
    words = f"{labels[code]} ({code})" if code in labels else code
    return f"{words}: {reason}" if reason else words


def amount_of(value: Any) -> str:
    """Return the text that was entered, without its unit; nothing where there is no value, or several."""
    if isinstance(value, dict):
        return str(value.get(AMOUNT, ""))
    return value if isinstance(value, str) else ""


def unit_of(value: Any, item: Item) -> str:
    """Return the unit in which a value is: the item's own unless it says another."""
    named = value.get(UNIT) if isinstance(value, dict) else None
    return str(named) if named else item.unit


def file_of(value: Any) -> str | None:
    """Return the id of the file that a value is, or None for another value."""
    return value.get(FILE) if isinstance(value, dict) else None


def as_standard(item: Item | None, value: Any) -> Any:
    """Return what checks and expressions see of a value: text in the item's standard unit, codes, or None.

    A number in a unit that nobody can convert is unknown to them.
    """
    if not isinstance(value, dict):
        return value
    if FILE in value:
        return value.get(NAME)
    unit = item.unit_named(unit_of(value, item)) if item and UNIT in value else None
    return converted(amount_of(value), unit) if unit else None


def converted(text: str, unit: Unit) -> str | None:
    """Return a number of this unit in the standard unit, exact to twelve digits; None where that is not known."""
    if unit.factor is None or not NUMBER.fullmatch(text):
        return None
    exact = Fraction(text) * unit.factor + unit.offset
    number = EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return plain(number.quantize(Decimal(1).scaleb(-MOST_DIGITS), ROUND_HALF_UP, EXACT))


def plain(number: Decimal) -> str:
    """Return a number without exponent and needless zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def amount_words(item: Item, value: Any) -> str:
    """Return a number with its unit, and behind one in another unit what it comes to: `180 lb (81.65 kg)`."""
    if file_of(value):
        return str(value.get(NAME, ""))
    unit, amount = unit_of(value, item), amount_of(value)
    words = f"{amount} {unit}".strip()
    standard = as_standard(item, value) if isinstance(value, dict) else None
    if standard is None:
        return words
    digits = SHOWN_DIGITS if item.digits is None else item.digits
    shown = plain(Decimal(standard).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT))
    return f"{words} ({f'{shown} {item.unit}'.strip()})"


def agree(value: Any, right: Any) -> bool:
    """Tell whether two values are the same, numbers as far as the one with fewer digits goes."""
    try:
        numbers = [Decimal(one) for one in (value, right) if isinstance(one, str)]
    except InvalidOperation:
        numbers = []
    if len(numbers) < 2 or not all(one.is_finite() for one in numbers):
        return bool(value == right)
    last = max(int(one.as_tuple().exponent) for one in numbers)
    return abs(numbers[0] - numbers[1]) < Decimal(1).scaleb(last)
