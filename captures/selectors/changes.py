"""What was changed in a subject's forms, version after version, with who did it, when and why."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from audit.models import AuditLog
from captures.exports import Act, FilledForm
from captures.models import DataCapture

FINALISED = DataCapture.Status.FINALISED
NOBODY = "SYSTEM"

Clean = Callable[[UUID, Mapping[str, Any]], Mapping[str, Any]]


def user_oid(pk: UUID | None) -> str:
    """Return what a file calls somebody: a pseudonym that is the same in every file."""
    return f"USER.{pk}" if pk else NOBODY


def keys_of(source_keys: Mapping[str, Any], visit_repeat: int, form_repeat: int) -> dict[str, Any]:
    """Return what the file that a capture came from calls it; what is not noted it called as we do."""
    return {"visit": str(visit_repeat), "form": str(form_repeat), **source_keys}


def changes_of(
    rows: list[Any], *, study_version: UUID, sites: Mapping[UUID, str], clean: Clean
) -> Iterator[FilledForm]:
    """Yield the changes that these version rows of one subject, oldest first, are for one study version."""
    told = _told({row.id for row in rows})
    last: dict[UUID, Any] = {}
    for row in rows:
        before, last[row.id] = last.get(row.id), row
        if row.study_version_id != study_version:
            continue
        known = before if before is not None and before.study_version_id == study_version else None
        old = clean(known.site_id, known.data) if known else {}
        new = clean(row.site_id, row.data) if row.removed_at is None else old
        changed = {place: value for place, value in new.items() if place not in old or old[place] != value}
        source, reason = told.get((row.id, row.version), ("", row.history_change_reason or ""))
        signed = row.status == FINALISED and (before is None or before.status != FINALISED)
        yield FilledForm(
            visit=row.visit,
            form=row.form,
            values=changed,
            visit_repeat=row.visit_repeat,
            form_repeat=row.form_repeat,
            keys=keys_of(row.source_keys, row.visit_repeat, row.form_repeat) if row.study_import_id else {},
            status=row.status,
            signature=Act(user_oid(row.finalised_by_id), sites[row.site_id], row.finalised_at) if signed else None,
            act=Act(user_oid(row.history_user_id), sites[row.site_id], row.history_date, reason, source),
            transaction="Remove" if row.removed_at else "Update" if known else "Insert",
            removed=tuple(place for place in old if place not in new),
            inserted=frozenset(place for place in changed if place not in old),
        )


def _told(captures: set[UUID]) -> dict[tuple[UUID, int], tuple[str, str]]:
    """Return the door and the reason of each version of these captures."""
    events = AuditLog.objects.filter(entity_id__in=captures, entity_type="DataCapture", entity_version__isnull=False)
    events = events.order_by("entity_id", "entity_version", "sequence").distinct("entity_id", "entity_version")
    rows = events.values_list("entity_id", "entity_version", "source", "reason")
    return {(capture, version): (source, reason) for capture, version, source, reason in rows if capture and version}
