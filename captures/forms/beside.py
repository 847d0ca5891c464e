"""What is typed beside a value: the unit that it is in, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from trials.definition import Choice, Item, amount_of, missing_code, reason_of, unit_of

# Behind the name of an item's field, the names of those beside it; no OID has such a sign.
UNIT, MISSING, REASON = "@unit", "@missing", "@reason"


@dataclass(frozen=True)
class Beside:
    """The unit of a number that may be in several, the missing-data code, and the reason written with it."""

    unit: str = ""
    missing: str = ""
    reason: str = ""

    @classmethod
    def stored(cls, item: Item, value: Any) -> "Beside":
        unit = unit_of(value, item) if item.units or isinstance(value, dict) else ""
        return cls(unit, missing_code(value) or "", reason_of(value))

    @classmethod
    def typed(cls, data: Mapping[str, Any], name: str, before: "Beside") -> "Beside":
        """Return what was posted beside the field of this name; what the page did not have stays as it was."""
        return cls(
            data.get(name + UNIT, before.unit),
            data.get(name + MISSING, before.missing),
            data.get(name + REASON, before.reason),
        )


def shown_alone(value: Any) -> Any:
    """Return what of a stored value the field itself shows."""
    return amount_of(value) if isinstance(value, dict) else value


def posted(name: str, value: Any) -> dict[str, list[str]]:
    """Return a stored value as the page would send it, by the names of its fields."""
    alone = shown_alone(value)
    fields = {name: alone if isinstance(alone, list) else [alone], name + MISSING: [missing_code(value) or ""]}
    unit = value.get("unit") if isinstance(value, dict) else None
    return fields | {name + REASON: [reason_of(value)]} | ({name + UNIT: [unit]} if unit else {})


def joined(item: Item, typed: Any, beside: Beside, *, stored: Any) -> Any:
    """Return what field and fields beside it say together; a code that is there already gives way to a value."""
    is_new = beside.missing and beside.missing != missing_code(stored)
    said = {"missing": beside.missing, "reason": beside.reason}
    if beside.missing and (not typed or (is_new and typed == shown_alone(stored))):
        return said
    if is_new:
        return said | {"value": typed}
    return {"value": typed, "unit": beside.unit} if typed and beside.unit not in ("", item.unit) else typed


@lru_cache(maxsize=256)
def options(codes: tuple[Choice, ...], chosen: str) -> SafeString:
    """Return the options of missing-data codes, among them one that the version does not have."""
    known = [(one.code, f"{one.label} ({one.code})") for one in codes]
    if chosen and chosen not in {one.code for one in codes}:
        known.append((chosen, chosen))
    rows = ((code, " selected" if code == chosen else "", words) for code, words in [("", "There is a value"), *known])
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)
