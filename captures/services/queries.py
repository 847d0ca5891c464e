"""Raise data queries, answer, close and cancel them, ask again."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import once
from captures import permissions
from captures.models import DataCapture, DataQuery, DataQueryEntry
from captures.selectors import role_held
from captures.services.writing import check_open, place_of, tell_of_query
from captures.validators import CONTROL
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, Stale, require
from edc.base.texts import visible
from trials.definition import find_place
from trials.roles import Right
from trials.selectors import has_right
from trials.services import held_trial_status

State, Kind, Source, Resolution = DataQuery.State, DataQueryEntry.Kind, DataQuery.Source, DataQuery.Resolution
QUERY_MOVES: dict[str, frozenset[str]] = {
    State.CANDIDATE: frozenset({State.OPEN, State.CANCELLED, State.RESOLVED}),
    State.OPEN: frozenset({State.ANSWERED, State.CANCELLED, State.RESOLVED}),
    State.ANSWERED: frozenset({State.OPEN, State.CLOSED, State.RESOLVED}),
    State.CLOSED: frozenset(),
    State.CANCELLED: frozenset(),
    State.RESOLVED: frozenset(),
}
LONGEST_TEXT = 2_000
MOST_AT_ONCE = 200


class QueryMoved(Refused):
    """The query is not in a state in which this can be done."""


def raise_query(
    *,
    capture: DataCapture,
    place: str = "",
    message: str,
    due_date: date | None = None,
    previous: DataQuery | None = None,
    by: User,
    key: str = "",
) -> DataQuery:
    """Ask the site about a value of the capture, or (without a place) about the whole form, also a finalised one.

    `previous` is an ended query of the same place that is asked anew. Refused while the trial is not open.
    """

    def make() -> DataQuery:
        held, trial_status = _held(capture)
        check_open(held.trial_id, status=trial_status)
        query = _new(held, place, _checked_text(message, "message", "Say what is to be clarified."), by=by)
        query.due_date, query.previous = due_date, _checked_previous(previous, held, place)
        audit.save(query, by=by, action="captures.query_raised")
        tell_of_query(query, "captures.query_raised", by=by)
        return query

    asked = [capture.pk, place, message, due_date, previous and previous.pk]
    allow = partial(_allow_raising, by, capture)
    return once(DataQuery, make, allow=allow, by=by, key=key, action="captures.query_raised", asked=asked)


def _allow_raising(by: User, capture: DataCapture) -> None:
    require(permissions.can_raise_query(by, capture))


def _new(capture: DataCapture, place: str, message: str, *, by: User) -> DataQuery:
    return DataQuery(
        capture=capture,
        **place_of(capture),
        place=_checked_place(capture, place),
        source=_source(by, capture),
        message=message,
        value=_value_at(capture, place),
        opened_by=by,
        opener_role=role_held(by, capture),
        opened_at=timezone.now(),
    )


@transaction.atomic
def answer_query(
    *, query: DataQuery, text: str, resolution: str = Resolution.CONFIRMED, version: int | None = None, by: User
) -> DataQuery:
    """Answer an open query for the site; the value itself changes only where the form is corrected."""
    query, capture, trial_status = _locked(query, version)
    require(permissions.can_answer_query(by, query))
    check_open(query.trial_id, status=trial_status)
    text = _checked_text(text, "text", "Write the answer.")
    query.resolution = _checked_resolution(resolution)
    return _move(query, capture, to=State.ANSWERED, kind=Kind.ANSWERED, text=text, by=by)


@transaction.atomic
def answer_queries(
    *, queries: Sequence[DataQuery], text: str, resolution: str = Resolution.CONFIRMED, by: User
) -> list[DataQuery]:
    """Answer open queries with one text, all or none."""
    if not queries:
        raise Invalid({"queries": ["Choose the queries to answer."]})
    if len(queries) > MOST_AT_ONCE:
        raise Invalid({"queries": [f"Answer at most {MOST_AT_ONCE} at once."]})
    # In the order of their forms: two who answer the same ones at once wait for each other, never both.
    ordered = sorted(queries, key=lambda one: (one.capture_id, one.pk))
    return [answer_query(query=one, text=text, resolution=resolution, by=by) for one in ordered]


@transaction.atomic
def requery(*, query: DataQuery, text: str, version: int | None = None, by: User) -> DataQuery:
    """Ask again where the answer does not do."""
    query, capture, trial_status = _locked(query, version)
    require(permissions.can_close_query(by, query))
    check_open(query.trial_id, status=trial_status)
    query.resolution = ""
    text = _checked_text(text, "text", "Say what is still to be clarified.")
    return _move(query, capture, to=State.OPEN, kind=Kind.REQUERIED, text=text, by=by)


@transaction.atomic
def close_query(
    *, query: DataQuery, text: str = "", resolution: str = "", version: int | None = None, by: User
) -> DataQuery:
    """Close a query; without a resolution that of the answer stands."""
    query, capture, _ = _locked(query, version)
    require(permissions.can_close_query(by, query))
    if resolution:
        query.resolution = _checked_resolution(resolution)
    query.last_value = _value_at(capture, query.place)
    return _move(query, capture, to=State.CLOSED, kind=Kind.CLOSED, text=_checked_text(text, "text"), by=by)


@transaction.atomic
def cancel_query(*, query: DataQuery, text: str, version: int | None = None, by: User) -> DataQuery:
    """Take back a query that nobody has answered, with the reason."""
    query, capture, _ = _locked(query, version)
    require(permissions.can_close_query(by, query))
    query.last_value = _value_at(capture, query.place)
    text = _checked_text(text, "text", "Say why it is taken back.")
    return _move(query, capture, to=State.CANCELLED, kind=Kind.CANCELLED, text=text, by=by)


def _move(query: DataQuery, capture: DataCapture, *, to: str, kind: str, text: str, by: User) -> DataQuery:
    if to not in QUERY_MOVES[query.state]:
        raise QueryMoved(f"This query is {query.get_state_display().lower()} already.")
    query.state = to
    action = f"captures.query_{kind.lower()}"
    audit.save(query, by=by, action=action)
    DataQueryEntry.objects.create(
        query=query,
        kind=kind,
        text=text,
        resolution=query.resolution,
        value=_value_at(capture, query.place),
        capture_version=capture.version,
        author=by,
        author_role=role_held(by, capture),
    )
    tell_of_query(query, action, by=by)
    return query


def _held(capture: DataCapture) -> tuple[DataCapture, str]:
    """Return the capture as it is, locked, and its trial's status: who writes queries holds trial and form first."""
    status = held_trial_status(capture.trial_id)
    rows = DataCapture.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("study_version").defer("study_version__document").get(pk=capture.pk), status


def _locked(query: DataQuery, version: int | None) -> tuple[DataQuery, DataCapture, str]:
    """Return the query and its form as they are now, both locked, and the trial's status.

    Raises Stale where somebody moved the query.
    """
    capture, status = _held(query.capture)
    fresh = DataQuery.objects.select_related("patient").select_for_update(no_key=True, of=("self",)).get(pk=query.pk)
    if version is not None and fresh.version != version:
        raise Stale("Somebody else moved this query on. Look at its thread, then try again.", row=fresh)
    return fresh, capture, status


def _source(by: User, capture: DataCapture) -> str:
    manages = has_right(by, Right.MANAGE_QUERIES, site=capture.site_id)
    return Source.DATA_MANAGEMENT if manages else Source.SITE_MONITOR


def _value_at(capture: DataCapture, place: str) -> Any:
    return capture.data.get(place) if place else None


def _checked_place(capture: DataCapture, place: str) -> str:
    form = capture.form_definition
    if place and (form is None or find_place(form, place) is None):
        raise Invalid({"place": ["This form has no such item."]})
    return place


def _checked_previous(previous: DataQuery | None, capture: DataCapture, place: str) -> DataQuery | None:
    if previous is None:
        return None
    if (previous.capture_id, previous.place) != (capture.pk, place):
        raise Invalid({"previous": ["The earlier query is about something else."]})
    if previous.is_live:
        raise QueryMoved("The earlier query has not ended: ask in its thread.")
    return previous


def _checked_resolution(resolution: str) -> str:
    if resolution not in Resolution.values:
        raise Invalid({"resolution": ["Choose how it is resolved."]})
    return resolution


def _checked_text(text: str, member: str, need: str = "") -> str:
    text = visible(text)
    if not text and need:
        raise Invalid({member: [need]})
    if len(text) > LONGEST_TEXT or CONTROL.search(text):
        raise Invalid({member: [f"Write at most {LONGEST_TEXT:,} characters of plain text."]})
    return text
