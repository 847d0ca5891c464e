"""What of the audit trail tells values of forms that are not for everybody who reads it."""

from collections.abc import Sequence
from uuid import UUID

from audit.models import AuditLog
from captures.models import DataCapture, DataQuery, DataQueryEntry, SourceRecord, UploadedFile
from captures.selectors.imports import TELL_VALUES
from captures.selectors.sight import Sight
from edc.accounts.models import User
from trials.definition import item_of

# The rows that hang at a place of a capture, and where they name it.
AT_A_PLACE = {
    "DataQuery": (DataQuery, "capture", "place"),
    "DataQueryEntry": (DataQueryEntry, "query__capture", "query__place"),
    "SourceRecord": (SourceRecord, "capture", "place"),
    "UploadedFile": (UploadedFile, "capture", "place"),
}
# Columns of a capture that hold values of several places: as a study file spelled them, and as a move set them aside.
OF_SEVERAL = frozenset({"source_keys", "set_aside"})
# The columns of a data query that say nothing of the value that it is about.
OF_THE_QUERY = frozenset(
    {"state", "resolution", "message", "text", "due_date", "opened_at", "opened_by_id", "closed_at", "version"}
)


def values_hidden_from(user: User, events: Sequence[AuditLog]) -> set[UUID]:
    """Return the events that tell values of forms which this person may not see; a fixed number of statements."""
    places = _places(events)
    if not places:
        return set()
    rows = DataCapture.everything.filter(pk__in={capture for capture, _ in places.values()})
    captures = {row.pk: row for row in rows.select_related("study_version").defer("study_version__document", "data")}
    sight, told = Sight(user), _tell_several(events)
    hidden = {pk: sight.hidden_items(row) for pk, row in captures.items()}
    return {
        event.pk
        for event in events
        if event.pk in places and _tells(event, places[event.pk][1], hidden[places[event.pk][0]], told)
    }


def _tells(event: AuditLog, place: str, items: frozenset[str], several: set[UUID]) -> bool:
    """Return whether the event tells a value of one of these items."""
    if not items:
        return False
    if event.entity_type == "DataCapture":
        tells_several = event.field in OF_SEVERAL or bool(OF_SEVERAL & event.metadata.keys())
        return tells_several or item_of(event.field) in items
    if event.entity_id in several:
        return True
    return item_of(place) in items and event.field not in OF_THE_QUERY


def _places(events: Sequence[AuditLog]) -> dict[UUID, tuple[UUID, str]]:
    """Return by event the capture and the place that it is about."""
    found = {event.pk: (event.entity_id, event.field) for event in events if event.entity_type == "DataCapture"}
    places = {pk: (capture, field) for pk, (capture, field) in found.items() if capture}
    for name, (model, capture, place) in AT_A_PLACE.items():
        own = {event.pk: event.entity_id for event in events if event.entity_type == name}
        if own:
            rows = model.objects.filter(pk__in=set(own.values())).values_list("pk", capture, place)  # type: ignore[attr-defined]
            at = {pk: (held, where) for pk, held, where in rows if held}
            places |= {event: at[pk] for event, pk in own.items() if pk in at}
    return places


def _tell_several(events: Sequence[AuditLog]) -> set[UUID]:
    """Return the records of study files among these that tell values of several places at once."""
    keys = {event.entity_id for event in events if event.entity_type == "SourceRecord"}
    rows = SourceRecord.objects.filter(pk__in=keys, kind__in=TELL_VALUES) if keys else SourceRecord.objects.none()
    return set(rows.values_list("pk", flat=True))
