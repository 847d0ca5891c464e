"""The buttons of study building: move, copy, remove, plan, undo. Each is one step of the draft."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDictKeyError

from edc.accounts.http import user_of
from edc.base.errors import BadRequest, Denied, Refused
from trials import services
from trials.definition.editing import Document, checks, code_lists, forms, items, visits
from trials.models import StudyVersion
from trials.views.build.parts import address, building

Edit = Callable[[Document], Any]
UP, DOWN = -1, 1
# What each button does: the edit, what it is called in the trail, and the page that shows it.
ACTS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "visit_up": (lambda document, oid: visits.move(document, oid, UP), "Visit {} moved up", "trials:build"),
    "visit_down": (lambda document, oid: visits.move(document, oid, DOWN), "Visit {} moved down", "trials:build"),
    "visit_copy": (visits.copy, "Visit {} copied", "trials:build"),
    "visit_remove": (visits.remove, "Visit {} removed", "trials:build"),
    "form_up": (lambda document, oid: forms.move(document, oid, UP), "Form {} moved up", "trials:build"),
    "form_down": (lambda document, oid: forms.move(document, oid, DOWN), "Form {} moved down", "trials:build"),
    "form_copy": (forms.copy, "Form {} copied", "trials:build"),
    "form_remove": (forms.remove, "Form {} removed", "trials:build"),
    "section_up": (
        lambda document, form, number: forms.move_section(document, form, int(number), UP),
        "Section of {} moved up",
        "trials:build_form",
    ),
    "section_down": (
        lambda document, form, number: forms.move_section(document, form, int(number), DOWN),
        "Section of {} moved down",
        "trials:build_form",
    ),
    "section_remove": (
        lambda document, form, number: forms.remove_section(document, form, int(number)),
        "Section of {} removed",
        "trials:build_form",
    ),
    "item_up": (
        lambda document, form, oid: items.move(document, form, oid, UP),
        "Item {1} moved up on {0}",
        "trials:build_form",
    ),
    "item_down": (
        lambda document, form, oid: items.move(document, form, oid, DOWN),
        "Item {1} moved down on {0}",
        "trials:build_form",
    ),
    "item_copy": (items.copy, "Item {1} copied on {0}", "trials:build_form"),
    "item_remove": (items.remove, "Item {1} removed from {0}", "trials:build_form"),
    "check_up": (lambda document, oid: checks.move(document, oid, UP), "Check {} moved up", "trials:build_checks"),
    "check_down": (
        lambda document, oid: checks.move(document, oid, DOWN),
        "Check {} moved down",
        "trials:build_checks",
    ),
    "check_copy": (checks.copy, "Check {} copied", "trials:build_checks"),
    "check_remove": (checks.remove, "Check {} removed", "trials:build_checks"),
    "list_remove": (code_lists.remove, "Code list {} removed", "trials:build_code_lists"),
}


@building
def act(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Do what a button says: its value is the act and what it is about, as in `item_up VS WEIGHT`."""
    name, _, rest = request.POST.get("do", "").partition(" ")
    about = rest.split(" ") if rest else []
    try:
        version = int(request.POST["version"])
        if name == "undo":
            return _undo(request, row, version)
        if name == "plan":
            edit, what, page = _plan(request), "Forms planned at visits", "trials:build"
        else:
            edit, what, page = _asked(name, about)
            if "matrix" in request.POST:
                edit = _both(_plan(request), edit)
    except (KeyError, IndexError, ValueError, MultiValueDictKeyError):
        if request.method != "POST" or not request.POST:
            return redirect(address("trials:build", row))
        raise BadRequest("There is no such button.") from None
    try:
        services.edit_study_version(study_version=row, edit=edit, what=what, version=version, by=user_of(request))
    except Denied:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    is_of_form = page == "trials:build_form"
    return redirect(address(page, row, form=about[0] if is_of_form else "", did=request.POST["do"]))


def _asked(name: str, about: list[str]) -> tuple[Edit, str, str]:
    do, words, page = ACTS[name]
    what = words.format(*about)
    wanted = 2 if page == "trials:build_form" else 1
    if len(about) != wanted:
        raise ValueError(name)
    if name.startswith("section"):
        int(about[1])
    return (lambda document: do(document, *about)), what, page


def _plan(request: HttpRequest) -> Edit:
    pairs = [tuple(cell.split(" ", 1)) for cell in request.POST.getlist("cell")]
    return lambda document: visits.plan(document, [(pair[0], pair[-1]) for pair in pairs])


def _both(first: Edit, second: Edit) -> Edit:
    def edit(document: Document) -> None:
        first(document)
        second(document)

    return edit


def _undo(request: HttpRequest, row: StudyVersion, version: int) -> HttpResponse:
    try:
        services.undo_edit(study_version=row, version=version, by=user_of(request))
    except Denied:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    page = request.POST.get("page", "")
    if page.startswith(address("trials:build", row)) and "\\" not in page:
        return redirect(page)
    return redirect(address("trials:build", row))
