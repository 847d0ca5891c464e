"""How a form of a study version looks and behaves to those who fill it in; nothing that is typed here is stored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from captures.forms import EntryForm
from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from trials import permissions, selectors
from trials.definition import FilledBy, Form, Item, Rules, Section, read_definition
from trials.definition.editing import items, rows_of
from trials.forms.build import ItemForm
from trials.models import StudyVersion
from trials.services.building import edited

SITE, PARTICIPANT = "site", "participant"
# Before the number of a value from elsewhere, in the names of fields.
ELSEWHERE = "elsewhere_"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a form (?form=OID) as the site or as a participant sees it (?as=), with what is typed counted in."""
    row = get_object_or_404(selectors.study_versions_worked_with(user_of(request)), pk=pk)
    study = row.definition
    form = study.forms_by_oid.get(request.GET.get("form", "")) or next(iter(study.forms), None)
    context: dict[str, Any] = {"study_version": row, "trial": row.trial, "study": study, "shown": form}
    if form is not None:
        seen_as = request.GET.get("as") or (PARTICIPANT if form.filled_by == FilledBy.PARTICIPANT else SITE)
        rules = study.rules.get(form.oid, Rules())
        asked = sorted({(one.visit, one.item) for one in rules.outside}, key=str)
        given = {key: request.POST.get(f"{ELSEWHERE}{number}", "") for number, key in enumerate(asked)}
        entry = EntryForm(
            request.POST or None,
            definition=form,
            touch=seen_as == PARTICIPANT,
            rules=rules,
            outside={key: value for key, value in given.items() if value},
        )
        if entry.is_bound:
            entry.is_valid()
        elsewhere = [
            (f"{ELSEWHERE}{number}", f"[{visit}][{item}]" if visit else f"[{item}]", given[visit, item])
            for number, (visit, item) in enumerate(asked)
        ]
        context |= {"form": entry, "seen_as": seen_as, "elsewhere": elsewhere, "may_build": _may_build(request, row)}
    return render(request, "captures/preview.html", context)


def _may_build(request: HttpRequest, row: StudyVersion) -> bool:
    return row.status == StudyVersion.Status.DRAFT and permissions.can_build_study(user_of(request), row.trial)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview_item(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show an item of a form (?form=OID&item=OID) as it is being written; with ?part only what stands beside it."""
    row = get_object_or_404(selectors.study_versions_worked_with(user_of(request)), pk=pk)
    require(permissions.can_build_study(user_of(request), row.trial))
    found = row.definition.forms_by_oid.get(request.GET.get("form", ""))
    context: dict[str, Any] = {"study_version": row, "trial": row.trial, "shown": found}
    if found is not None:
        context |= _item_in(row, found, request.GET.get("item", ""), request.POST)
    page = "item_preview_part" if "part" in request.GET else "item_preview"
    return render(request, f"captures/{page}.html", context)


def _item_in(row: StudyVersion, form: Form, oid: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field of the item as it is written, or what is wrong with it."""
    known = next((part for part in rows_of(row.document, "items") if part["oid"] == oid), None)
    if known is None and oid:
        raise Http404
    part = items.as_placed(row.document, form.oid, known) if known else {}
    written = ItemForm(typed or None, document=row.document, part=part, version=row.version)
    if not typed:
        return {"form": _form_of(form, form.every_item[oid])} if oid in form.every_item else {}
    if not written.is_valid():
        return {"faults": [message for messages in written.errors.values() for message in messages]}
    made: list[str] = []
    edit = written.edit(form.oid, 0)
    try:
        document = edited(row.document, lambda document: made.append(edit(document)))
    except Refused as refused:
        return {"faults": [str(refused)]}
    study = read_definition(document)
    return {"form": _form_of(form, study.forms_by_oid[form.oid].every_item[made[0]])}


def _form_of(form: Form, item: Item) -> EntryForm:
    """Return the form with this item alone, asked whatever its condition says."""
    sections = (Section("", "", (item,)),)
    alone = Form(form.oid, form.name, "", repeating=False, filled_by=form.filled_by, sections=sections)
    made = EntryForm(definition=alone, touch=form.filled_by == FilledBy.PARTICIPANT)
    for name in ("observed_date", "observed_time", "version", "key"):
        made.fields.pop(name, None)
    return made
