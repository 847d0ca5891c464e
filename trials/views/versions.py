"""Publishing a study version, comparing it with another, and what reviewers say about it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edc.accounts.http import user_of
from edc.base.errors import Denied, Refused, require
from edc.base.http import form_page
from trials import forms, permissions, selectors, services
from trials.definition import Difference, Kind
from trials.models import StudyVersion

KINDS = {
    Kind.REMOVED: ("Removed", "trash3", "bad", "There is no place for its values any more."),
    Kind.MEANING: ("Changed meaning", "exclamation-triangle-fill", "warn", "Stored values say something else."),
    Kind.RULES: ("Changed rules", "filter", "info", "Values mean the same; what is asked or checked does not."),
    Kind.ADDED: ("Added", "plus-lg", "good", "New beside what there was."),
    Kind.TEXT: ("Changed text", "pencil-square", "neutral", "Only how it reads."),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Publish an approved study version at sites, from a day, with the reason why."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user), pk=pk)
    require(permissions.can_build_study(user, row.trial))
    standings = selectors.standings(row.trial_id, row.trial.sites.order_by("code"), at=timezone.now())
    open_sites = [one.site for one in standings if one.site and not one.has(row)]
    form = forms.PublishStudyVersion(request.POST or None, open_sites=open_sites, initial={"version": row.version})
    if form.is_valid():
        try:
            made = services.publish_study_version(study_version=row, by=user, **form.published)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Version {made.number} is published. Captures stay in the version they are in.")
            return redirect("trials:study_version", pk=pk)
    context = {"form": form, "study_version": row, "trial": row.trial, "standings": standings}
    return form_page(request, "trials/publish.html", context)


@login_required
@require_safe
def differences(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show how a study version differs from an earlier one, side by side, in words."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user), pk=pk)
    number = request.GET.get("from", "")
    asked = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None
    old = selectors.version_to_compare(user, row, number=asked)
    found = selectors.differences_of(old, row) if old else []
    kinds = [kind for kind in request.GET.getlist("kind") if kind in KINDS]
    others = selectors.study_versions_worked_with(user).filter(trial=row.trial).exclude(pk=row.pk)
    context = {
        "study_version": row,
        "trial": row.trial,
        "old": old,
        "others": others.defer("document").order_by("-number"),
        "parts": _parts([one for one in found if not kinds or one.kind in kinds], row, old),
        "legend": [(kind, *KINDS[kind], sum(one.kind == kind for one in found), kind in kinds) for kind in Kind],
        "total": len(found),
    }
    return render(request, "trials/differences.html", context)


def _parts(
    found: list[Difference], row: StudyVersion, old: StudyVersion | None
) -> list[tuple[str, list[tuple[Difference, tuple[str, str, str, str]]]]]:
    """Return the differences by part of the study: what each form's items are stands under the form's name."""
    names = {form.oid: form.name for version in (old, row) if version for form in version.definition.forms}
    parts: dict[str, list[tuple[Difference, tuple[str, str, str, str]]]] = {}
    for one in found:
        title = f"Form {names.get(one.form, one.form)}" if one.form else PARTS[one.thing]
        parts.setdefault(title, []).append((one, KINDS[one.kind]))
    return list(parts.items())


PARTS = {"Study": "Study", "Arm": "Arms", "Visit": "Visits", "Code list": "Code lists", "Check": "Checks"}


@login_required
@require_POST
def comment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say something about a study version that is not published yet."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user), pk=pk)
    require(permissions.can_review_study(user, row))
    form = forms.CommentForm(request.POST)
    if form.is_valid():
        try:
            services.comment_on_study_version(study_version=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Your comment is kept.")
            return redirect("trials:study_version", pk=pk)
    return form_page(request, "trials/comment.html", {"form": form, "study_version": row, "trial": row.trial})


@login_required
@require_POST
def resolve_comment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark a comment as dealt with."""
    user = user_of(request)
    row = get_object_or_404(selectors.comments_visible_to(user), pk=pk)
    try:
        services.resolve_comment(comment=row, by=user)
    except Denied:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The comment is resolved.")
    return redirect("trials:study_version", pk=row.study_version_id)
