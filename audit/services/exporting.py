"""Take the trail out of the portal: as many events as there are, in one stream, and an event that says so."""

import csv
import hashlib
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from audit import selectors
from audit.models import AuditLog
from audit.permissions import can_export_trail
from audit.selectors import Asked, Words
from audit.services.writing import record
from edc.accounts.models import User
from edc.base.actor import Origin, origin
from edc.base.errors import require
from edc.base.spreadsheets import safe_cell

BATCH = 500
# Rights are asked again after so many batches: a right that ends, ends the download.
BATCHES_ON_ONE_LOOK = 4

COLUMNS = (
    *("When (UTC)", "Who", "Role", "Act", "What", "Field", "Old value", "New value", "Reason", "Source"),
    *("Subject", "Site", "Trial", "Details", "Action", "Entity", "Entity id", "Version", "Event id", "Stream"),
    *("Sequence", "SHA-256"),
)


def export_trail(*, asked: Asked, to: str, by: User) -> Iterator[bytes]:
    """Return the file of everything asked for that this person may take out, oldest first, piece by piece.

    An event with the filters, the number of rows and the file's SHA-256 is recorded when the last piece was taken, and
    also when the download stopped early.
    """
    require(can_export_trail(by), "Your role does not allow taking the audit trail out of the portal.")
    return _pieces(Export(asked=asked, to=to, by=by, origin=origin.get()))


@dataclass
class Export:
    """One download, as it goes."""

    asked: Asked
    to: str
    by: User
    origin: Origin
    rows: int = 0
    is_complete: bool = False
    digest: Any = field(default_factory=hashlib.sha256)
    # The last event of each chain that was taken out: its number and its hash.
    heads: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)

    def take(self, events: Sequence[AuditLog]) -> None:
        """Count events that come in the order of their chains."""
        self.rows += len(events)
        self.heads.update((event.stream, (event.sequence, bytes(event.hash))) for event in events)

    def digest_of_heads(self) -> str:
        """Return what the file's end says of its chains: none can be left out without another digest."""
        heads = sorted((str(stream), *head) for stream, head in self.heads.items())
        lines = (f"{stream} {sequence} {own.hex()}\n" for stream, sequence, own in heads)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def count(self, piece: bytes) -> bytes:
        self.digest.update(piece)
        return piece

    def record(self) -> None:
        """Write one event for each trial, and each single site, that the export reached."""
        metadata = {
            "format": self.to,
            "filters": {name: str(value) for name, value in self.asked.given().items()},
            "rows": self.rows,
            "sha256": self.digest.hexdigest(),
            "heads": self.digest_of_heads(),
        }
        token = origin.set(self.origin)
        try:
            for scope in _scopes(self.asked, self.by):
                action = "audit.exported" if self.is_complete else "audit.export_stopped"
                record(by=self.by, action=action, entity_type="AuditLog", metadata=metadata, **scope)
        finally:
            origin.reset(token)


class Format(Protocol):
    """A way to write events."""

    def head(self, export: Export) -> bytes: ...

    def body(self, events: Sequence[AuditLog], export: Export) -> bytes: ...

    def foot(self, export: Export) -> bytes: ...


class Csv:
    """For people and spreadsheets: in words, and no cell that a spreadsheet would run."""

    def head(self, export: Export) -> bytes:
        # The mark by which spreadsheets know UTF-8.
        return b"\xef\xbb\xbf" + _csv([COLUMNS])

    def body(self, events: Sequence[AuditLog], export: Export) -> bytes:
        words = selectors.words_of(events, by=export.by)
        return _csv(_row(event, words[event.pk]) for event in events)

    def foot(self, export: Export) -> bytes:
        return b""


class JsonLines:
    """For programs and for `bin/verify-audit`: the hashed text of each event, its hashes, and words for reading alone.

    Of an event whose values its reader may not see there is no text, so that only its links can be checked.
    """

    def head(self, export: Export) -> bytes:
        return _line(
            {
                "record": "header",
                "format": "edc-audit/1",
                "made_at": timezone.now().isoformat(),
                "made_by": str(export.by.pk),
                "filters": {name: str(value) for name, value in export.asked.given().items()},
                "verify": "hash = SHA-256(previous_hash as bytes, then canonical as UTF-8); see docs/audit.md",
                "words": "for reading only: what was hashed, and what counts, is canonical",
            }
        )

    def body(self, events: Sequence[AuditLog], export: Export) -> bytes:
        hidden = selectors.hidden_from(export.by, events)
        words = selectors.words_of(events, by=export.by)
        return b"".join(
            _line(
                {
                    "record": "event",
                    "id": str(event.pk),
                    "stream": str(event.stream),
                    "sequence": event.sequence,
                    "previous_hash": bytes(event.previous_hash).hex(),
                    "hash": bytes(event.hash).hex(),
                    "canonical": None if event.pk in hidden else selectors.canonical(event),
                    "at": event.created_at.astimezone(UTC).isoformat(),
                    "words": _members(words[event.pk]),
                    "reason": event.reason,
                    "entity": event.entity_type,
                    "entity_id": event.entity_id and str(event.entity_id),
                    "entity_version": event.entity_version,
                }
            )
            for event in events
        )

    def foot(self, export: Export) -> bytes:
        heads = export.digest_of_heads()
        return _line({"record": "end", "events": export.rows, "chains": len(export.heads), "heads": heads})


FORMATS: dict[str, Format] = {"csv": Csv(), "jsonl": JsonLines()}


def _pieces(export: Export) -> Iterator[bytes]:
    written = FORMATS[export.to]
    try:
        yield export.count(written.head(export))
        # In a transaction the cursor of the server hands out rows as they are read, instead of copying them first.
        with transaction.atomic():
            for events in _batches(export):
                export.take(events)
                yield export.count(written.body(events, export))
        yield export.count(written.foot(export))
        export.is_complete = True
    finally:
        export.record()


def _batches(export: Export) -> Iterator[list[AuditLog]]:
    events = selectors.events_visible_to(export.by, to_export=True)
    events = selectors.with_hashed_text(selectors.asked_of(events, export.asked)).order_by("created_at", "pk")
    with closing(cast("Generator[AuditLog, None, None]", events.iterator(chunk_size=BATCH))) as rows:
        number = 0
        while batch := list(islice(rows, BATCH)):
            number += 1
            if number % BATCHES_ON_ONE_LOOK == 0:
                require(can_export_trail(export.by), "Your right to take the audit trail out has ended.")
            yield batch


def _scopes(asked: Asked, by: User) -> list[dict[str, Any]]:
    """Return where the export is on record: what it was narrowed to, else all that was within reach."""
    if asked.site:
        return [{"site_id": asked.site, "trial_id": asked.trial}]
    if asked.trial:
        return [{"trial_id": asked.trial}]
    reach = selectors.reach_of(by, to_export=True)
    scopes: list[dict[str, Any]] = [{"trial_id": trial} for trial in reach.trials]
    return [*scopes, *({"site_id": site} for site in reach.sites)] or [{}]


def _row(event: AuditLog, words: Words) -> list[str]:
    at = event.created_at.astimezone(UTC)
    details = "; ".join(f"{name}: {value}" for name, value in words.details)
    cells = [
        *(_utc(at), words.who, words.role, words.act, words.thing, words.field, words.old, words.new, event.reason),
        *(words.source, words.subject, words.site, words.trial, details, event.action, event.entity_type),
        *(str(event.entity_id or ""), str(event.entity_version or ""), str(event.pk), str(event.stream)),
        *(str(event.sequence), bytes(event.hash).hex()),
    ]
    return [safe_cell(cell) for cell in cells]


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}Z"


def _members(words: Words) -> dict[str, Any]:
    names = ("who", "role", "act", "thing", "field", "old", "new", "source", "subject", "site", "trial")
    return {name: getattr(words, name) for name in names} | {"details": dict(words.details)}


def _csv(rows: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def _line(members: dict[str, Any]) -> bytes:
    return orjson.dumps(members) + b"\n"
