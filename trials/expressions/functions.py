"""The functions of the language: numbers in, a number or nothing out."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

# Decimal arithmetic that never raises: what is no number afterwards is missing.
EXACT = Context(prec=40, Emin=-400, Emax=400, traps=[])
ROUNDING = {"round": ROUND_HALF_UP, "roundup": ROUND_CEILING, "rounddown": ROUND_FLOOR}
# As REDCap has them: a year and a month are averages.
SECONDS = {
    "y": Decimal(31556952),
    "M": Decimal(2630016),
    "d": Decimal(86400),
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
}


def finite(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def rounded(value: Decimal, places: int, how: str) -> Decimal | None:
    """Round half away from zero, up or down to so many decimal places."""
    return finite(value.quantize(Decimal(1).scaleb(-places), rounding=ROUNDING[how], context=EXACT))


def total(values: Sequence[Decimal]) -> Decimal | None:
    result = Decimal(0)
    for value in values:
        result = EXACT.add(result, value)
    return finite(result)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    added = total(values)
    return None if added is None else finite(EXACT.divide(added, Decimal(len(values))))


def deviation(values: Sequence[Decimal]) -> Decimal | None:
    """Return the standard deviation of a sample (n - 1), which one value does not have."""
    middle = mean(values)
    if middle is None or len(values) < 2:
        return None
    squares = total([EXACT.power(EXACT.subtract(value, middle), 2) for value in values])
    return None if squares is None else finite(EXACT.sqrt(EXACT.divide(squares, Decimal(len(values) - 1))))


# Each leaves out what is missing; of nothing at all there is no sum and no mean.
OF_MANY: dict[str, Callable[[Sequence[Decimal]], Decimal | None]] = {
    "min": min,
    "max": max,
    "sum": total,
    "mean": mean,
    "stdev": deviation,
}


def moment(text: str) -> datetime | None:
    """Return a full date, with or without time, as a moment; None where a part of the date is unknown."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- what is written on paper has no zone
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def difference(first: str, second: str, unit: str, *, signed: bool) -> Decimal | None:
    """Return the time from the first to the second in this unit; without a sign unless one is asked for."""
    start, end = moment(first), moment(second)
    if start is None or end is None or min(len(first), len(second)) < 10:
        return None
    gap = end - start
    seconds = Decimal(gap.days * 86_400 + gap.seconds)
    result = EXACT.divide(seconds, SECONDS[unit])
    return result if signed else result.copy_abs()


def compare_moments(left: str, right: str) -> int | None:
    """Return -1, 0 or 1; None where one is too partial to tell (2014 against 2014-03-07)."""
    length = min(len(left), len(right))
    if left[:length] != right[:length]:
        return -1 if left[:length] < right[:length] else 1
    return 0 if len(left) == len(right) and length >= 5 else None
