"""Dates, times and numbers as people type them."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from captures.forms.dates import NotADate, read_date, read_date_time, read_time
from edc.base.templatetags.edc import day_text

# One comma before anything but three digits, or behind a lone zero: no comma between thousands stands there.
COMMA = re.compile(r"[+-]?(?:[0-9]*,(?![0-9]{3}$)[0-9]+|0,[0-9]+)")


class Typed(forms.CharField):
    """A text in the spelling of people. What is `stored` already is taken back as it is, even if it is unreadable."""

    def __init__(self, *, stored: Any = "", **more: Any) -> None:
        super().__init__(**more)
        self.stored = stored if isinstance(stored, str) else ""

    def to_python(self, value: Any) -> str:
        """Return the text in the spelling that is stored."""
        text = super().to_python(value) or ""
        if not text or (self.stored and text in (self.stored, self.prepare_value(self.stored))):
            return self.stored if text else ""
        try:
            return self.read(text)
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None

    def read(self, text: str) -> str:
        return text


class TypedDate(Typed):
    """A date as people write it; stored as full or partial ISO 8601, shown with the month as a word."""

    def __init__(self, *, zone: str, partial: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.zone, self.partial = zone, partial

    def read(self, text: str) -> str:
        """Return ISO 8601 text; "t" is today at the site."""
        return read_date(text, today=timezone.localdate(timezone=ZoneInfo(self.zone)), partial=self.partial)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored date unambiguously; what was typed stays as it was typed."""
        native = self.widget.attrs.get("type") == "date"
        return value if native or not isinstance(value, str) else day_text(value)


class TypedTime(Typed):
    """A time as people write it, stored as hours:minutes, or the hour alone where that will do."""

    def __init__(self, *, partial: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.partial = partial

    def read(self, text: str) -> str:
        """Return the time on a 24-hour clock."""
        return read_time(text, partial=self.partial)


class TypedDecimal(Typed):
    """A number with a point or a comma before the fraction; where a comma could mean thousands it stays one."""

    def read(self, text: str) -> str:
        """Return the number with a point."""
        return text.replace(",", ".") if COMMA.fullmatch(text) else text


class TypedDateTime(TypedDate):
    """A date and a time in one field, stored as ISO 8601; where parts may be unknown also a date alone, or an hour."""

    def read(self, text: str) -> str:
        """Return ISO 8601 text; "now" is this minute at the site."""
        return read_date_time(text, now=timezone.localtime(timezone=ZoneInfo(self.zone)), partial=self.partial)

    def prepare_value(self, value: Any) -> Any:
        """Show the stored date unambiguously, and the time behind it."""
        day, _, clock = value.partition("T") if isinstance(value, str) else (value, "", "")
        return " ".join(filter(None, [super().prepare_value(day), clock])) if day else value
