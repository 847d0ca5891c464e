"""Where every chain ends: a list to keep outside of the portal, and the trail held against an older one.

Whoever owns the database can cut a chain at its end, roll its row back, and leave a trail that agrees with itself. It
then no longer agrees with a list of its heads that was taken before.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from django.db import connection

from audit.models import AuditLog
from audit.selectors.parts import MOST_FAULTS, Report

FORMAT = "edc-audit-heads/1"
BATCH = 5_000

KNOWN = """
select h.stream, h.sequence, l.id is null
from unnest(%s::uuid[], %s::int[], %s::bytea[]) h (stream, sequence, hash)
left join audit_auditlog l on l.stream = h.stream and l.sequence = h.sequence
where l.hash is distinct from h.hash order by h.stream
"""


class NoList(Exception):
    """The file is no list of heads, or not as it was written."""


def heads() -> Iterator[str]:
    """Yield the lines of a list: what it is, each chain's name, length and last hash, and the digest of all before."""
    digest, count = hashlib.sha256(), -1
    for line in _lines():
        digest.update(line.encode())
        count += 1
        yield line
    yield f"end {count} {digest.hexdigest()}\n"


def verify_heads(report: Report, lines: Iterator[str]) -> None:
    """Add to the report each chain that no longer has the event with which it ended in the list.

    Raises NoList for a list that was itself changed or cut.
    """
    given = _read(lines)
    while batch := list(islice(given, BATCH)):
        report.heads += len(batch)
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [list(column) for column in zip(*batch, strict=True)])
            faults = [_fault(*found) for found in cursor.fetchall()]
        report.faults += faults[: max(0, MOST_FAULTS - len(report.faults))]


def _fault(stream: UUID, sequence: int, is_gone: bool) -> str:  # noqa: FBT001 -- as the statement returns it
    what = "is gone" if is_gone else "has another hash"
    return f"event {sequence} of {stream}, with which the chain ended when the list was made, {what}"


def _lines() -> Iterator[str]:
    yield f"{FORMAT} {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    last = AuditLog.objects.order_by("stream", "-sequence").distinct("stream")
    for stream, sequence, own in last.values_list("stream", "sequence", "hash").iterator(chunk_size=BATCH):
        yield f"{stream} {sequence} {bytes(own).hex()}\n"


def _read(lines: Iterator[str]) -> Iterator[tuple[UUID, int, bytes]]:
    first = next(lines, "")
    if not first.startswith(f"{FORMAT} "):
        raise NoList("This is no list of heads, as bin/edc audit_heads writes it.")
    digest = hashlib.sha256(first.encode())
    for count, line in enumerate(lines):
        if line.startswith("end "):
            if line.split() != ["end", str(count), digest.hexdigest()] or next(lines, None) is not None:
                raise NoList("This list of heads is not as it was written: its digest is another.")
            return
        digest.update(line.encode())
        try:
            stream, sequence, own = line.split()
            yield UUID(stream), int(sequence), bytes.fromhex(own)
        except ValueError:
            raise NoList(f"This list of heads cannot be read at line {count + 2}.") from None
    raise NoList("This list of heads was cut off: it has no end.")
