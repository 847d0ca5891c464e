"""What stands in a form against its own rules: values that a study file, or a change in another form, left there."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from captures.validators import Checked
from trials.definition import Form, find_place

NOT_ASKED = "There is a value, though it is not asked for after what else is entered."


def standing(form: Form, data: Mapping[str, Any], checked: Checked) -> dict[str, str]:
    """Return, by place, what to ask about stored values that are not asked for, or not what they are calculated to be.

    `checked` is what the same values come to. A value that has what it says beside fewer digits agrees.
    """
    found = {}
    for name, value in data.items():
        if name in checked.hidden:
            found[name] = NOT_ASKED
            continue
        place, right = find_place(form, name), checked.values.get(name)
        if place is not None and place.item.calculation and right is not None and not _agree(value, right):
            found[name] = f"This was not calculated here, which comes to {right}."
    return found


def _agree(value: Any, right: Any) -> bool:
    """Tell whether two values are the same, numbers as far as the one with fewer digits goes."""
    try:
        numbers = [Decimal(one) for one in (value, right) if isinstance(one, str)]
    except InvalidOperation:
        numbers = []
    if len(numbers) < 2 or not all(one.is_finite() for one in numbers):
        return bool(value == right)
    last = max(int(one.as_tuple().exponent) for one in numbers)
    return abs(numbers[0] - numbers[1]) < Decimal(1).scaleb(last)
