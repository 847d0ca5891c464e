"""Dates, times and numbers as people type them."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from captures.forms.dates import NotADate, read_date, read_time
from edc.base.templatetags.edc import day_text

# One comma before anything but three digits, or behind a lone zero: no comma between thousands stands there.
COMMA = re.compile(r"[+-]?(?:[0-9]*,(?![0-9]{3}$)[0-9]+|0,[0-9]+)")


class TypedDate(forms.CharField):
    """A date as people write it; stored as full or partial ISO 8601, shown with the month as a word."""

    def __init__(self, *, zone: str, partial: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.zone, self.partial = zone, partial

    def to_python(self, value: Any) -> str:
        """Return ISO 8601 text; "t" is today at the site."""
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return read_date(text, today=timezone.localdate(timezone=ZoneInfo(self.zone)), partial=self.partial)
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value: Any) -> Any:
        """Show a stored date unambiguously; what was typed stays as it was typed."""
        native = self.widget.attrs.get("type") == "date"
        return value if native or not isinstance(value, str) else day_text(value)


class TypedTime(forms.CharField):
    """A time as people write it, stored as hours:minutes."""

    def to_python(self, value: Any) -> str:
        """Return the time on a 24-hour clock."""
        text = super().to_python(value)
        try:
            return read_time(text) if text else ""
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None


class TypedDecimal(forms.CharField):
    """A number with a point or a comma before the fraction; where a comma could mean thousands it stays one."""

    def to_python(self, value: Any) -> str:
        """Return the number with a point."""
        text = super().to_python(value) or ""
        return text.replace(",", ".") if COMMA.fullmatch(text) else text


class TypedDateTime(TypedDate):
    """A date and a time in one field, stored as ISO 8601; where parts may be unknown also a date alone."""

    def to_python(self, value: Any) -> str:
        """Return ISO 8601 text."""
        text = forms.CharField.to_python(self, value) or ""
        day, _, clock = text.replace("T", " ").rpartition(" ")
        if ":" not in clock:
            return super().to_python(text)
        try:
            return f"{super().to_python(day)}T{read_time(clock)}"
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value: Any) -> Any:
        """Show the stored date unambiguously, and the time behind it."""
        day, _, clock = value.partition("T") if isinstance(value, str) else (value, "", "")
        return " ".join(filter(None, [super().prepare_value(day), clock])) if day else value
