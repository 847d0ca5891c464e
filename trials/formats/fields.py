"""REDCap's fields, however a file brings them, made into items of a study version."""

import re
from dataclasses import dataclass, field
from typing import Any

from trials.formats.study import Found
from trials.formats.texts import plain

NUMBERS = {"number", "float"} | {f"number_{n}dp" for n in range(1, 10)}
WHOLE = {"int", "integer"}
TIMES = {"time", "time_hh_mm_ss"}
FREE = {"", "autocomplete", "signature"}
YES_NO = (("1", "Yes"), ("0", "No"))
TRUE_FALSE = (("1", "True"), ("0", "False"))
COMPLETE = (("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete"))
CHOICES = {"radio", "dropdown", "select"}
TYPES = {
    *("text", "notes", "textarea", "radio", "dropdown", "select", "checkbox", "calc", "yesno", "truefalse"),
    *("slider", "descriptive", "file", "sql"),
}
TAG = re.compile(r"@[A-Z][A-Z0-9_\-]*")
DEFAULT = re.compile(r"@DEFAULT\s*=\s*(?:'([^'\[\]]*)'|\"([^\"\[\]]*)\")")
CALCULATED_TEXT = re.compile(r"@CALC(TEXT|DATE)\s*\(")
# These ask for no behaviour that would be missed.
HARMLESS = {"@CHARLIMIT", "@WORDLIMIT", "@PLACEHOLDER", "@NOMISSING", "@HIDEBUTTON", "@RICHTEXT", "@PASSWORDMASK"}
PIPED = re.compile(r"\[[a-z][a-z0-9_:\-]*(\(.*?\))?\]")


@dataclass
class Field:
    """A field as REDCap's data dictionary has it; choices are pairs of code and label."""

    name: str
    form: str
    place: str
    type: str = "text"
    label: str = ""
    header: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    calculation: str = ""
    low: str = ""
    high: str = ""
    note: str = ""
    validation: str = ""
    least: str = ""
    most: str = ""
    identifying: bool = False
    branching: str = ""
    required: bool = False
    vertical: bool = True
    ranked: bool = False
    annotation: str = ""
    sources: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"{self.place}, field {self.name}"


def choices_of(text: str, where: str, found: Found) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `1, Yes | 2, No, thanks`; a label may hold commas, a code may be a text or negative."""
    pairs: dict[str, str] = {}
    for part in re.split(r"\||\r?\n", text) if "|" not in text else text.split("|"):
        code, comma, label = part.partition(",")
        code, label = code.strip(), plain(label)
        if not code:
            if label or comma:
                found.refuse(where, f"choice {part.strip()!r}", "It has no code.")
            continue
        if code in pairs:
            found.refuse(where, f"choice {part.strip()!r}", f"The code {code} is there already.")
            continue
        pairs[code] = label or (code if not comma else "")
    return tuple(pairs.items())


def item_of(one: Field, oid: str, found: Found) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Return the item, and its choices where it has any."""
    item: dict[str, Any] = {"oid": oid, "name": one.name, "type": _type(one, found)}
    texts = {"question": plain(one.label), "hint": plain(one.note)}
    item |= {member: text for member, text in texts.items() if text}
    if PIPED.search(one.label):
        found.cannot_often(one.where, "a value shown inside a label", "Labels are shown as they are written.")
    flags = {"required": one.required, "identifying": one.identifying}
    item |= {member: True for member, given in flags.items() if given}
    if item["type"] == "DECIMAL" and (places := re.fullmatch(r"number_(\d)dp", one.validation)):
        item["digits"] = int(places.group(1))
    if item["type"] == "SCALE":
        item["scale"] = _scale(one)
    _read_annotation(one, item, found)
    if one.type == "yesno":
        return item, one.choices or YES_NO
    if one.type == "truefalse":
        return item, one.choices or TRUE_FALSE
    return item, one.choices if item["type"] in {"CHOICE", "MULTIPLE"} else ()


def _type(one: Field, found: Found) -> str:
    if one.type in CHOICES | {"checkbox"}:
        if not one.choices:
            found.cannot(one.where, f"a {one.type} field without choices", "It is taken over as a text.")
            return "TEXT"
        return "MULTIPLE" if one.type == "checkbox" else "CHOICE"
    if one.type == "file":
        found.cannot(one.where, "a file", "It is taken over as a text with the file's name.")
    if one.type == "sql":
        found.cannot(one.where, "choices from a database (sql)", "They are asked of another system: the text is kept.")
    fixed = {"notes": "LONG_TEXT", "textarea": "LONG_TEXT", "calc": "DECIMAL", "slider": "SCALE"}
    fixed |= {"descriptive": "DESCRIPTIVE", "file": "TEXT", "sql": "TEXT", "yesno": "CHOICE", "truefalse": "CHOICE"}
    return fixed.get(one.type) or _text_type(one, found)


def _text_type(one: Field, found: Found) -> str:
    checked = one.validation
    if checked in WHOLE:
        return "INTEGER"
    if checked in NUMBERS:
        return "DECIMAL"
    if checked in TIMES:
        return "TIME"
    if checked.startswith("datetime_"):
        return "DATE_TIME"
    if checked.startswith("date_"):
        return "DATE"
    if checked not in FREE:
        reason = "The text is taken over without this check."
        if checked.endswith("comma_decimal"):
            reason = "Numbers with a decimal comma stay texts, as the file has them."
        found.cannot_often(one.where, f"validation {checked}", reason)
    return "TEXT"


def _scale(one: Field) -> dict[str, Any]:
    scale: dict[str, Any] = {"min": one.least or "0", "max": one.most or "100", "step": "1", "visual": True}
    return scale | {member: text for member, text in (("low", one.low), ("high", one.high)) if text}


def slider_labels(text: str) -> tuple[str, str]:
    """Return the labels at both ends; the one in the middle has no place."""
    parts = [plain(part) for part in text.split("|")]
    return (parts[0], parts[-1]) if len(parts) > 1 else (parts[0], "")


def _read_annotation(one: Field, item: dict[str, Any], found: Found) -> None:
    """Take over a fixed default; list the other tags that ask for something."""
    if default := DEFAULT.search(one.annotation):
        item["default"] = default.group(1) or default.group(2) or ""
    for tag in dict.fromkeys(TAG.findall(one.annotation)):
        if tag in HARMLESS or (tag == "@DEFAULT" and default) or CALCULATED_TEXT.match(tag + "("):
            continue
        found.cannot(one.where, f"annotation {tag}", "There is nothing here that does this.")
    if CALCULATED_TEXT.search(one.annotation):
        found.cannot(one.where, f"annotation {one.annotation.strip()!r}", "Only numbers are calculated here.")
