"""Files of forms: hand one in, take it away, fetch it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from captures import selectors, services
from captures.forms import AttachForm
from captures.models import DataCapture
from captures.permissions import can_change
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import download
from trials.definition import ItemType, find_place

TAKEN = f"{services.KINDS_TAKEN}, at most {services.LARGEST_FILE // 1_000_000} MB."


@login_required
@require_safe
def fetch(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send a file as a download that no browser shows as a page."""
    user = user_of(request)
    file = selectors.file_seen_by(user, pk)
    if file is None:
        raise Http404
    return download(services.fetch_file(file=file, by=user), name=file.name, media_type=file.media_type)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attach(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for the file of a field, and store it or take the one that is there away."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
    require(can_change(user, capture))
    name = (request.POST if request.method == "POST" else request.GET).get("place", "")
    form = capture.form_definition
    place = find_place(form, name) if form else None
    if place is None or place.item.type != ItemType.FILE:
        raise Http404
    asking = AttachForm(
        request.POST or None,
        request.FILES or None,
        initial={"version": capture.version, "place": name},
        taken=TAKEN,
        needs_reason=capture.submitted_at is not None,
    )
    if asking.is_valid():
        try:
            _change(asking, capture, user, takes_away=request.POST.get("act") == "remove")
        except Refused as refused:
            asking.refuse(refused)
        else:
            return redirect(f"{_page_of(user, capture)}#id_i_{name}_field")
    back = _page_of(user, capture)
    context = {"form": asking, "place": place, "capture": capture, "held": capture.data.get(name), "back": back}
    return render(request, "captures/entry/attach.html", context, status=asking.http_status)


def _change(asking: AttachForm, capture: DataCapture, user: User, *, takes_away: bool) -> None:
    given = asking.cleaned_data
    common = {"place": given["place"], "reason": given.get("reason", ""), "version": given["version"], "by": user}
    if takes_away:
        services.detach_file(capture=capture, **common)
        return
    content = given["content"]
    if content is None:
        raise services.NoFile({"content": ["Choose a file."]})
    services.attach_file(capture=capture, content=content, name=content.name, **common)


def _page_of(user: User, capture: DataCapture) -> str:
    """Return the address of the form's page for this person."""
    if capture.patient.user_id != user.pk:
        return redirect("captures:edit", pk=capture.pk)["Location"]
    where = (capture.subject_id, capture.visit, capture.visit_repeat, capture.form, capture.form_repeat)
    return redirect("captures:my_form", *where)["Location"]
