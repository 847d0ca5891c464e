"""A trial's data as writers take them: as they are or were at some time, one subject after the other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from captures.exports import Act, FilledForm, Location, Participant, Person, Study, Version
from captures.models import DataCapture
from captures.selectors.brought_in import BroughtIn, VersionPlaces
from captures.selectors.changes import NOBODY, Reader, keys_of, known_keys, user_oid
from captures.selectors.sight import without
from edc.accounts.models import User
from patients.models import Subject
from trials.models import ClinicalTrial, Membership, Site, StudyVersion

# How many rows the database hands over at once.
BATCH = 500
COLUMNS = (
    *("subject_id", "site__code", "visit", "visit_repeat", "form", "form_repeat", "data", "status", "timestamp"),
    *("finalised_by_id", "finalised_at", "not_done_reason", "study_import_id", "source_keys"),
)


@dataclass(frozen=True)
class Scope:
    """What of a trial is taken out: of which sites, and at which of them also what tells who somebody is.

    None is for all sites. What is blinded, and the arms, only where `unblinded`. `as_of` is a time that has passed.
    """

    trial: ClinicalTrial
    sites: frozenset[UUID] | None = None
    identified: frozenset[UUID] | None = frozenset()
    unblinded: bool = False
    as_of: datetime | None = None


def study_in(scope: Scope, *, made_at: datetime, told: Callable[[int], None] = lambda _count: None) -> Study:
    """Return the trial as a study to be written; `told` hears after each subject how many there were."""
    extract = _Extract(scope, told)
    study = Study(
        oid=scope.trial.protocol_number,
        name=scope.trial.title,
        description=scope.trial.description,
        made_at=made_at,
        as_of=scope.as_of,
        versions=extract.versions,
        people=extract.people(),
        locations=[Location(code, name) for code, name in extract.sites.values()],
    )
    study.participants, study.forms = extract.participants, extract.forms
    study.entries, study.changes = extract.entries, extract.changes
    study.elsewhere = extract.brought_in.elsewhere
    return study


def subjects_in(scope: Scope) -> int:
    """Return how many subjects there are to be written."""
    return _then(Subject, scope).count()


class _Extract:
    def __init__(self, scope: Scope, told: Callable[[int], None]) -> None:
        self.scope, self.told = scope, told
        sites = Site.objects.filter(trial=scope.trial)
        sites = sites if scope.sites is None else sites.filter(pk__in=scope.sites)
        self.sites = {pk: (code, name) for pk, code, name in sites.order_by("code").values_list("pk", "code", "name")}
        self.captures = _then(DataCapture, scope).exclude(form="")
        self.rows = {row.pk: row for row in self._versions()}
        self.versions = [_version(row) for row in self.rows.values()]
        self.by_oid = {_oid(row): row for row in self.rows.values()}
        self.subjects = {row[0]: row for row in _then(Subject, scope).order_by("number").values_list(*SUBJECT)}
        self.brought_in = BroughtIn(scope.trial, self.sites)
        self.seen: set[UUID] = set()

    def _versions(self) -> QuerySet[StudyVersion]:
        """Return the versions that data were entered under, or where there are none yet, the newest in use."""
        used = set(self.captures.order_by().values_list("study_version", flat=True).distinct())
        rows = StudyVersion.objects.filter(trial=self.scope.trial).order_by("number")
        if not used:
            newest = rows.filter(published_at__isnull=False).last() or rows.last()
            used = {newest.pk} if newest else set()
        return rows.filter(pk__in=used)

    def people(self) -> list[Person]:
        """Return who entered, changed or signed what is taken out, staff by name, and the portal itself."""
        history = DataCapture.history.model.objects.filter(trial=self.scope.trial, site__in=self.sites)
        history = history.filter(history_date__lte=self.scope.as_of) if self.scope.as_of else history
        found = set(history.order_by().values_list("history_user", flat=True).distinct())
        # Who finalised a form before its subject came from another site.
        found |= set(self.captures.order_by().values_list("finalised_by", flat=True).distinct())
        found.discard(None)
        roles = dict(Membership.objects.filter(trial=self.scope.trial, user__in=found).values_list("user", "role"))
        users = User.objects.in_bulk(found)
        people = [Person(user_oid(pk), _name(users[pk]), roles.get(pk, "")) for pk in sorted(found) if pk in users]
        return [*people, Person(NOBODY, "The portal itself", "")]

    def participants(self) -> Iterator[Participant]:
        """Yield every subject."""
        return (self._participant(pk) for pk in self.subjects)

    def entries(self, version: Version) -> Iterator[tuple[Participant, list[FilledForm]]]:
        """Yield each subject with its forms of this version; with the last version also those who have no form."""
        row = self.by_oid[version.oid]
        clean = self._clean(row)
        rows = self.captures.filter(study_version=row.pk)
        rows = rows.order_by("subject__number", "subject", "visit", "visit_repeat", "form", "form_repeat")
        order = {visit.oid: number for number, visit in enumerate(version.definition.visits)}
        for pk, found in groupby(rows.values_list(*COLUMNS).iterator(chunk_size=BATCH), key=itemgetter(0)):
            if pk in self.subjects:
                forms = [self._form(values, clean) for values in found]
                yield self._participant(pk), sorted(forms, key=lambda form: order.get(form.visit, len(order)))
                self._seen(pk)
        yield from self._others(version)

    def changes(self, version: Version) -> Iterator[tuple[Participant, list[FilledForm]]]:
        """Yield each subject with the changes of its forms of this version, in the order in which they were made."""
        row = self.by_oid[version.oid]
        codes = {pk: code for pk, (code, _) in self.sites.items()}
        reader = Reader(row.pk, codes, self._clean(row), VersionPlaces(row.document))
        rows = DataCapture.history.model.objects.filter(trial=self.scope.trial, site__in=self.sites).exclude(form="")
        rows = rows.filter(history_date__lte=self.scope.as_of) if self.scope.as_of else rows
        rows = rows.order_by("subject__number", "subject", "history_id")
        for pk, found in groupby(rows.iterator(chunk_size=BATCH), key=lambda one: one.subject_id):
            if pk in self.subjects:
                told = self.brought_in.of_subject(pk, row.pk)
                if forms := list(reader.changes(list(found), told)):
                    yield self._participant(pk), forms
                    self._seen(pk)
        yield from self._others(version)

    def forms(self, version: Version, form: str) -> Iterator[tuple[Participant, FilledForm]]:
        """Yield what was filled in of one form, by subject."""
        row = self.by_oid[version.oid]
        clean = self._clean(row)
        rows = self.captures.filter(study_version=row.pk, form=form)
        rows = rows.order_by("subject__number", "subject", "visit", "visit_repeat", "form_repeat")
        for values in rows.values_list(*COLUMNS).iterator(chunk_size=BATCH):
            if values[0] in self.subjects:
                yield self._participant(values[0]), self._form(values, clean)
                self._seen(values[0])

    def _others(self, version: Version) -> Iterator[tuple[Participant, list[FilledForm]]]:
        if version is not self.versions[-1]:
            return
        for pk in self.subjects:
            if pk not in self.seen:
                yield self._participant(pk), []
                self._seen(pk)

    def _seen(self, pk: UUID) -> None:
        if pk not in self.seen:
            self.seen.add(pk)
            self.told(len(self.seen))

    def _form(
        self, values: tuple[Any, ...], clean: Callable[[UUID, Mapping[str, Any]], Mapping[str, Any]]
    ) -> FilledForm:
        subject, site, visit, visit_repeat, form, form_repeat, data, status, observed, *done = values[:-2]
        signer, signed_at, not_done = done
        known = self.subjects[subject][2]
        keys = keys_of(values[-1], visit_repeat, form_repeat) if values[-2] else {}
        return FilledForm(
            visit=visit,
            form=form,
            values=clean(known, data),
            visit_repeat=visit_repeat,
            form_repeat=form_repeat,
            keys=known_keys(keys, known, clean),
            status=status,
            observed=observed,
            signature=Act(user_oid(signer), site, signed_at) if signed_at else None,
            not_done=not_done,
        )

    def _participant(self, pk: UUID) -> Participant:
        _, number, site, disposition, enrolled_on, day_one, arm = self.subjects[pk]
        known = arm if self.scope.unblinded else ""
        return Participant(number, self.sites[site][0], disposition, enrolled_on, day_one, known)

    def _clean(self, row: StudyVersion) -> Callable[[UUID, Mapping[str, Any]], Mapping[str, Any]]:
        """Return what leaves out of a form's values what this scope may not have."""
        study = row.definition
        blinded = frozenset() if self.scope.unblinded else study.blinded
        return partial(_without, blinded, study.identifying, self.scope.identified)


SUBJECT = ("id", "number", "site_id", "disposition", "enrolled_on", "day_one", "arm")


def _then(model: Any, scope: Scope) -> QuerySet[Any]:
    """Return a trial's rows of a model as they are, or as their versions of that time."""
    within = Q(trial=scope.trial) if scope.sites is None else Q(trial=scope.trial, site__in=scope.sites)
    if scope.as_of is None:
        return model.objects.filter(within)  # type: ignore[no-any-return]
    history = model.history.model.objects.filter(history_date__lte=scope.as_of, trial=scope.trial)
    last = history.order_by("id", "-history_id").distinct("id").values("history_id")
    return model.history.model.objects.filter(within, pk__in=last, removed_at=None)  # type: ignore[no-any-return]


def _without(
    blinded: frozenset[str],
    identifying: frozenset[str],
    identified: frozenset[UUID] | None,
    site: UUID,
    data: Mapping[str, Any],
) -> Mapping[str, Any]:
    hidden = blinded if identified is None or site in identified else blinded | identifying
    return without(data, hidden)


def _version(row: StudyVersion) -> Version:
    since = (row.published_at or row.created_at).date()
    return Version(_oid(row), f"{row.name} (version {row.number})", row.document, row.definition, since)


def _oid(row: StudyVersion) -> str:
    return f"V{row.number}"


def _name(user: User) -> str:
    return user.shown_as if user.kind == User.Kind.STAFF else "Participant"
