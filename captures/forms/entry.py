"""The page of a form: its fields come from the study version, and what was typed comes out as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from captures.forms.typed import TypedDate, TypedDecimal, TypedTime
from captures.models import DataCapture
from captures.selectors import in_words
from captures.validators import Checked, Value, check_values
from edc.base.forms import SKIPPED, clocks_show
from edc.base.texts import is_blank, visible
from trials.definition import Form, Item, ItemType, Section

# Before an item's OID in the names of fields, so that an item may be called "version".
PREFIX = "i_"
FEW_CHOICES = 5
SHORT_TEXT = 200

OTHER_REASON = "Other"
# Why a value changes after submission, in the words of lifecycles.md.
REASONS = (
    *("Transcription error", "New source information", "Source corrected", "Self-evident correction"),
    *("Query answer", OTHER_REASON),
)


@dataclass(frozen=True)
class SectionFields:
    """A section of the form with its fields as they are now."""

    name: str
    description: str
    fields: list[BoundField]


def _date_field(item: Item, zone: str, *, touch: bool) -> forms.Field:
    attributes = {"autocomplete": "off", "class": "is-date"}
    if touch and not item.partial:
        attributes["type"] = "date"
    return TypedDate(zone=zone, partial=item.partial, required=False, widget=forms.TextInput(attributes))


def _time_field(touch: bool) -> forms.Field:  # noqa: FBT001 -- one of the two looks of this page
    attributes = {"autocomplete": "off", "class": "is-time"} | ({"type": "time"} if touch else {})
    return TypedTime(required=False, widget=forms.TextInput(attributes))


def _text_field(item: Item) -> forms.Field:
    if item.max_length > SHORT_TEXT:
        return forms.CharField(required=False, widget=forms.Textarea({"rows": 3, "autocomplete": "off"}))
    return forms.CharField(required=False, widget=forms.TextInput({"autocomplete": "off"}))


def _number_field(item: Item, *, touch: bool) -> forms.Field:
    mode = "numeric" if item.type == ItemType.INTEGER and not _may_be_negative(item) else "decimal"
    attributes = {"autocomplete": "off", "inputmode": mode, "class": "is-number"}
    kind = TypedDecimal if touch and item.type == ItemType.DECIMAL else forms.CharField
    return kind(required=False, widget=forms.TextInput(attributes))


def _may_be_negative(item: Item) -> bool:
    """Keypads of phones that offer digits alone have no minus."""
    return not any(limits.minimum and not limits.minimum.startswith("-") for limits in item.ranges)


def _choice_field(item: Item, *, answered: bool) -> forms.Field:
    choices = [(choice.code, choice.label) for choice in item.code_list.choices] if item.code_list else []
    if item.type == ItemType.MULTIPLE:
        return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
    if len(choices) > FEW_CHOICES:
        return forms.ChoiceField(choices=[("", "Choose…"), *choices], required=False)
    # A chosen radio cannot be taken back by itself.
    empty = [("", "No answer")] if answered or not item.required else []
    radios = forms.RadioSelect({"class": "inline"} if len(choices) + len(empty) <= 3 else {})
    return forms.ChoiceField(choices=[*choices, *empty], required=False, widget=radios)


def as_typed(moment: datetime, zone: str) -> tuple[str, str]:
    """Return date and time of a moment as the fields hold them once they are read."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date().isoformat(), f"{local:%H:%M}"


class EntryForm(forms.Form):
    """A form of the study version to fill in. After `is_valid`: `values`, `timestamp`, `reason`, `prompts`.

    `touch` is for participants: no date of observation, the keyboards of phones. `zone` is the site's time zone.
    `reason` asks why values change. What was stored comes in as `values` and `observed`.
    """

    template_name = "captures/entry/fields.html"
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        definition: Form,
        values: Mapping[str, Value] | None = None,
        observed: datetime | None = None,
        version: int = 0,
        key: str = "",
        zone: str = "UTC",
        reason: bool = False,
        touch: bool = False,
    ) -> None:
        values = values or {}
        initial: dict[str, Any] = {"version": version, "key": key}
        initial |= {PREFIX + oid: value for oid, value in values.items()}
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.definition, self.zone, self.checked = definition, zone, Checked()
        self.empty: list[BoundField] = []
        self.prompts = check_values(definition, values).prompts
        if not touch:
            self._ask_when(observed)
        for item in definition.items.values():
            field = self._field(item, touch=touch, answered=bool(values.get(item.oid)))
            field.label, field.help_text = item.label, ""
            field.template_name = "captures/entry/item.html"  # type: ignore[attr-defined]
            field.item = item  # type: ignore[attr-defined]
            field.prompt = self.prompts.get(item.oid, "")  # type: ignore[attr-defined]
            field.widget.attrs["aria-describedby"] = f"id_{PREFIX}{item.oid}_notes"
            self.fields[PREFIX + item.oid] = field
        if reason:
            self._ask_why()

    def _field(self, item: Item, *, touch: bool, answered: bool) -> forms.Field:
        match item.type:
            case ItemType.DATE:
                return _date_field(item, self.zone, touch=touch)
            case ItemType.TIME:
                return _time_field(touch)
            case ItemType.INTEGER | ItemType.DECIMAL:
                return _number_field(item, touch=touch)
            case ItemType.TEXT:
                return _text_field(item)
            case _:
                return _choice_field(item, answered=answered)

    def _ask_when(self, observed: datetime | None) -> None:
        day, clock = as_typed(observed or timezone.now(), self.zone)
        self.fields["observed_date"] = TypedDate(
            label="Date of observation",
            zone=self.zone,
            initial=day,
            widget=forms.TextInput({"autocomplete": "off", "class": "is-date"}),
        )
        self.fields["observed_time"] = TypedTime(
            label="Time",
            initial=clock,
            help_text=f"In the site's time zone, {self.zone}.",
            widget=forms.TextInput({"autocomplete": "off", "class": "is-time"}),
        )
        self.observed = observed

    def _ask_why(self) -> None:
        self.fields["reason_kind"] = forms.ChoiceField(
            label="Reason for change",
            choices=[("", "Choose…"), *((reason, reason) for reason in REASONS)],
            required=False,
        )
        self.fields["reason_text"] = forms.CharField(
            label="In your own words", required=False, max_length=500, widget=forms.TextInput({"autocomplete": "off"})
        )

    def clean(self) -> dict[str, Any]:
        """Check the values as the services will, and name what is wrong beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        self._check_values(cleaned)
        self._check_observed(cleaned)
        if cleaned.get("reason_kind") == OTHER_REASON and is_blank(cleaned.get("reason_text", "")):
            self.add_error("reason_text", "Say in your own words why you change it.")
        return cleaned

    def _check_values(self, cleaned: Mapping[str, Any]) -> None:
        typed = {oid: cleaned[PREFIX + oid] for oid in self.definition.items if PREFIX + oid in cleaned}
        self.checked = check_values(self.definition, typed)
        self.prompts = self.checked.prompts
        self.add_refusals(self.checked.errors)

    def _check_observed(self, cleaned: Mapping[str, Any]) -> None:
        if not (cleaned.get("observed_date") and cleaned.get("observed_time")):
            return
        at = self.timestamp
        if at is not None and at is not self.observed and not clocks_show(at):
            self.add_error("observed_time", SKIPPED)

    def add_refusals(self, errors: Mapping[str, list[str]]) -> None:
        """Show what a service refused beside the field it is about."""
        places = {"reason": "reason_kind", "timestamp": "observed_date"}
        for name, messages in errors.items():
            field = PREFIX + name if name in self.definition.items else places.get(name, "")
            for message in messages:
                self.add_error(field if field in self.fields else None, message)

    def name_empty(self) -> None:
        """Gather the fields of required items that were left empty, to ask about them."""
        self.empty = [self[PREFIX + oid] for oid in self.checked.missing]

    def show_before(self, capture: DataCapture | None) -> None:
        """Show, greyed beside each field, what an earlier capture of the same form says."""
        for oid, item in self.definition.items.items() if capture else ():
            self.fields[PREFIX + oid].before = in_words(item, capture.data.get(oid))  # type: ignore[attr-defined, union-attr]

    @property
    def values(self) -> dict[str, Value]:
        return self.checked.values

    def values_without_faults(self, stored: Mapping[str, Value]) -> dict[str, Value]:
        """Return what can be kept of an entry with faults: where one is, what was stored before stays."""
        faulty = {oid for oid in self.definition.items if PREFIX + oid in self.errors}
        kept = {oid: value for oid, value in self.values.items() if oid not in faulty}
        return kept | {oid: stored[oid] for oid in faulty if oid in stored}

    @property
    def timestamp(self) -> datetime | None:
        """Return when it was observed, in the site's time zone; None where this page does not ask.

        What was stored stays that moment as long as neither date nor time is changed: with its seconds, and in the hour
        that autumn has twice.
        """
        day, time = self.cleaned_data.get("observed_date"), self.cleaned_data.get("observed_time")
        if not (day and time):
            return None
        if self.observed and (day, time) == as_typed(self.observed, self.zone):
            return self.observed
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(self.zone))

    @property
    def reason(self) -> str:
        """Return why values change: what was picked, and what was written beside it."""
        kind, text = self.cleaned_data.get("reason_kind", ""), visible(self.cleaned_data.get("reason_text", ""))
        words = [text] if kind == OTHER_REASON else [kind, text]
        return ": ".join(filter(None, words))

    @property
    def sections(self) -> Iterator[SectionFields]:
        """Return the form's sections, each field with the item it stands for."""
        for section in self.definition.sections:
            yield SectionFields(section.name, section.description, self._bound(section))

    @property
    def when_fields(self) -> list[BoundField]:
        """Return date and time of observation, where the page asks for them."""
        return [self[name] for name in ("observed_date", "observed_time") if name in self.fields]

    @property
    def why_fields(self) -> list[BoundField]:
        """Return the fields of the reason for change, where one is due."""
        return [self[name] for name in ("reason_kind", "reason_text") if name in self.fields]

    @property
    def flags(self) -> int:
        """Return how many stored values lie outside the expected range."""
        return len(self.prompts)

    def _bound(self, section: Section) -> list[BoundField]:
        return [self[PREFIX + item.oid] for item in section.items]
