"""What happened to a capture: every version, field by field, and how two versions differ."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from audit.models import AuditLog
from captures.models import DataCapture
from captures.selectors.answers import from_trail, in_words
from captures.selectors.sight import Sight
from captures.validators import places_in
from edc.accounts.models import User
from edc.base import statuses
from trials.definition import Place, find_place
from trials.models import StudyVersion
from trials.roles import Role

VERSIONS_ON_A_PAGE = 20
MOST_VERSIONS = 200
MOST_CHANGES = 50

ACTIONS = {
    "captures.brought_in": "Brought in from a study file",
    "captures.created": "Entered as a draft",
    "captures.submitted": "Submitted",
    "captures.saved": "Changed",
    "captures.finalised": "Finalised",
    "captures.moved": "Moved to another study version",
    "captures.moved_back": "Moved back to its study version",
    "captures.reopened": "Opened again",
    "captures.marked_not_done": "Marked as not done",
    "captures.restored": "No longer marked as not done",
    "captures.taken_back": "Taken back with its study file",
}
COLUMNS = {"status": "Status", "timestamp": "Observed at", "data_value": "Value", "site_id": "Site"}
COLUMNS |= {"not_done_reason": "Reason why not done"}
# Columns that say nothing beyond the event itself.
IMPLIED = frozenset(
    {
        *("", "submitted_at", "submitted_by_id", "finalised_at", "finalised_by_id", "entered_by_id"),
        *("not_done_at", "not_done_by_id"),
        *("missing_items", "flagged_items"),
        *("study_version_id", "study_import_id", "imported_version", "source_keys", "removed_at"),
    }
)


@dataclass(frozen=True)
class Change:
    """One field before and after."""

    name: str
    oid: str
    old: str
    new: str


@dataclass
class Version:
    """One version of a capture: who made it, when, why, and what changed."""

    number: int
    at: datetime
    who: str
    role: str
    what: str
    source: str
    reason: str
    status: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def before(self) -> int:
        """Return the number of the version that it changed."""
        return self.number - 1

    @property
    def at_utc(self) -> str:
        return f"{self.at.astimezone(UTC):%d %b %Y %H:%M:%S}"

    @property
    def look(self) -> statuses.Look:
        """Return how the state that it left the capture in is shown."""
        return statuses.look(self.status)


def role_in_words(role: str) -> str:
    """Return a role as the trail names it, in words."""
    return Role(role).label if role in Role.values else role.replace("_", " ").capitalize()


def versions_of(
    capture: DataCapture, *, by: User, before: int | None = None, most: int = VERSIONS_ON_A_PAGE
) -> list[Version]:
    """Return the newest versions of the capture, or the newest before version `before`."""
    upper = min(before or capture.version + 1, capture.version + 1)
    events = AuditLog.objects.filter(
        entity_id=capture.pk, entity_version__lt=upper, entity_version__gte=max(upper - most, 1)
    )
    found: dict[int, Version] = {}
    sight = Sight(by)
    statuses_then = _statuses(capture)
    for event in events.select_related("actor").order_by("sequence"):
        number = event.entity_version or 0
        version = found.setdefault(number, _version(event, number))
        version.status = statuses_then.get(number, "")
        if event.field not in IMPLIED:
            version.changes.append(_change(capture, event, sight))
    for version in found.values():
        version.changes.sort(key=_page_order(capture))
    return [found[number] for number in sorted(found, reverse=True)]


def changes_by_item(versions: list[Version]) -> Mapping[str, list[tuple[Version, Change]]]:
    """Return the changes of each item, newest first, leaving out its first entry."""
    by_item: dict[str, list[tuple[Version, Change]]] = defaultdict(list)
    for version in versions:
        for change in version.changes:
            if change.oid and version.number > 1:
                by_item[change.oid].append((version, change))
    return by_item


def changes_at(capture: DataCapture, place: str, *, by: User) -> list[tuple[Version, Change]]:
    """Return the last changes of one value, newest first, with its first entry; one statement."""
    events = AuditLog.objects.filter(entity_id=capture.pk, field=place).select_related("actor")
    newest = events.order_by("-created_at", "-pk")[:MOST_CHANGES]
    sight = Sight(by)
    return [(_version(event, event.entity_version or 0), _change(capture, event, sight)) for event in newest]


def _statuses(capture: DataCapture) -> dict[int, str]:
    rows = DataCapture.history.filter(id=capture.pk).values_list("version", "status")
    return dict(rows)


def _version(event: AuditLog, number: int) -> Version:
    return Version(
        number=number,
        at=event.created_at,
        who=event.who or "The portal",
        role=role_in_words(event.actor_role),
        what=ACTIONS.get(event.action, event.action.rpartition(".")[2].replace("_", " ").capitalize()),
        source=event.source,
        reason=event.reason,
    )


def _place(capture: DataCapture, name: str) -> Place | None:
    form = capture.form_definition
    return find_place(form, name) if form else None


def _change(capture: DataCapture, event: AuditLog, sight: Sight) -> Change:
    place = _place(capture, event.field)
    if place is not None:
        texts = (from_trail(place.item, text) for text in (event.old_value, event.new_value))
        old, new = (sight.words(capture, str(place), text) for text in texts)
        return Change(place.label, str(place), old, new)
    name = COLUMNS.get(event.field, event.field.removesuffix("_id").replace("_", " ").capitalize())
    old, new = (
        sight.words(capture, event.field, _column(capture, event.field, text))
        for text in (event.old_value, event.new_value)
    )
    return Change(name, "", old, new)


def _column(capture: DataCapture, name: str, text: str | None) -> str:
    if not text:
        return ""
    if name == "status":
        return statuses.look(text).word
    if name == "study_version_id":
        return _version_named(text)
    if name == "timestamp":
        local = datetime.fromisoformat(text).astimezone(ZoneInfo(capture.site.time_zone))
        return f"{local:%d %b %Y %H:%M %Z}"
    return text


@cache
def _version_named(key: str) -> str:
    """Return what a study version is called by its number, which never changes."""
    number = StudyVersion.objects.filter(pk=key).values_list("number", flat=True).first()
    return f"Version {number}" if number else key


def _page_order(capture: DataCapture) -> Any:
    form = capture.form_definition
    items = {oid: number for number, oid in enumerate(form.every_item)} if form else {}

    def order(change: Change) -> tuple[int, str]:
        place = _place(capture, change.oid) if change.oid else None
        return (items[place.item.oid], place.row) if place else (-1, "")

    return order


@dataclass(frozen=True)
class Difference:
    """An item in two versions."""

    name: str
    old: str
    new: str
    is_changed: bool


def version_numbers(capture: DataCapture) -> list[tuple[int, datetime]]:
    """Return the newest versions with their times, newest first."""
    rows = DataCapture.history.filter(id=capture.pk).order_by("-version")
    return list(rows.values_list("version", "history_date")[:MOST_VERSIONS])


def differences(capture: DataCapture, *, by: User, old: int, new: int) -> list[Difference] | None:
    """Return every field of two versions side by side; None when the capture has no such version."""
    rows = DataCapture.history.filter(id=capture.pk, version__in={old, new})
    by_number = {row.version: row for row in rows}
    if old not in by_number or new not in by_number:
        return None
    before, after = by_number[old], by_number[new]
    found = [
        _difference(COLUMNS[name], *(_column(capture, name, _text(getattr(row, name))) for row in (before, after)))
        for name in ("status", "timestamp", "data_value")
        if name != "data_value" or not capture.form
    ]
    sight = Sight(by)
    form, names = capture.form_definition, {**before.data, **after.data}
    places = {str(place): place for place in places_in(form, names)} if form else {}
    for name in [*places, *(name for name in names if name not in places)]:
        place = places.get(name)
        item = place.item if place else None
        was, now = (in_words(item, row.data.get(name)) for row in (before, after))
        old_words, new_words = (sight.words(capture, name, text) for text in (was, now))
        found.append(Difference(place.label if place else name, old_words, new_words, is_changed=was != now))
    return found


def _difference(name: str, old: str, new: str) -> Difference:
    return Difference(name, old, new, is_changed=old != new)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@dataclass(frozen=True)
class Snapshot:
    """What a capture held in one version."""

    data: dict[str, Any]
    timestamp: datetime


def version_at(capture: DataCapture, number: int) -> Snapshot | None:
    """Return what one version held; None when there is no such version."""
    rows = DataCapture.history.filter(id=capture.pk, version=number)
    row = rows.values_list("data", "timestamp").first()
    return Snapshot(*row) if row else None
