"""What a study version touches of what was entered in older ones: counts by site and form, and what loses its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from audit.selectors import HIDDEN
from captures.models import CaptureMove, DataCapture, MovedCapture
from captures.selectors.answers import in_words
from captures.selectors.fates import place_for
from captures.selectors.sight import Sight
from edc.accounts.models import User
from trials.definition import Difference, Kind, differences, find_place, gravest, item_of
from trials.models import Site, StudyVersion
from trials.roles import Right
from trials.selectors import site_ids_with

Status = DataCapture.Status
ON_A_PAGE = 50

# Captures that hold a value whose item is not where it was: of a form, outside tables or in any row of one.
WITHOUT_PLACE = """
select c.id from captures_datacapture c
where c.site_id = %(site)s and c.study_version_id = %(version)s and c.removed_at is null and c.id > %(after)s
  and exists (
    select from jsonb_object_keys(c.data) k
    where c.form || ' ' || regexp_replace(k, '\\[[^]]*\\]', '') = any (%(places)s::text[]))
order by c.id limit %(limit)s
"""


@dataclass
class FormImpact:
    """A form entered in an older version: how it differs, how many captures it has by status, and what is in the way.

    `stays` counts those at visits that do not have the form any more.
    """

    form: str
    name: str
    kind: Kind | None
    differences: list[Difference]
    by_status: dict[str, int] = field(default_factory=dict)
    stays: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_status.values())


def older_captures(site_ids: Any, study_version: StudyVersion) -> list[dict[str, Any]]:
    """Return how many captures each of the sites has in older versions of the study, in one statement."""
    rows = DataCapture.objects.filter(site__in=site_ids, study_version__number__lt=study_version.number)
    rows = rows.filter(study_version__trial=study_version.trial_id).order_by("site__code", "study_version__number")
    named = rows.values("site", "site__code", "site__name", "study_version", "study_version__number")
    return list(named.annotate(captures=Count("pk")))


def impact_at(site: Site, old: StudyVersion, new: StudyVersion) -> list[FormImpact]:
    """Return, form by form, what a version touches of what the site entered in an older one, in one statement."""
    found = differences(old.definition, new.definition)
    rows = DataCapture.objects.filter(site=site, study_version=old).order_by("form")
    impacts: dict[str, FormImpact] = {}
    for row in rows.values("form", "visit", "status").annotate(captures=Count("pk")):
        one = impacts.get(row["form"]) or _form_impact(row["form"], old, found)
        impacts[row["form"]] = one
        one.by_status[row["status"]] = one.by_status.get(row["status"], 0) + row["captures"]
        if place_for(DataCapture(form=row["form"], visit=row["visit"]), new.definition) is None:
            one.stays += row["captures"]
    order = list(old.definition.forms_by_oid)
    return sorted(impacts.values(), key=lambda one: order.index(one.form) if one.form in order else len(order))


def _form_impact(oid: str, old: StudyVersion, found: Iterable[Difference]) -> FormImpact:
    own = [one for one in found if one.form == oid]
    form = old.definition.forms_by_oid.get(oid)
    return FormImpact(oid, form.name if form else oid, gravest(one.kind for one in own), own)


@dataclass(frozen=True)
class Aside:
    """A value that a version has no place for: of which capture, and of what."""

    capture: DataCapture
    item: str
    value: str


def values_without_place(
    user: User, site: Site, old: StudyVersion, new: StudyVersion, *, after: UUID | None = None
) -> tuple[list[Aside], UUID | None]:
    """Return a page of the values that would be set aside, capture by capture, and where the next one begins."""
    found = differences(old.definition, new.definition)
    gone = [one for one in found if one.thing == "Item" and one.kind == Kind.REMOVED]
    places = [f"{one.form} {one.group}.{one.oid}" if one.group else f"{one.form} {one.oid}" for one in gone]
    if not places:
        return [], None
    asked: dict[str, Any] = {"site": site.pk, "version": old.pk, "after": after or UUID(int=0), "places": places}
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_PLACE, asked | {"limit": ON_A_PAGE + 1})
        keys = [key for (key,) in cursor.fetchall()]
    captures = DataCapture.objects.filter(pk__in=keys[:ON_A_PAGE]).select_related("subject", "study_version")
    sight = Sight(user)
    listed = [one for capture in captures.order_by("pk") for one in _asides(capture, new, sight)]
    return listed, keys[ON_A_PAGE - 1] if len(keys) > ON_A_PAGE else None


def _asides(capture: DataCapture, new: StudyVersion, sight: Sight) -> Iterable[Aside]:
    own, there = capture.form_definition, place_for(capture, new.definition)
    if own is None or there is None:
        return
    for name, value in capture.data.items():
        if find_place(there, name) is None:
            place = find_place(own, name)
            text = sight.words(capture, name, in_words(place.item if place else None, value))
            yield Aside(capture, place.item.name if place else name, text)


def moves_visible_to(user: User) -> QuerySet[CaptureMove]:
    """Return the moves at the sites whose data this person may see, newest first."""
    moves = CaptureMove.objects.filter(site__in=site_ids_with(user, Right.VIEW_DATA))
    moves = moves.select_related("site", "trial", "from_version", "to_version", "moved_by", "undone_by")
    return moves.order_by("-created_at", "-pk")


def set_aside_by(move: CaptureMove, *, after: int = 0) -> tuple[list[MovedCapture], int | None]:
    """Return a page of the captures of a move with values set aside, and where the next one begins."""
    rows = move.captures.filter(values_set_aside__gt=0, pk__gt=after).select_related("capture__subject")
    found = list(rows.select_related("capture__study_version").order_by("pk")[: ON_A_PAGE + 1])
    return found[:ON_A_PAGE], found[ON_A_PAGE - 1].pk if len(found) > ON_A_PAGE else None


def words_aside(user: User, capture: DataCapture, old: StudyVersion) -> Mapping[str, str]:
    """Return the values that a capture has set aside, by the names that an older version has for them."""
    form = old.definition.forms_by_oid.get(capture.form)
    hidden = Sight(user).hidden(old, form=capture.form, site=capture.site_id, patient=capture.patient_id)
    named = {}
    for name, value in (capture.set_aside or {}).items():
        place = find_place(form, name) if form else None
        text = in_words(place.item if place else None, value)
        named[place.item.name if place else name] = HIDDEN if item_of(name) in hidden else text
    return named
