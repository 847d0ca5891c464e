"""What was changed in a subject's forms, version after version, with who did it, when and why."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from audit.models import AuditLog
from captures.exports import Act, FilledForm
from captures.models import DataCapture
from captures.selectors.brought_in import SubjectTold, VersionPlaces

FINALISED = DataCapture.Status.FINALISED
NOBODY = "SYSTEM"

Clean = Callable[[UUID, Mapping[str, Any]], Mapping[str, Any]]


def user_oid(pk: UUID | None) -> str:
    """Return what a file calls somebody: a pseudonym that is the same in every file."""
    return f"USER.{pk}" if pk else NOBODY


def keys_of(source_keys: Mapping[str, Any], visit_repeat: int, form_repeat: int) -> dict[str, Any]:
    """Return what the file that a capture came from calls it; what is not noted it called as we do."""
    return {"visit": str(visit_repeat), "form": str(form_repeat), **source_keys}


# What source keys say of values: it is known of those places alone that may be known.
OF_VALUES = ("null", "cleared", "whole", "boxes", "written", "units")


@dataclass(frozen=True)
class Reader:
    """Reads the changes for one study version: the codes of sites, and what is left out of values."""

    study_version: UUID
    sites: Mapping[UUID, str]
    clean: Clean
    places: VersionPlaces

    def keys(self, row: Any) -> dict[str, Any]:
        """Return the source keys of a version row, without those of places that are left out."""
        if not row.study_import_id:
            return {}
        return known_keys(keys_of(row.source_keys, row.visit_repeat, row.form_repeat), row.site_id, self.clean)

    def changes(self, rows: list[Any], told: SubjectTold) -> Iterator[FilledForm]:
        """Yield the changes of one subject's version rows, oldest first, after what other systems told of them."""
        yield from told.of_all()
        for change, row in changes_of(rows, self):
            if row.study_import_id and row.version == row.imported_version:
                yield from self._brought_in(change, row, told)
            else:
                yield change

    def _brought_in(self, change: FilledForm, row: Any, told: SubjectTold) -> Iterator[FilledForm]:
        """Yield a change that came with a study file, after what the file told of it."""
        begun: set[str] = set()
        for one in told.before(change, row, self.places):
            if one.transaction == "Context":
                seen = [each for each in one.told if not each.place or self.clean(row.site_id, {each.place: ""})]
                yield replace(one, told=tuple(seen))
                continue
            one.values = self.clean(row.site_id, one.values)
            one.keys = known_keys(one.keys, row.site_id, self.clean)
            one.transaction = change.transaction if not begun else "Update"
            one.inserted = frozenset(one.values.keys() - begun)
            begun |= one.values.keys()
            yield one
        if begun and change.transaction == "Insert":
            change.transaction, change.inserted = "Update", frozenset(change.values.keys() - begun)
        yield change


def known_keys(keys: Mapping[str, Any], site: UUID, clean: Clean) -> dict[str, Any]:
    """Return source keys without those of places that are left out of a form."""
    known = dict(keys)
    for name in OF_VALUES:
        if told := keys.get(name):
            seen = clean(site, dict.fromkeys(told))
            known[name] = {place: told[place] for place in seen} if isinstance(told, Mapping) else list(seen)
    return known


def changes_of(rows: list[Any], reader: Reader) -> Iterator[tuple[FilledForm, Any]]:
    """Yield the changes that these version rows are for the reader's study version, each with its row."""
    told = _told({row.id for row in rows})
    clean, sites, study_version = reader.clean, reader.sites, reader.study_version
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
        change = FilledForm(
            visit=row.visit,
            form=row.form,
            values=changed,
            visit_repeat=row.visit_repeat,
            form_repeat=row.form_repeat,
            keys=reader.keys(row),
            status=row.status,
            not_done=row.not_done_reason,
            signature=Act(user_oid(row.finalised_by_id), sites[row.site_id], row.finalised_at) if signed else None,
            act=Act(user_oid(row.history_user_id), sites[row.site_id], row.history_date, reason, source),
            transaction="Remove" if row.removed_at else "Update" if known else "Insert",
            removed=tuple(place for place in old if place not in new),
            inserted=frozenset(place for place in changed if place not in old),
        )
        yield change, row


def _told(captures: set[UUID]) -> dict[tuple[UUID, int], tuple[str, str]]:
    """Return the door and the reason of each version of these captures."""
    events = AuditLog.objects.filter(entity_id__in=captures, entity_type="DataCapture", entity_version__isnull=False)
    events = events.order_by("entity_id", "entity_version", "sequence").distinct("entity_id", "entity_version")
    rows = events.values_list("entity_id", "entity_version", "source", "reason")
    return {(capture, version): (source, reason) for capture, version, source, reason in rows if capture and version}
