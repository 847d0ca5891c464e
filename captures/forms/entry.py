"""The page of a form: its fields come from the study version, and what was typed comes out as plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from captures.forms.beside import Beside, joined, options, shown_alone
from captures.forms.fields import field_of
from captures.forms.typed import TypedDate, TypedTime
from captures.selectors import in_words
from captures.validators import Checked, Value, check_values, places_in
from edc.base.forms import SKIPPED, clocks_show
from edc.base.texts import is_blank, visible
from trials.definition import Form, Item, ItemType, Place, Rules, Section, file_of, find_place, place_of
from trials.expressions import Lookup

# Before an item's OID in the names of fields, so that an item may be called "version".
PREFIX = "i_"

OTHER_REASON = "Other"
# Why a value changes after submission, in the words of lifecycles.md.
REASONS = (
    *("Transcription error", "New source information", "Source corrected", "Self-evident correction"),
    *("Query answer", OTHER_REASON),
)


@dataclass(frozen=True)
class SectionFields:
    """A section of the form with its fields as they are now: once, or in rows."""

    name: str
    description: str
    fields: list[BoundField]
    headings: list[Item] = field(default_factory=list)
    rows: list[tuple[str, list[BoundField]]] = field(default_factory=list)
    is_hidden: bool = False
    group: str = ""
    most: int = 1


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
    # The capture to which files can be attached, once there is one.
    capture_pk: UUID | None = None
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
        rules: Rules | None = None,
        outside: Lookup | None = None,
        brought_in: bool = False,
    ) -> None:
        initial: dict[str, Any] = {"version": version, "key": key}
        is_new, values = values is None, values or {}
        initial |= {PREFIX + oid: shown_alone(value) for oid, value in values.items()}
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.definition, self.zone, self.rules = definition, zone, rules or Rules()
        self.outside: Lookup = outside or {}
        self.stored, self.brought_in = values, brought_in
        self.has_more = False
        self.capture_id: UUID | None = None
        self.back = ""
        self.empty: list[BoundField] = []
        self.left_over: list[BoundField] = []
        self.checked = self._check(values)
        self.prompts = self.checked.prompts
        if is_new:
            self.initial.update(self._defaults())
        if not touch:
            self._ask_when(observed)
        names = {*values, *(name.removeprefix(PREFIX) for name in data or () if name.startswith(PREFIX))}
        self.places = list(places_in(definition, names, blank_row=True))
        for place in self.places:
            self._add(place, touch=touch)
        if reason:
            self._ask_why()

    def _check(self, values: Mapping[str, Any]) -> Checked:
        return check_values(
            self.definition,
            values,
            rules=self.rules,
            outside=self.outside,
            stored=self.stored,
            brought_in=self.brought_in,
        )

    def _defaults(self) -> dict[str, str]:
        """Return what stands in a new form from the start: the defaults of what is asked and entered."""
        entered = (item for oid, item in self.definition.items.items() if oid not in self.checked.hidden)
        return {PREFIX + item.oid: item.default for item in entered if item.default and not item.calculation}

    def _add(self, place: Place, *, touch: bool) -> None:
        item, name, stored = place.item, PREFIX + str(place), self.stored.get(str(place))
        made = field_of(item, zone=self.zone, touch=touch, stored=shown_alone(stored))
        self._add_beside(made, item, Beside.typed(self.data, name, Beside.stored(item, stored)), touch=touch)
        made.label, made.help_text = item.label, ""
        made.template_name = "captures/entry/item.html"  # type: ignore[attr-defined]
        made.item, made.place = item, str(place)  # type: ignore[attr-defined]
        made.held = stored if file_of(stored) else None  # type: ignore[attr-defined]
        made.prompt = self.prompts.get(str(place), "")  # type: ignore[attr-defined]
        made.widget.attrs["aria-describedby"] = f"id_{name}_notes"
        self.fields[name] = made

    @staticmethod
    def _add_beside(made: forms.Field, item: Item, beside: Beside, *, touch: bool) -> None:
        """Let the field say its units, and to staff the codes for why there is no value."""
        units = dict.fromkeys(filter(None, [item.unit, *(unit.name for unit in item.units), beside.unit]))
        made.beside = beside  # type: ignore[attr-defined]
        made.units = list(units) if len(units) > 1 else []  # type: ignore[attr-defined]
        if item.missing_codes and not touch and (item.type == ItemType.FILE or not made.disabled):
            made.missing_options = options(item.missing_codes, beside.missing)  # type: ignore[attr-defined]

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
        names = {str(place): PREFIX + str(place) for place in self.places if place.item.type != ItemType.DESCRIPTIVE}
        self.checked = self._check(
            {place: self._with_beside(place, cleaned[name]) for place, name in names.items() if name in cleaned}
        )
        self.prompts = self.checked.prompts
        for place in self.places:
            if place.item.calculation:
                # A cached property, replaced: a field that takes no input shows its initial value.
                shown = self.checked.values.get(str(place), "")
                self[PREFIX + str(place)].initial = shown  # type: ignore[misc]
            self.fields[PREFIX + str(place)].prompt = self.prompts.get(str(place), "")  # type: ignore[attr-defined]
        self.add_refusals(self.checked.errors)
        if "reason_kind" in self.fields:
            self._mark_changes()

    def _mark_changes(self) -> None:
        """Say of each value that changes, and of each that is being corrected, what is saved."""
        for place in self.places:
            name, now = str(place), self.checked.values.get(str(place))
            is_wrong = PREFIX + name in self.errors
            if (now != self.stored.get(name) or is_wrong) and not place.item.calculation:
                was = in_words(place.item, self.stored.get(name))
                self.fields[PREFIX + name].was = was or "empty"  # type: ignore[attr-defined]

    def _with_beside(self, place: str, typed: Any) -> Any:
        field: Any = self.fields[PREFIX + place]
        if field.held:
            # Its own page changes a file.
            beside = field.beside
            return {"missing": beside.missing, "value": field.held["name"]} if beside.missing else field.held
        return joined(field.item, typed, field.beside, stored=self.stored.get(place))

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
            known = PREFIX + name if PREFIX + name in self.fields else places.get(name, "")
            for message in messages:
                self.add_error(known if known in self.fields else None, message)

    def name_empty(self) -> None:
        """Gather the fields of required items that were left empty, to ask about them."""
        self.empty = [self[PREFIX + place] for place in self.checked.missing]

    @property
    def asks(self) -> bool:
        """Whether something was gathered to ask about before the form goes."""
        return bool(self.empty or self.left_over)

    def name_left_over(self) -> None:
        """Gather the fields whose answers are kept though they are no longer asked for, to ask about them."""
        self.left_over = [self[PREFIX + place] for place in self.checked.left_over]

    def show_before(self, words: Mapping[str, str]) -> None:
        """Show, greyed beside each field, what was entered at its place before."""
        for place in self.places:
            self.fields[PREFIX + str(place)].before = words.get(str(place), "")  # type: ignore[attr-defined]

    def show_comments(self, counts: Mapping[str, int], *, capture: UUID | None) -> None:
        """Offer more about each field, once something is saved, and show how many remarks there are on it."""
        self.has_more, self.capture_id = True, capture
        for place in self.places:
            self.fields[PREFIX + str(place)].comments = counts.get(str(place), 0)  # type: ignore[attr-defined]

    def show_queries(self, lines: Mapping[str, Sequence[Any]], *, back: str) -> None:
        """Show the data queries about each field beside it; who answers one comes `back` here."""
        self.back = back
        for place in self.places:
            self.fields[PREFIX + str(place)].queries = lines.get(str(place), ())  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Value]:
        return self.checked.values

    def values_without_faults(self, stored: Mapping[str, Value]) -> dict[str, Value]:
        """Return what can be kept of an entry with faults: where one is, what was stored before stays."""
        faulty = {str(place) for place in self.places if PREFIX + str(place) in self.errors}
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
            fields = [self[PREFIX + place] for place in self._places_of(section)]
            states = [self._state_of(bound) for bound in fields]
            for bound, state in zip(fields, states, strict=True):
                bound.field.state = state  # type: ignore[attr-defined]
            rows = self._rows(section) if section.repeating else []
            yield SectionFields(
                section.name,
                section.description,
                [] if section.repeating else fields,
                list(section.items) if section.repeating else [],
                rows,
                is_hidden=bool(states) and set(states) == {"hidden"},
                group=section.oid if section.repeating else "",
                most=section.most,
            )

    def _state_of(self, bound: BoundField) -> str:
        """Return `hidden` for a field that is not asked, `left over` where it is not and has a value, else nothing."""
        place = bound.field.place  # type: ignore[attr-defined]
        if place not in self.checked.hidden and not self._is_in_hidden_table(place):
            return ""
        return "left over" if place in self.checked.left_over else "hidden"

    def _is_in_hidden_table(self, name: str) -> bool:
        place = find_place(self.definition, name)
        return bool(place and place.group in self.checked.hidden)

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

    def _places_of(self, section: Section) -> list[str]:
        own = {item.oid for item in section.items}
        group = section.oid if section.repeating else ""
        return [str(place) for place in self.places if place.item.oid in own and place.group == group]

    def _rows(self, section: Section) -> list[tuple[str, list[BoundField]]]:
        keys = dict.fromkeys(place.row for place in self.places if place.group == section.oid)
        return [(key, [self[PREFIX + place_of(item.oid, section.oid, key)] for item in section.items]) for key in keys]
