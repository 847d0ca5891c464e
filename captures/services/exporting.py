"""Take the subjects grid out of the portal, on record."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from audit import services as audit
from captures import permissions
from captures.selectors.grid import Row, columns_of, rows_of
from edc.accounts.models import User
from edc.base.actor import Origin, origin
from edc.base.errors import require
from edc.base.spreadsheets import MARK, lines_of
from patients.models import Subject
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import site_ids_with

COLUMNS = ("Subject", "Site", "Status", "Open queries", "Answered queries")


def export_grid(
    *, trial: ClinicalTrial, site: Site | None, subjects: QuerySet[Subject], filters: Mapping[str, str], by: User
) -> Iterator[bytes]:
    """Return the grid of these subjects of the trial, or of its one site, as a CSV file, piece by piece.

    It holds the sites where this person may export. An event with the filters, the number of rows and the file's
    SHA-256 is recorded when the last piece was taken, and also when the download stopped early.
    """
    require(permissions.can_export(by, trial), "Your role does not allow taking data out of the portal.")
    own = subjects.filter(site__in=site_ids_with(by, Right.EXPORT_DATA))
    scope = {"trial_id": trial.pk, "site_id": site.pk if site else None}
    return _recorded(_pages(trial, own, by), scope=scope, filters=filters, by=by, source=origin.get())


def _recorded(
    pages: Iterator[tuple[int, bytes]], *, scope: dict[str, Any], filters: Mapping[str, str], by: User, source: Origin
) -> Iterator[bytes]:
    digest, count, action = hashlib.sha256(), 0, "captures.export_stopped"
    try:
        for rows, piece in pages:
            digest.update(piece)
            count += rows
            yield piece
        action = "captures.exported"
    finally:
        metadata = {"format": "csv", "filters": dict(filters), "rows": count, "sha256": digest.hexdigest()}
        token = origin.set(source)
        try:
            audit.record(by=by, action=action, entity_type="Subject", metadata=metadata, **scope)
        finally:
            origin.reset(token)


def _pages(trial: ClinicalTrial, subjects: QuerySet[Subject], by: User) -> Iterator[tuple[int, bytes]]:
    """Yield the number of rows and the text of each page; a right that ends, ends the download."""
    now, columns = timezone.now(), columns_of(subjects)
    yield 0, MARK + lines_of([[*COLUMNS, *(visit.name for visit in columns)]])
    after = ""
    while rows := rows_of(subjects, columns, after=after, now=now):
        require(permissions.can_export(by, trial), "Your right to take data out has ended.")
        yield len(rows), lines_of([_line(row) for row in rows])
        after = rows[-1].subject.number


def _line(row: Row) -> list[str]:
    subject = row.subject
    head = [subject.number, subject.site.code, subject.get_disposition_display()]
    return [*head, str(row.open_queries), str(row.answered_queries), *(cell.words for cell in row.cells)]
