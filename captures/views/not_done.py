"""To say that a form will not be filled in, and to take it back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from captures import selectors, services
from captures.forms import NotDoneForm
from captures.models import DataCapture
from captures.permissions import can_enter
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.forms import new_key


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def not_done(
    request: HttpRequest, pk: UUID, *, visit: str, visit_repeat: int, form: str, form_repeat: int
) -> HttpResponse:
    """Ask why a form is not done, begun or not, and mark it so."""
    user = user_of(request)
    subject = get_object_or_404(selectors.subjects_at_work(user), pk=pk)
    place = selectors.place_in(subject, visit, visit_repeat, form, form_repeat)
    if place is None:
        raise Http404
    require(can_enter(user, subject, place.form))
    begun = selectors.capture_at(user, place)
    if begun and begun.status != DataCapture.Status.IN_PROGRESS and request.method != "POST":
        return redirect("captures:capture", begun.pk)
    initial = {"version": begun.version if begun else 0, "key": new_key()}
    asking = NotDoneForm(request.POST or None, initial=initial, has_values=bool(begun and begun.data))
    if asking.is_valid():
        try:
            capture = _mark(user, place, begun, asking)
        except Refused as refused:
            asking.refuse(refused)
        else:
            services.drop_draft(place=place, by=user)
            messages.success(request, f"{place.title}, {place.visit_title}, is marked as not done.")
            return redirect("captures:capture", capture.pk)
    context = {"form": asking, "place": place, "subject": subject, "capture": begun}
    return render(request, "captures/entry/not_done.html", context, status=asking.http_status)


def _mark(user: User, place: selectors.Place, begun: DataCapture | None, asking: NotDoneForm) -> DataCapture:
    if begun is not None:
        version, drop = asking.cleaned_data["version"], asking.cleaned_data.get("drop_values", False)
        return services.mark_not_done(capture=begun, reason=asking.reason, version=version, drop_values=drop, by=user)
    return services.record_not_done(
        subject=place.subject,
        visit=place.visit.oid,
        visit_repeat=place.visit_repeat,
        form=place.form.oid,
        form_repeat=place.form_repeat,
        reason=asking.reason,
        by=user,
        key=asking.cleaned_data["key"],
    )


@login_required
@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back that a form is not done: it can be filled in again."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    services.restore_capture(capture=capture, by=user)
    messages.success(request, "The form is open to be filled in.")
    return redirect("captures:edit", pk)
