"""Dates and times as people type them, in the one spelling that is stored: ISO 8601, as full as what is known.

Understood for 7 March 2026: `2026-03-07`, `7 mar 2026`, `7mar26`, `07-MAR-2026`, `Mar 7, 2026`, `7/3/2026` (the day
first, as the locale has it), `t`, `t-1`, `today`, `yesterday`. With less known: `2026-03`, `mar 2026`, `3/2026`,
`UNK-MAR-2026`, `UN-UNK-2026`, `2026`; of a time the hour, `14:UNK` or `14`.
"""

import calendar
import re
from datetime import date, datetime, timedelta

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
UNKNOWN = {"un", "unk", "uk", "nk", "xx", "xxx", "--", "??"}
PIECES = re.compile(r"[a-z]+|[0-9]+|\?\?|--")
RELATIVE = re.compile(r"(?:t|today)\s*(?:([+-])\s*([0-9]{1,4}))?")
SEPARATED = re.compile(r"[\s,./-]+")
HOUR = re.compile(r"([0-9]{1,2})(?:[:.h](?:un|unk|uk|nk|xx|--|\?\?)?)?")
BETWEEN = re.compile(r"\s+|(?<=[0-9])T(?=[0-9])")
CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2})(?::([0-9]{2}))?)?\s*(am|pm)?")
# A year of two digits lies between 89 years ago and ten years ahead.
YEARS_AHEAD = 10


class NotADate(ValueError):
    """In words for the one who typed."""


def read_date(text: str, *, today: date, partial: bool = False) -> str:
    """Return a typed date as ISO 8601: `2026-03-07`, or (where a partial one will do) `2026-03` or `2026`."""
    typed = text.strip().lower()
    if typed == "yesterday":
        return (today - timedelta(days=1)).isoformat()
    if match := RELATIVE.fullmatch(typed):
        days = int(match[2] or 0) * (-1 if match[1] == "-" else 1)
        return (today + timedelta(days=days)).isoformat()
    year, month, day = _parts(typed, today)
    if month is not None and not 1 <= month <= 12:
        raise NotADate("There is no such month. Write the month as a word, for example 7 Mar 2026.")
    if day is None and not partial:
        raise NotADate("Write the whole date: day, month and year, for example 7 Mar 2026.")
    if month is None:
        return f"{year:04}"
    if day is None:
        return f"{year:04}-{month:02}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise NotADate("There is no such date.") from None


def _parts(typed: str, today: date) -> tuple[int, int | None, int | None]:
    """Return year, month and day; what is not known is None."""
    if not PIECES.search(typed) or SEPARATED.sub("", PIECES.sub("", typed)):
        raise _unreadable()
    pieces = [None if piece in UNKNOWN else piece for piece in PIECES.findall(typed)]
    named = [place for place, piece in enumerate(pieces) if piece and piece.isalpha()]
    if any(str(pieces[place])[:3] not in MONTHS or len(named) > 1 for place in named):
        raise _unreadable()
    if named:
        return _with_named_month(pieces, named[0], today)
    if pieces[0] and len(pieces[0]) == 8:
        return int(pieces[0][:4]), int(pieces[0][4:6]), int(pieces[0][6:])
    if pieces[0] and len(pieces[0]) == 4:
        rest = [_number(piece) for piece in pieces[1:]]
        return int(pieces[0]), *_two(rest)
    *first, year = pieces
    return _year(year, today, short=len(pieces) == 3), *_two([_number(piece) for piece in reversed(first)])


def _with_named_month(pieces: list[str | None], place: int, today: date) -> tuple[int, int | None, int | None]:
    month = MONTHS[str(pieces[place])[:3]]
    others = pieces[:place] + pieces[place + 1 :]
    if len(others) == 1:
        return _year(others[0], today, short=True), month, None
    if len(others) != 2:
        raise _unreadable()
    first, last = others
    if first and len(first) == 4:
        first, last = last, first
    return _year(last, today, short=True), month, _number(first)


def _two(numbers: list[int | None]) -> tuple[int | None, int | None]:
    """Return month and day of up to two numbers; a day without its month is nothing that can be stored."""
    if len(numbers) > 2 or (len(numbers) == 2 and numbers[0] is None and numbers[1] is not None):
        raise _unreadable()
    month, day = [*numbers, None, None][:2]
    return month, day


def _year(piece: str | None, today: date, *, short: bool) -> int:
    if piece is None or len(piece) not in ({2, 4} if short else {4}):
        raise _unreadable()
    year = int(piece)
    if len(piece) == 4:
        return year
    year += today.year // 100 * 100
    return year - 100 if year > today.year + YEARS_AHEAD else year


def _number(piece: str | None) -> int | None:
    if piece is None:
        return None
    if len(piece) > 2:
        raise _unreadable()
    return int(piece)


def _unreadable() -> NotADate:
    return NotADate("This cannot be read as a date. Write it as in 7 Mar 2026.")


def read_date_time(text: str, *, now: datetime, partial: bool = False) -> str:
    """Return a typed date and time as ISO 8601; where a partial one will do also a date, or with an hour alone."""
    if text.strip().lower() == "now":
        return f"{now:%Y-%m-%dT%H:%M}"
    for between in reversed(list(BETWEEN.finditer(text))):
        try:
            day = read_date(text[: between.start()], today=now.date())
            return f"{day}T{read_time(text[between.end() :], partial=partial)}"
        except NotADate:
            continue
    if not partial:
        raise NotADate("Write a date and a time, as in 7 Mar 2026 14:30.")
    return read_date(text, today=now.date(), partial=True)


def read_time(text: str, *, partial: bool = False) -> str:
    """Return a typed time on a 24-hour clock: `930`, `9.30`, `9:30 pm`; where a partial one will do also `09`."""
    typed = text.strip().lower()
    if partial and (hour := HOUR.fullmatch(typed)):
        if int(hour[1]) > 23:
            raise NotADate("There is no such time.")
        return f"{int(hour[1]):02}"
    match = CLOCK.fullmatch(typed)
    if not match:
        raise NotADate("This cannot be read as a time. Write it as in 14:30.")
    hours, minute, half = int(match[1]), int(match[2] or 0), match[4]
    if half:
        if not 1 <= hours <= 12:
            raise NotADate("There is no such time.")
        hours = hours % 12 + (12 if half == "pm" else 0)
    elif match[2] is None:
        raise NotADate("Write hours and minutes, as in 14:30.")
    if hours > 23 or minute > 59 or int(match[3] or 0) > 59:
        raise NotADate("There is no such time.")
    return f"{hours:02}:{minute:02}" + (f":{match[3]}" if match[3] else "")
