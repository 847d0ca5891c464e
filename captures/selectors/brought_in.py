"""What study files told beside the values that they brought in: who did what in the other system, what stood before."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from captures.exports import Act, Elsewhere, FilledForm, Location, Person, Told
from captures.models import SourceRecord, StudyImport
from trials.formats import Places
from trials.formats.places import source_of
from trials.models import ClinicalTrial

Kind = SourceRecord.Kind
# A time as ODM wants it; another spelling of one is brought into it.
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
NOT_TOLD = "NOT.TOLD"
TICKED = {"1", "true", "yes", "checked"}
# What a capture's source keys say of repeats, whatever its values are.
ROWS = {"visit", "form", "rows", "groups", "group"}
Keys = dict[str, Any]
WITH_NAMES = {
    "user": ("details__user", "details__name"),
    "location": ("details__location", "details__site"),
    "definition": ("details__definition", "details__meaning"),
}


class BroughtIn:
    """Reads what files told of a trial's captures, with an OID for everybody and everything that they name."""

    def __init__(self, trial: ClinicalTrial, sites: dict[UUID, tuple[str, str]]) -> None:
        self.sites = sites
        self.records = SourceRecord.objects.filter(trial=trial, study_import__state=StudyImport.State.TAKEN)
        self.oids: dict[tuple[str, str, str], str] = {}
        self.own = {code for code, _ in sites.values()}

    def elsewhere(self) -> Elsewhere:
        """Return all whom the files name."""
        told = self.records.filter(kind__in=[Kind.AUDIT, Kind.SIGNATURE], site__in=self.sites)
        found = Elsewhere([Person(NOT_TOLD, "Not told", "")], [Location(NOT_TOLD, "Not told", "Other")])
        for oid, name in self._named(told, "user"):
            found.people.append(Person(self._oid("user", oid, name), name, ""))
        for oid, name in self._named(told, "location"):
            if oid not in self.own:
                found.locations.append(Location(self._oid("location", oid, name), name or oid, "Other"))
        for oid, name in self._named(told.filter(kind=Kind.SIGNATURE), "definition"):
            found.meanings.append((self._oid("definition", oid, name), name))
        return found

    def of_subject(self, subject: UUID, study_version: UUID) -> "SubjectTold":
        """Return what was told of a subject by the files of this study version."""
        rows = self.records.filter(subject=subject, study_import__study_version=study_version)
        rows = rows.filter(kind__in=[Kind.AUDIT, Kind.SIGNATURE, Kind.EARLIER])
        return SubjectTold(self, list(rows.order_by("id")))

    def told(self, row: SourceRecord) -> Told | None:
        """Return a change or signature, or None for one whose time is none."""
        details = row.details
        time = details.get("time", "")
        try:
            moment = parse_datetime(time)
        except ValueError:
            moment = None
        if moment is None:
            return None
        at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        user = self._oid("user", details.get("user", ""), details.get("name", ""))
        location = details.get("location", "")
        site = location if location in self.own else self._oid("location", location, details.get("site", ""))
        as_told = time if WRITTEN.fullmatch(time) else ""
        act = Act(user, site, at, details.get("reason", ""), details.get("source", ""), as_told)
        signed = row.kind == Kind.SIGNATURE
        by = self._oid("definition", details.get("definition", ""), details.get("meaning", "")) if signed else ""
        return Told(act, row.place, by)

    @staticmethod
    def _named(told: QuerySet[SourceRecord], kind: str) -> list[tuple[str, str]]:
        rows = told.order_by().values_list(*WITH_NAMES[kind]).distinct()
        return sorted((oid, name or "") for oid, name in rows if oid)

    def _oid(self, kind: str, oid: str, name: str) -> str:
        """Return the OID that a file gave, or one of its own where two files mean somebody else by it."""
        if not oid:
            return NOT_TOLD
        known = (kind, oid, name)
        if known not in self.oids:
            taken, wanted, number = set(self.oids.values()) | self.own, oid, 2
            while wanted in taken:
                wanted, number = f"{oid}.{number}", number + 1
            self.oids[known] = wanted
        return self.oids[known]


class SubjectTold:
    """What was told of one subject: of all of it, and of each capture as it was brought in."""

    def __init__(self, told: BroughtIn, rows: list[SourceRecord]) -> None:
        self.told = told
        self.above: list[SourceRecord] = []
        self.of_captures: dict[tuple[UUID, UUID], list[SourceRecord]] = defaultdict(list)
        for row in rows:
            if row.capture_id is None:
                self.above.append(row)
            else:
                self.of_captures[row.capture_id, row.study_import_id].append(row)

    def __bool__(self) -> bool:
        return bool(self.above or self.of_captures)

    def of_all(self) -> Iterator[FilledForm]:
        """Yield what was told of the subject, or of its visits, as being of the subject."""
        yield from self._context(FilledForm("", "", {}), self.above)

    def before(self, form: FilledForm, row: Any, places: "VersionPlaces") -> Iterator[FilledForm]:
        """Yield what was told of a form that this version row brought in, and what stood in the file before it."""
        records = self.of_captures.get((row.id, row.study_import_id), [])
        blank = FilledForm(form.visit, form.form, {}, form.visit_repeat, form.form_repeat, form.keys)
        yield from self._context(blank, records)
        for record in records:
            if record.kind == Kind.EARLIER:
                values, keys = places.earlier(form.form, record.details["values"], form.keys)
                yield replace(blank, values=values, keys=keys, act=form.act)

    def _context(self, form: FilledForm, rows: list[SourceRecord]) -> Iterator[FilledForm]:
        told = tuple(filter(None, (self.told.told(row) for row in rows if row.kind != Kind.EARLIER)))
        if told:
            yield replace(form, transaction="Context", told=told)


class VersionPlaces:
    """Finds where a study version has what a file calls by its own names."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.places = Places(document)
        self.sources = {form["oid"]: source_of(form) for form in document["forms"]}

    def earlier(self, form: str, told: list[list[Any]], keys: Mapping[str, Any]) -> tuple[dict[str, Any], Keys]:
        """Return values in the names of a file as values at their places, with what the file calls these."""
        rows = {(place.partition("[")[0], key): place for place, key in keys.get("rows", {}).items()}
        values: dict[str, Any] = {}
        own: Keys = {name: what for name, what in keys.items() if name in ROWS}
        for group, repeat, item, value in told:
            at = self.places.item(self.sources[form], group, item)
            if at is None:
                continue
            known = rows.get((at.table, repeat), f"{at.table}[{repeat}]")
            place = f"{known}.{at.item}" if at.table else at.item
            if at.code is not None:
                own.setdefault("boxes", {}).setdefault(place, {})[at.code] = value
                ticked = values.setdefault(place, [])
                if (value or "").lower() in TICKED:
                    ticked.append(at.code)
            elif value:
                values[place] = value
            else:
                own.setdefault("null" if value is None else "cleared", []).append(place)
        return values, own
