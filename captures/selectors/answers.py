"""Values of a capture in words: labels for codes, units, dates with the month as a word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from captures.models import DataCapture
from captures.validators import Value, check_values
from edc.base.templatetags.edc import day_text
from trials.definition import Item, ItemType


def in_words(item: Item | None, value: Any) -> str:
    """Return a stored value as people read it; nothing for none."""
    if value in (None, "", []):
        return ""
    if item is None:
        return str(value)
    if item.code_list is not None:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(item.code_list.labels.get(code, str(code)) for code in codes)
    if item.type == ItemType.DATE:
        return day_text(str(value))
    return f"{value} {item.unit}" if item.unit else str(value)


def from_trail(item: Item | None, text: str | None) -> str:
    """Return a value as the audit trail keeps it (a list is JSON text), in words."""
    if text and item is not None and item.type == ItemType.MULTIPLE and text.startswith("["):
        return in_words(item, orjson.loads(text))
    return in_words(item, text)


@dataclass(frozen=True)
class Answer:
    """An item of a form with what was entered."""

    item: Item
    value: Value | None
    text: str
    prompt: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class SectionAnswers:
    name: str
    description: str
    answers: list[Answer] = field(default_factory=list)


def answers_of(capture: DataCapture) -> list[SectionAnswers]:
    """Return the capture's values, section by section, with what each prompts."""
    form = capture.form_definition
    if form is None:
        return []
    values: Mapping[str, Any] = capture.data
    checked = check_values(form, values)
    submitted = capture.submitted_at is not None
    return [
        SectionAnswers(
            section.name,
            section.description,
            [
                Answer(
                    item,
                    values.get(item.oid),
                    in_words(item, values.get(item.oid)),
                    checked.prompts.get(item.oid, ""),
                    submitted and item.oid in checked.missing,
                )
                for item in section.items
            ],
        )
        for section in form.sections
    ]
