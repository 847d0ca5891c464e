"""What stands in a form against its own rules: values that a study file, or a change in another form, left there."""

from collections.abc import Mapping
from typing import Any

from captures.validators import NOT_ASKED, Checked, not_calculated
from trials.definition import Form, agree, find_place


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
        if place is not None and place.item.calculation and right is not None and not agree(value, right):
            found[name] = not_calculated(right)
    return found
