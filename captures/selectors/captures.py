"""Which captures a person may see, and where in a study a capture belongs."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from captures.models import DataCapture, EntryDraft, FieldComment
from captures.selectors.asking import asked_of
from captures.selectors.schedule import state_without_capture
from edc.accounts.models import User
from patients.models import PatientProfileUserObjectPermission, Subject
from patients.selectors import subjects_visible_to
from trials.definition import FilledBy, Form, Visit
from trials.roles import Right
from trials.selectors import site_ids_with

MOST_REPEATS = 999


def captures_visible_to(user: User) -> QuerySet[DataCapture]:
    """Return the captures of the sites whose data this person may see, and their own, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_DATA)) | Q(patient__user=user)
    granted = PatientProfileUserObjectPermission.objects.filter(user=user, permission__codename=Right.VIEW_DATA.value)
    visible |= Q(patient__in=granted.values("content_object"))
    captures = DataCapture.objects.filter(visible)
    captures = captures.select_related("subject", "trial", "site", "study_version", "entered_by", "patient")
    # The definition is kept by each process: the document need not come with every row.
    return captures.defer("study_version__document").order_by("-timestamp", "-pk")


def captures_at_work(user: User) -> QuerySet[DataCapture]:
    """Return the captures that this person sees as staff: never their own as a participant."""
    return (
        captures_visible_to(user)
        .exclude(patient__user=user)
        .select_related("submitted_by", "finalised_by", "not_done_by")
    )


def subjects_at_work(user: User) -> QuerySet[Subject]:
    """Return the subjects whom this person sees as staff: never themselves as a participant."""
    return subjects_visible_to(user).exclude(patient__user=user)


@dataclass(frozen=True)
class Place:
    """Where a capture belongs: a form, and its repeat, at a visit, and its repeat, of a subject."""

    subject: Subject
    visit: Visit
    visit_repeat: int
    form: Form
    form_repeat: int

    @property
    def title(self) -> str:
        """Return what people call the form here."""
        return f"{self.form.name} {self.form_repeat}" if self.form.repeating else self.form.name

    @property
    def visit_title(self) -> str:
        return f"{self.visit.name} {self.visit_repeat}" if self.visit.repeating else self.visit.name

    @property
    def address(self) -> tuple[UUID, str, int, str, int]:
        """Return what the address of its page is made of."""
        return self.subject.pk, self.visit.oid, self.visit_repeat, self.form.oid, self.form_repeat


def place_in(subject: Subject, visit: str, visit_repeat: int, form: str, form_repeat: int) -> Place | None:
    """Return the place, if the subject's study version has it."""
    known = subject.study_version.definition.visits_by_oid.get(visit)
    chosen = known.form(form) if known else None
    if known is None or chosen is None:
        return None
    if not 1 <= visit_repeat <= (MOST_REPEATS if known.repeating else 1):
        return None
    if not 1 <= form_repeat <= (MOST_REPEATS if chosen.repeating else 1):
        return None
    return Place(subject, known, visit_repeat, chosen, form_repeat)


def capture_at(user: User, place: Place) -> DataCapture | None:
    """Return what was entered there."""
    return captures_visible_to(user).filter(
        subject=place.subject,
        visit=place.visit.oid,
        visit_repeat=place.visit_repeat,
        form=place.form.oid,
        form_repeat=place.form_repeat,
    ).first()  # fmt: skip


def comments_on(capture: DataCapture) -> QuerySet[FieldComment]:
    """Return the remarks beside the fields of a capture that somebody sees as staff, newest first."""
    return FieldComment.objects.filter(capture=capture).select_related("author").order_by("-created_at", "-pk")


def comment_counts(capture: DataCapture) -> dict[str, int]:
    """Return how many remarks there are at each place of a capture that has any."""
    rows = FieldComment.objects.filter(capture=capture).order_by().values_list("place")
    return dict(rows.annotate(count=Count("pk")))


def drafts_at(user: User, place: Place) -> QuerySet[EntryDraft]:
    """Return what this person typed there and did not save: one draft or none, and never another's."""
    return EntryDraft.objects.filter(
        user=user,
        subject=place.subject,
        visit=place.visit.oid,
        visit_repeat=place.visit_repeat,
        form=place.form.oid,
        form_repeat=place.form_repeat,
    )


def place_after(place: Place) -> Place | None:
    """Return what is entered next, of the forms that nobody has begun.

    Another of a repeating form; else the next form of the visit; else the first that is due at another visit.
    """
    captures = DataCapture.objects.filter(subject=place.subject)
    if place.form.repeating:
        own = captures.filter(visit=place.visit.oid, visit_repeat=place.visit_repeat, form=place.form.oid)
        last = own.aggregate(last=Max("form_repeat"))["last"] or 0
        return place_in(place.subject, place.visit.oid, place.visit_repeat, place.form.oid, last + 1)
    begun, asked = set(captures.values_list("visit", "visit_repeat", "form")), asked_of([place.subject])
    forms = list(place.visit.forms)
    here = next((number for number, form in enumerate(forms) if form.oid == place.form.oid), 0)
    for form in forms[here + 1 :] + forms[:here]:
        is_new = (place.visit.oid, place.visit_repeat, form.oid) not in begun and form.filled_by == FilledBy.SITE
        if is_new and asked(place.subject, place.visit.oid, form.oid):
            return Place(place.subject, place.visit, place.visit_repeat, form, 1)
    today = place.subject.site.day_of(timezone.now())
    for visit in place.subject.study_version.definition.visits:
        for form in visit.forms:
            is_new = (visit.oid, 1, form.oid) not in begun and form.filled_by == FilledBy.SITE
            is_due = state_without_capture(visit, form, place.subject, today) in {"DUE", "OVERDUE"}
            if is_new and is_due and asked(place.subject, visit.oid, form.oid):
                return Place(place.subject, visit, 1, form, 1)
    return None
