"""Fields that take one spelling of a value, and no other type for it: a number is not a text, 1 is not true."""

import re
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?([Zz]|[+-][0-9:]{5})"
)
# Nobody alive was born before, no trial plans beyond.
FIRST_YEAR, LAST_YEAR = 1880, 2200


class Text(serializers.CharField):
    """A text; outer spaces are cut off."""

    default_error_messages: ClassVar = {"invalid": "This must be a text."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Key(serializers.UUIDField):
    """The id of a row."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not KEY.fullmatch(data):
            self.fail("invalid", value=data)
        return UUID(data)


class Choice(serializers.ChoiceField):
    """One of the codes that the schema lists."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=data)
        return data


class Day(serializers.DateField):
    """A full date, year-month-day."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail("invalid", format="YYYY-MM-DD")
        return day


class Moment(serializers.DateTimeField):
    """A moment with its offset from UTC; always shown in UTC, to the microsecond."""

    default_error_messages: ClassVar = {"invalid": "Write it as 2026-06-02T09:30:00+02:00, with the offset from UTC."}

    def to_internal_value(self, value: Any) -> datetime:
        match = MOMENT.fullmatch(value) if isinstance(value, str) else None
        if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            self.fail("invalid", format="")
        try:
            moment = datetime.fromisoformat(str(value).upper())
        except ValueError:
            self.fail("invalid", format="")
        return moment.astimezone(UTC)

    def to_representation(self, value: Any) -> str:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


class Input(serializers.Serializer[Any]):
    """What a request's body must look like. A member that it does not name is refused, never ignored."""

    default_error_messages: ClassVar = {"unknown": "There is no such member."}
    # Shown in the documentation; a test sends each of them.
    example: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            detail = serializers.ErrorDetail(str(self.error_messages["unknown"]), "unknown")
            raise serializers.ValidationError({name: [detail] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Output(serializers.Serializer[Any]):
    """What an endpoint answers with."""

    example: ClassVar[dict[str, Any]] = {}


class ReasonInput(Input):
    """Why something changes."""

    reason = Text(max_length=500)
    example: ClassVar = {"reason": "Transcription error"}
