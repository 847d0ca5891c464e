"""A subject's casebook, and what becomes of the subject."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from captures import selectors
from captures.forms import DispositionForm
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from patients.models import Identity, Subject
from patients.permissions import can_book, can_change_subject, can_enrol
from patients.services import change_disposition, read_identity
from trials.roles import Right
from trials.selectors import has_right

# Parts of the page that fetch themselves anew: they show no name, so none is read for them.
PARTS = {"casebook"}


@login_required
@require_safe
def casebook(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show everything that was entered for a subject, and what is expected."""
    user = user_of(request)
    subject = get_object_or_404(selectors.subjects_at_work(user), pk=pk)
    return _page(request, user, subject, _moves(user, subject))


@login_required
@require_POST
def disposition(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move a subject on: enrolled, randomised, withdrawn."""
    user = user_of(request)
    subject = get_object_or_404(selectors.subjects_at_work(user), pk=pk)
    require(can_change_subject(user, subject))
    form = DispositionForm(request.POST, subject=subject)
    if form.is_valid():
        try:
            change_disposition(subject=subject, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The subject's status was changed.")
            return redirect("captures:casebook", pk=subject.pk)
    return _page(request, user, subject, form, status=form.http_status)


def _moves(user: User, subject: Subject) -> DispositionForm | None:
    if not can_change_subject(user, subject):
        return None
    form = DispositionForm(subject=subject)
    return form if len(form.fields["disposition"].choices) > 1 else None  # type: ignore[attr-defined]


def _page(
    request: HttpRequest, user: User, subject: Subject, form: DispositionForm | None, *, status: int = 200
) -> HttpResponse:
    arms = {arm.oid: arm.name for arm in subject.study_version.definition.arms}
    context: dict[str, Any] = {
        "subject": subject,
        "arm": arms.get(subject.arm, subject.arm),
        "identity": _identity(request, user, subject),
        "book": selectors.casebook_of(user, subject, today=subject.site.day_of(timezone.now())),
        "form": form,
        "can_enter": has_right(user, Right.ENTER_DATA, site=subject.site_id),
        "can_book": can_book(user, subject.site),
        "can_write": has_right(user, Right.SEND_MESSAGES, site=subject.site_id),
        "can_invite": subject.patient.user_id is None and can_enrol(user, subject.site),
    }
    return render(request, "captures/casebook.html", context, status=status)


def _identity(request: HttpRequest, user: User, subject: Subject) -> Identity | None:
    """Return who it is, for those who may know; the reading is recorded."""
    if request.headers.get("HX-Target") in PARTS:
        return None
    return read_identity(patients=[subject.patient], by=user, purpose="casebook").get(subject.patient_id)
