"""Which values of a form a person may see: not all of them are for everybody who sees the form.

What tells who somebody is (`identifying`) is for who may know that at the form's site, and for the participant. What
would tell the treatment (`blinded`) is for nobody but who enters it: the site's staff, and the participant in the forms
that participants fill in. Every door that shows values asks here.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from audit.selectors import HIDDEN
from captures.models import DataQuery
from edc.accounts.models import User
from patients.models import PatientProfile
from trials.definition import FilledBy, item_of
from trials.models import Site, StudyVersion
from trials.roles import Right
from trials.selectors import site_ids_with

NOTHING: frozenset[str] = frozenset()
EVER_IN_FORCE = (StudyVersion.Status.PUBLISHED, StudyVersion.Status.SUPERSEDED)
# A capture, or one of its versions.
Row = TypeVar("Row")


class Sight:
    """What one person may see of values; their rights are read once, and only where something may be hidden."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._flagged: dict[UUID, tuple[frozenset[str], frozenset[str]]] = {}

    @cached_property
    def _knows(self) -> frozenset[UUID]:
        return _sites(self.user, Right.VIEW_IDENTITY)

    @cached_property
    def _enters(self) -> frozenset[UUID]:
        return _sites(self.user, Right.ENTER_DATA)

    @cached_property
    def _own(self) -> frozenset[UUID]:
        return frozenset(PatientProfile.objects.filter(user=self.user).values_list("pk", flat=True))

    def hidden_items(self, row: Any) -> frozenset[str]:
        """Return the items whose values in a capture, or in a version of one, are not for this person."""
        return self.hidden(row.study_version, form=row.form, site=row.site_id, patient=row.patient_id)

    def hidden(self, version: StudyVersion | None, *, form: str, site: UUID, patient: UUID) -> frozenset[str]:
        """Return the items whose values in a form of this place are not for this person."""
        if version is None:
            return NOTHING
        identifying, blinded = self._flags(version)
        asked = version.definition.forms_by_oid.get(form)
        is_diary = asked is not None and asked.filled_by == FilledBy.PARTICIPANT
        hidden = NOTHING
        if identifying and site not in self._knows and patient not in self._own:
            hidden |= identifying
        if blinded and site not in self._enters and not (is_diary and patient in self._own):
            hidden |= blinded
        return hidden

    def is_flagged(self, version: StudyVersion) -> bool:
        """Return whether anything in forms of this version may be hidden from somebody."""
        return any(self._flags(version))

    def _flags(self, version: StudyVersion) -> tuple[frozenset[str], frozenset[str]]:
        """Return the items that this version flags, or one that was ever in force: forms move between them."""
        if version.trial_id not in self._flagged:
            rows = StudyVersion.objects.filter(trial=version.trial_id, status__in=EVER_IN_FORCE).defer("document")
            studies = [row.definition for row in rows]
            self._flagged[version.trial_id] = (
                NOTHING.union(*(study.identifying for study in studies)),
                NOTHING.union(*(study.blinded for study in studies)),
            )
        identifying, blinded = self._flagged[version.trial_id]
        return identifying | version.definition.identifying, blinded | version.definition.blinded

    def hides(self, row: Any, place: str) -> bool:
        """Return whether the value at this place of a capture is not for this person."""
        return item_of(place) in self.hidden_items(row)

    def words(self, row: Any, place: str, text: str) -> str:
        """Return a value in words, or that there is one that is not for this person."""
        return HIDDEN if text and self.hides(row, place) else text

    def seen(self, row: Any) -> dict[str, Any]:
        """Return the values of a capture, or of a version of one, without those that are not for this person."""
        return without(row.data, self.hidden_items(row))


def without(data: Mapping[str, Any], items: frozenset[str]) -> dict[str, Any]:
    """Return the values by place without those of these items."""
    return {place: value for place, value in data.items() if item_of(place) not in items} if items else dict(data)


def as_seen(user: User, rows: Iterable[Row]) -> list[Row]:
    """Return captures, or versions of them, with the values that this person may see; `hidden` names the others."""
    sight, found = Sight(user), list(rows)
    for row in found:
        shown: Any = row
        shown.hidden = sorted(sight.hidden_items(row))
        shown.data = sight.seen(row)
    return found


def queries_as_seen(user: User, queries: Iterable[DataQuery]) -> list[DataQuery]:
    """Return data queries, with the values that they tell where this person may see them."""
    sight, found = Sight(user), list(queries)
    for query in found:
        if query.place and sight.hides(query.capture, query.place):
            query.value = query.last_value = None
            for entry in query.entries.all():
                entry.value = None
    return found


def _sites(user: User, right: Right) -> frozenset[UUID]:
    return frozenset(Site.objects.filter(pk__in=site_ids_with(user, right)).values_list("pk", flat=True))
