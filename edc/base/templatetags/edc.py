"""Tags of every page: icons, status, times, dates and charts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from edc.base import charts, statuses

register = template.Library()

SPRITE = "vendor/bootstrap-icons-1.13.2/icons.svg"
# How many different icons and states each process keeps drawn.
KEPT = 2048
NOTHING = format_html('<span aria-hidden="true">–</span><span class="visually-hidden">{}</span>', "none")


@register.simple_tag
def portal_name() -> str:
    """`{% portal_name %}`: what this portal is called, also on pages that have no context."""
    return str(settings.PORTAL_NAME)


@register.simple_tag
def icon(name: str, **attributes: str) -> SafeString:
    """`{% icon "lock-fill" %}`: decoration beside a word; `class=` adds classes."""
    return _icon(name, attributes.get("class", ""))


@lru_cache(maxsize=KEPT)
def _icon(name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static(SPRITE),
        name,
    )


@register.simple_tag
def status(code: str, label: str = "", count: int | None = None, show: str = "full") -> SafeString:
    """`{% status row.status %}`; show="icon" for dense grids, "bare" without the pill."""
    return _status(str(code), str(label), count, show)


@lru_cache(maxsize=KEPT)
def _status(code: str, label: str, count: int | None, show: str) -> SafeString:
    """Return a state's icon, word and colour; long lists show the same few a thousand times."""
    look = statuses.look(code)
    word = label or look.word
    context = {
        "look": look,
        "word": f"{word} ({count})" if count and show == "icon" else word,
        "count": count,
        "show": show,
    }
    return render_to_string("components/status.html", context)


@register.inclusion_tag("components/status_legend.html")
def status_legend(*codes: str) -> dict[str, Any]:
    """`{% status_legend %}` explains the states of a form, or just the named ones."""
    return {"looks": [statuses.look(code) for code in codes or statuses.FORM]}


@register.simple_tag
def when(moment: dt.datetime | str | None) -> SafeString:
    """`{% when capture.saved_at %}`: local time with its zone; UTC for machines and on pointing at it."""
    at = parse_datetime(moment) if isinstance(moment, str) else moment
    if at is None:
        return NOTHING
    if timezone.is_naive(at):
        raise ValueError(f"{at} has no time zone")
    utc, local = at.astimezone(dt.UTC), timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{} UTC">{} {}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        formats.date_format(utc, "d M Y H:i:s"),
        formats.date_format(local, "d M Y H:i"),
        local.tzname(),
    )


@register.filter(name="day")
def day_text(value: dt.date | str | None) -> str:
    """`{{ value|day }}`: 07 Mar 2026; Mar 2026 and 2026 where only that much is known; other text as it is."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if isinstance(value, dt.date):
        return formats.date_format(value, "d M Y")
    parts = (value or "").split("T")[0].split("-")
    try:
        numbers = [int(part) for part in parts]
        known = dt.date(*[*numbers, 1, 1][:3]) if len(numbers) <= 3 else None
    except ValueError:
        known = None
    return formats.date_format(known, ("Y", "M Y", "d M Y")[len(parts) - 1]) if known else value or ""


@register.simple_tag
def day(value: dt.date | str | None) -> SafeString:
    """`{% day visit.date %}`: the same as an element with the ISO 8601 text for machines."""
    if not value:
        return NOTHING
    machine = value.isoformat() if isinstance(value, dt.date) else value
    return format_html('<time datetime="{}">{}</time>', machine, day_text(value))


@register.filter
def count_cap(value: int) -> str:
    """`{{ unread|count_cap }}`: a number that fits its bubble."""
    return "99+" if int(value) > 99 else str(value)


@register.simple_tag
def attributes(given: Mapping[str, Any], css: str = "") -> SafeString:
    """`{% attributes widget.attrs "form-control" %}`: our class before the widget's own; what is invalid is marked."""
    own = given.get("class", "")
    marked = "is-invalid" if css and given.get("aria-invalid") == "true" else ""
    classes = " ".join(filter(None, (css, own, marked)))
    pairs = ([("class", classes)] if classes else []) + [pair for pair in given.items() if pair[0] != "class"]
    return format_html_join("", "{}{}", ((f" {name}", _value(value)) for name, value in pairs if value is not False))


def _value(value: Any) -> SafeString:
    return SafeString("") if value is True else format_html('="{}"', str(value))


@register.inclusion_tag("components/chart.html")
def chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[charts.Number | None]],
    *,
    kind: str = "line",
    across: str = "",
    summary: str = "",
) -> dict[str, Any]:
    """`{% chart "Enrolment" months series across="Month" %}`; series maps a name to one value per label."""
    drawing = charts.build(list(labels), series, bars=kind == "bar")
    return {"title": title, "chart": drawing, "kind": kind, "across": across, "summary": summary}
