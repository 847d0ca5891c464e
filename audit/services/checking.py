"""Check the trail while somebody waits, and open what an event holds under seal; both leave an event."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction

from audit import selectors
from audit.models import AuditLog
from audit.permissions import can_check_trail, can_open_sealed
from audit.selectors import Part, Report
from audit.services.writing import record
from edc.accounts.models import User
from edc.base.crypto import unseal
from edc.base.errors import Refused, require

# How long somebody waits for an answer; what takes longer is for `bin/edc verify_audit`.
LONGEST_CHECK_SECONDS = 20


class TooMuchToCheck(Refused): ...


@dataclass(frozen=True)
class Opened:
    """A sealed value before and after a change, in the clear."""

    old: str
    new: str


def check_trail(*, part: Part, by: User) -> Report:
    """Verify everything that happened in one trial, at one site or to one patient, and record the outcome.

    Refused where it would take too long to wait for, and to who may not read the trail of that part.
    """
    require(can_check_trail(by, part), "You may not read the audit trail of this part.")
    started = monotonic()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [f"{LONGEST_CHECK_SECONDS}s"])
            report = selectors.verify(part)
            # Also where a transaction around this one goes on.
            cursor.execute("select set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise TooMuchToCheck(
            "This is too much to verify while you wait. Choose a site or a subject, or have bin/edc verify_audit run."
        ) from None
    outcome = {
        "events": report.events,
        "rows": report.rows,
        "faults": len(report.faults),
        "seconds": round(monotonic() - started, 2),
    }
    scope: dict[str, Any] = {part.column: part.id}
    record(by=by, action="audit.verified", entity_type="AuditLog", metadata=outcome, **scope)
    return report


def open_sealed(*, event: AuditLog, by: User) -> Opened:
    """Return the identity that an event holds under seal, and record the reading."""
    require(can_open_sealed(by, event), "Your role does not allow seeing who a patient is.")
    record(
        by=by,
        action="patients.identity_read",
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        trial_id=event.trial_id,
        site_id=event.site_id,
        patient_id=event.patient_id,
        metadata={"purpose": f"audit event {event.pk}", "fields": [event.field.removesuffix("_sealed")], "count": 1},
    )
    column = f"patient.{event.field.removesuffix('_sealed')}"
    old, new = (
        unseal(text or "", column=column, row=event.entity_id or event.stream)
        for text in (event.old_value, event.new_value)
    )
    return Opened(old, new)
