"""Values of a capture in words: labels for codes, units, dates with the month as a word."""

from dataclasses import dataclass, field
from typing import Any

from audit.selectors import HIDDEN
from captures.models import DataCapture
from captures.selectors.outside import checked_values
from captures.selectors.sight import Sight
from captures.validators import Value, places_in
from edc.accounts.models import User
from edc.base.templatetags.edc import day_text
from trials.definition import Item, ItemType, amount_of, amount_words, file_of, is_missing, missing_words, read_back


def in_words(item: Item | None, value: Any) -> str:
    """Return a stored value as people read it; nothing for none."""
    if value in (None, "", []):
        return ""
    if is_missing(value):
        return missing_words(item, value)
    if item is None:
        return amount_of(value) or str(value)
    if isinstance(value, dict):
        return amount_words(item, value)
    if item.code_list is not None or isinstance(value, list):
        codes, labels = value if isinstance(value, list) else [value], item.code_list.labels if item.code_list else {}
        return ", ".join(labels.get(code, str(code)) for code in codes)
    if item.type == ItemType.DATE:
        return day_text(str(value))
    if item.type == ItemType.DATE_TIME:
        day, _, clock = str(value).partition("T")
        return f"{day_text(day)} {clock}".strip()
    return amount_words(item, value)


def from_trail(item: Item | None, text: str | None) -> str:
    """Return a value as the audit trail keeps it, in words."""
    return in_words(item, read_back(text) if item else text)


@dataclass(frozen=True)
class Answer:
    """An item of a form with what was entered; `place` is how the trail calls it, `row` its row in a table."""

    item: Item
    place: str
    row: str
    value: Value | None
    text: str
    prompt: str = ""
    is_missing: bool = False
    is_hidden: bool = False

    @property
    def file(self) -> str | None:
        """Return the id of the file that it is."""
        return file_of(self.value)

    @property
    def label(self) -> str:
        return f"{self.item.name} ({self.row})" if self.row else self.item.name


@dataclass(frozen=True)
class SectionAnswers:
    name: str
    description: str
    answers: list[Answer] = field(default_factory=list)


def words_of(capture: DataCapture) -> dict[str, str]:
    """Return the values of a form in words, by place."""
    form = capture.form_definition
    places = places_in(form, capture.data) if form else ()
    return {str(place): in_words(place.item, capture.data.get(str(place))) for place in places}


def answers_of(capture: DataCapture, *, by: User) -> list[SectionAnswers]:
    """Return the capture's values, section by section, with what each prompts; without what was not asked.

    Of a value that is not for this person it says only that there is one.
    """
    form = capture.form_definition
    if form is None:
        return []
    checked, submitted = checked_values(capture, capture.data), capture.submitted_at is not None
    found = {id(section): SectionAnswers(section.name, section.description) for section in form.sections}
    hidden = Sight(by).hidden_items(capture)
    of_item = {item.oid: found[id(section)] for section in form.sections for item in section.items}
    for place in places_in(form, capture.data):
        name = str(place)
        value = capture.data.get(name)
        if place.item.type == ItemType.DESCRIPTIVE or (value is None and name in checked.hidden):
            continue
        prompt, missing = checked.prompts.get(name, ""), submitted and name in checked.missing
        answer = Answer(place.item, name, place.row, value, in_words(place.item, value), prompt, missing)
        if value is not None and place.item.oid in hidden:
            answer = Answer(place.item, name, place.row, None, HIDDEN, is_hidden=True)
        of_item[place.item.oid].answers.append(answer)
    return [section for section in found.values() if section.answers]
