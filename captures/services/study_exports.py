"""Take a study out of the portal: its versions and its data in a format of other systems, on record."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from captures import permissions
from captures.exports import WRITERS
from captures.selectors.extract import Scope, study_in
from edc.accounts.models import User
from edc.base.errors import Refused, require
from trials.models import ClinicalTrial
from trials.roles import Right
from trials.selectors import sites_with


class TimeNotPassed(Refused):
    """Data were asked for as of a time that has not come."""


@dataclass
class Written:
    """What a file came to."""

    rows: int
    values: int
    size: int
    sha256: str
    versions: list[str]


def export_study(
    *,
    trial: ClinicalTrial,
    to: str,
    out: BinaryIO,
    as_of: datetime | None = None,
    identified: bool = False,
    by: User | None,
    told: Callable[[int], None] = lambda _count: None,
) -> Written:
    """Write the trial's study to `out` as it is, or was `as_of`, and record what was taken out.

    It holds the sites where this person may export, what tells who somebody is only if asked for (`identified`) and
    only of sites where they may know it, and nothing that is blinded. `by` is None for who runs the portal's server:
    then it is all there.
    """
    scope = scope_of(trial, as_of=as_of, identified=identified, by=by)
    file = _Hashed(out)
    with _one_moment():
        study = study_in(scope, made_at=timezone.now(), told=told)
        WRITERS[to].write(study, cast("BinaryIO", file))
    versions = [one.name for one in study.versions]
    written = Written(study.rows, study.values, file.size, file.digest.hexdigest(), versions)
    _record(scope, to, written, by)
    return written


def scope_of(trial: ClinicalTrial, *, as_of: datetime | None, identified: bool, by: User | None) -> Scope:
    """Return what of the trial this person may take out; refuse who may nothing, and times that are to come."""
    if as_of is not None and as_of > timezone.now():
        raise TimeNotPassed("Data can be had as they were, not as they will be.")
    if by is None:
        return Scope(trial, identified=None, unblinded=True, as_of=as_of)
    require(permissions.can_export(by, trial), "Your role does not allow taking data out of the portal.")
    sites, known = (
        frozenset(sites_with(by, right).filter(trial=trial).values_list("pk", flat=True))
        for right in (Right.EXPORT_DATA, Right.VIEW_IDENTITY)
    )
    return Scope(trial, sites, identified=known if identified else frozenset(), as_of=as_of)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all that is read be as it is at one moment, whatever is written meanwhile."""
    inside = connection.in_atomic_block
    with transaction.atomic():
        if not inside:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        yield


def _record(scope: Scope, to: str, written: Written, by: User | None) -> None:
    metadata: dict[str, Any] = {
        "format": to,
        "as_of": scope.as_of.isoformat() if scope.as_of else None,
        "identity": scope.identified is None or bool(scope.identified),
        "versions": written.versions,
        "rows": written.rows,
        "values": written.values,
        "sha256": written.sha256,
    }
    one = next(iter(scope.sites)) if scope.sites and len(scope.sites) == 1 else None
    metadata = {name: value for name, value in metadata.items() if value is not None}
    audit.record(
        by=by,
        action="captures.study_exported",
        entity_type="ClinicalTrial",
        entity_id=scope.trial.pk,
        trial_id=scope.trial.pk,
        site_id=one,
        metadata=metadata,
    )


class _Hashed:
    """A file that is written on, and what was written so far."""

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.size, self.digest = out, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return self.out.write(data)

    def flush(self) -> None:
        self.out.flush()
