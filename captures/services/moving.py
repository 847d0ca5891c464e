"""Move a site's captures from one study version to another in one step, and back; no value is ever lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from captures import permissions
from captures.models import CaptureMove, DataCapture, MovedCapture
from captures.selectors.fates import Fate, fates_of, kinds_between
from captures.services.checks import sync_many
from captures.services.writing import check_open
from edc.accounts.models import User
from edc.base import live
from edc.base.actor import name_actor
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from trials.models import Site, StudyVersion
from trials.roles import Right
from trials.selectors import version_at

BATCH = 500
Status, State, Finalised = DataCapture.Status, CaptureMove.State, CaptureMove.Finalised
MOVES: dict[str, frozenset[str]] = {State.DONE: frozenset({State.UNDONE}), State.UNDONE: frozenset()}

WRITE = """
update captures_datacapture c set study_version_id = %(version)s, data = n.data, set_aside = n.set_aside,
    missing_items = n.missing, flagged_items = n.flagged, status = n.status, finalised_at = n.finalised_at,
    finalised_by_id = n.finalised_by, version = c.version + 1, updated_at = now()
from jsonb_to_recordset(%(rows)s::jsonb) as n (id uuid, data jsonb, set_aside jsonb, missing int, flagged int,
    status text, finalised_at timestamptz, finalised_by uuid)
where c.id = n.id
"""


class MoveRefused(Refused): ...


@dataclass
class Counts:
    """What a move has come to so far."""

    moved: int = 0
    reopened: int = 0
    left_behind: int = 0
    values_set_aside: int = 0


def move_captures(
    *,
    site: Site,
    from_version: StudyVersion,
    to_version: StudyVersion,
    finalised: str = Finalised.LEAVE,
    reason: str,
    by: User,
    key: str = "",
) -> CaptureMove:
    """Move the captures that a site has in one version to the version in force there.

    Values without a place in the new version are set aside with the capture and come back with it. A finalised capture
    stays finalised, unless its values are set aside, mean something else or are found wanting there: such ones are left
    behind, or moved and opened again, as `finalised` says. What has no place in the new version is left behind.
    """

    def make() -> CaptureMove:
        locked(site)
        _check(site, from_version, to_version, finalised, reason)
        move = CaptureMove(trial_id=site.trial_id, site=site, from_version=from_version, to_version=to_version)
        move.finalised, move.reason, move.moved_by = finalised, reason, by
        name_actor(by.pk, action="captures.moved", reason=reason)
        counts = _move_all(move)
        if not counts.moved:
            raise MoveRefused("No form can be moved: those in that version have no place in the new one, or stay.")
        move.moved, move.reopened = counts.moved, counts.reopened
        move.left_behind, move.values_set_aside = counts.left_behind, counts.values_set_aside
        audit.save(move, by=by, action="captures.move_done", reason=reason)
        _follow_checks(move, by=by)
        _tell(move, by=by)
        return move

    asked = [site.pk, from_version.pk, to_version.pk, finalised, reason]
    allow = lambda: require(permissions.can_move_captures(by, site))  # noqa: E731 -- a short name for once()
    return once(CaptureMove, make, allow=allow, by=by, key=key, action="captures.move_done", asked=asked)


@transaction.atomic
def undo_move(*, move: CaptureMove, reason: str, version: int | None = None, by: User) -> CaptureMove:
    """Bring the captures of a move back to the version they came from, with every value that was set aside.

    What was not changed since is again exactly as it was, finalised as well. Refused once some were moved on.
    """
    locked(move.site)
    move = locked(move, version=version)
    require(permissions.can_move_captures(by, move.site))
    if State.UNDONE not in MOVES[move.state]:
        raise MoveRefused("This move is undone already.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    check_open(move.trial_id)
    if move.captures.exclude(capture__study_version=move.to_version_id).exists():
        raise MoveRefused("Some of these forms were moved on since. Undo that move first.")
    name_actor(by.pk, action="captures.moved_back", reason=reason)
    _move_all_back(move)
    move.state, move.undone_at, move.undone_by = State.UNDONE, timezone.now(), by
    audit.save(move, by=by, action="captures.move_undone", reason=reason)
    _follow_checks(move, by=by)
    _tell(move, by=by)
    return move


def _check(site: Site, from_version: StudyVersion, to_version: StudyVersion, finalised: str, reason: str) -> None:
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    if finalised not in Finalised.values:
        raise Invalid({"finalised": ["Choose what becomes of finalised forms."]})
    if from_version.pk == to_version.pk or from_version.trial_id != site.trial_id:
        raise Invalid({"from_version": ["Choose another version of this trial."]})
    check_open(site.trial_id)
    in_force = version_at(site.pk)
    if in_force is None or in_force.pk != to_version.pk:
        raise MoveRefused(f"Forms move to the version in force. At site {site.code} that is not this one.")


def _move_all(move: CaptureMove) -> Counts:
    """Move batch after batch; each takes the same few statements, and no more memory than its captures."""
    old, new = move.from_version.definition, move.to_version.definition
    kinds, counts = kinds_between(old, new), Counts()
    for captures in _batches(move):
        fates, homeless = fates_of(captures, new, kinds)
        going = [fate for fate in fates if not _stays(fate, move)]
        counts.left_behind += len(homeless) + len(fates) - len(going)
        counts.moved += len(going)
        counts.reopened += sum(fate.asks and fate.capture.status == Status.FINALISED for fate in going)
        counts.values_set_aside += sum(len(fate.set_aside) for fate in going)
        _write(move.to_version_id, [_row(fate, reopen=fate.asks) for fate in going])
        MovedCapture.objects.bulk_create([_moved(move, fate) for fate in going])
    return counts


def _stays(fate: Fate, move: CaptureMove) -> bool:
    return fate.asks and fate.capture.status == Status.FINALISED and move.finalised == Finalised.LEAVE


def _batches(move: CaptureMove) -> Iterator[list[DataCapture]]:
    """Yield the site's captures in the old version, locked, in the order of their ids."""
    rows = DataCapture.objects.filter(site=move.site_id, study_version=move.from_version_id).order_by("pk")
    rows = rows.select_for_update(no_key=True)
    found = list(rows[:BATCH])
    while found:
        yield found
        found = list(rows.filter(pk__gt=found[-1].pk)[:BATCH])


def _row(fate: Fate, *, reopen: bool) -> dict[str, Any]:
    capture = fate.capture
    opens = reopen and capture.status == Status.FINALISED
    return {
        "id": capture.pk,
        "data": fate.data,
        "set_aside": fate.set_aside or None,
        "missing": fate.missing,
        "flagged": fate.flagged,
        "status": Status.SUBMITTED if opens else capture.status,
        "finalised_at": None if opens else capture.finalised_at,
        "finalised_by": None if opens else capture.finalised_by_id,
    }


def _write(version: UUID, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"version": version, "rows": orjson.dumps(rows).decode()})


def _moved(move: CaptureMove, fate: Fate) -> MovedCapture:
    capture = fate.capture
    return MovedCapture(
        move_id=move.pk,
        capture=capture,
        capture_version=capture.version + 1,
        finalised_at=capture.finalised_at,
        finalised_by_id=capture.finalised_by_id,
        values_set_aside=len(fate.set_aside),
    )


def _move_all_back(move: CaptureMove) -> None:
    definition, last = move.from_version.definition, 0
    kinds = kinds_between(move.to_version.definition, definition)
    while rows := list(move.captures.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last, kept = rows[-1].pk, {row.capture_id: row for row in rows}
        captures = DataCapture.everything.filter(pk__in=kept).select_for_update(no_key=True).order_by("pk")
        fates, homeless = fates_of(captures, definition, kinds)
        if homeless:
            raise MoveRefused("A form has no place any more in the version it came from.")
        _write(move.from_version_id, [_row_back(fate, kept[fate.capture.pk]) for fate in fates])


def _row_back(fate: Fate, kept: MovedCapture) -> dict[str, Any]:
    """Return the capture as it goes back; one that nobody touched since is finalised again as it was."""
    row = _row(fate, reopen=False)
    if fate.capture.version == kept.capture_version and kept.finalised_at is not None:
        row |= {"status": Status.FINALISED, "finalised_at": kept.finalised_at, "finalised_by": kept.finalised_by_id}
    return row


def _follow_checks(move: CaptureMove, *, by: User) -> None:
    """Let the checks of the version that the forms are in now raise and resolve their data queries."""
    last = 0
    while rows := list(move.captures.filter(pk__gt=last).order_by("pk").values_list("pk", "capture")[:BATCH]):
        last = rows[-1][0]
        captures = DataCapture.objects.filter(pk__in=[capture for _, capture in rows])
        with live.quiet():
            sync_many(list(captures.prefetch_related("study_version", "subject")), by=by)


def _tell(move: CaptureMove, *, by: User) -> None:
    live.publish(
        "captures.moved",
        entity="CaptureMove",
        id=move.pk,
        topics=live.at_site(Right.VIEW_DATA, site=move.site_id, trial=move.trial_id),
        trial=move.trial_id,
        site=move.site_id,
        by=by.pk,
    )
