"""The field of an item on the page of a form, by the item's type."""

from typing import Any

from django import forms

from captures.forms.scales import scale_field
from captures.forms.typed import Typed, TypedDate, TypedDateTime, TypedDecimal, TypedTime
from trials.definition import NUMERIC, Item, ItemType

FEW_CHOICES = 5
SHORT_TEXT = 200
# What the pickers of phones can show.
WHOLE_DATE, WHOLE_TIME = 10, 5


def field_of(item: Item, *, zone: str, touch: bool, stored: Any = None) -> forms.Field:
    """Return the field to enter the item; what is calculated or only read takes no input.

    It can show what is `stored`, also where that is nothing one could enter.
    """
    if item.calculation or item.type == ItemType.DESCRIPTIVE:
        widget = forms.TextInput({"autocomplete": "off", "readonly": True, "tabindex": "-1"})
        return forms.CharField(required=False, disabled=True, widget=widget)
    if item.type == ItemType.FILE:
        return forms.CharField(required=False, disabled=True)
    match item.type:
        case ItemType.DATE:
            return _date_field(item, zone, touch=touch, stored=stored)
        case ItemType.DATE_TIME:
            widget = forms.TextInput({"autocomplete": "off", "class": "is-moment"})
            return TypedDateTime(zone=zone, partial=item.partial, stored=stored, required=False, widget=widget)
        case ItemType.TIME:
            return _time_field(item, touch=touch, stored=stored)
        case ItemType.SCALE if item.scale:
            return scale_field(item.scale, touch=touch, stored=stored)
        case kind if kind in NUMERIC:
            return _number_field(item, touch=touch, stored=stored)
        case ItemType.TEXT | ItemType.LONG_TEXT:
            return _text_field(item)
        case _:
            return _choice_field(item, stored=stored)


def _date_field(item: Item, zone: str, *, touch: bool, stored: Any) -> forms.Field:
    attributes = {"autocomplete": "off", "class": "is-date"}
    if touch and not item.partial and (not stored or len(stored) == WHOLE_DATE):
        attributes["type"] = "date"
    widget = forms.TextInput(attributes)
    return TypedDate(zone=zone, partial=item.partial, stored=stored, required=False, widget=widget)


def _time_field(item: Item, *, touch: bool, stored: Any) -> forms.Field:
    attributes = {"autocomplete": "off", "class": "is-time"}
    if touch and not item.partial and (not stored or len(stored) == WHOLE_TIME):
        attributes["type"] = "time"
    return TypedTime(partial=item.partial, stored=stored, required=False, widget=forms.TextInput(attributes))


def _text_field(item: Item) -> forms.Field:
    if item.max_length > SHORT_TEXT or item.type == ItemType.LONG_TEXT:
        return forms.CharField(required=False, widget=forms.Textarea({"rows": 3, "autocomplete": "off"}))
    return forms.CharField(required=False, widget=forms.TextInput({"autocomplete": "off"}))


def _number_field(item: Item, *, touch: bool, stored: Any) -> forms.Field:
    mode = "numeric" if item.type == ItemType.INTEGER and not _may_be_negative(item) else "decimal"
    attributes = {"autocomplete": "off", "inputmode": mode, "class": "is-number"}
    kind = TypedDecimal if touch and item.type == ItemType.DECIMAL else Typed
    return kind(stored=stored, required=False, widget=forms.TextInput(attributes))


def _may_be_negative(item: Item) -> bool:
    """Keypads of phones that offer digits alone have no minus."""
    return not any(limits.minimum and not limits.minimum.startswith("-") for limits in item.ranges)


def _choice_field(item: Item, *, stored: Any) -> forms.Field:
    choices = [(choice.code, choice.label) for choice in item.code_list.choices] if item.code_list else []
    known, held = {code for code, _ in choices}, stored if isinstance(stored, list) else [stored] if stored else []
    choices += [(code, f"{code} (not one of the answers)") for code in held if code not in known]
    if item.type == ItemType.MULTIPLE:
        return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
    if len(choices) > FEW_CHOICES:
        return forms.ChoiceField(choices=[("", "Choose…"), *choices], required=False)
    # A chosen radio cannot be taken back by itself.
    empty = [("", "No answer")] if stored or not item.required else []
    radios = forms.RadioSelect({"class": "inline"} if len(choices) + len(empty) <= 3 else {})
    return forms.ChoiceField(choices=[*choices, *empty], required=False, widget=radios)
