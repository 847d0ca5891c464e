"""Items from elsewhere: the library of standard items, and what other study versions that the person sees have."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from edc.accounts.http import user_of
from edc.base.errors import Refused
from trials import selectors, services
from trials.definition.editing import Document, forms, items, name_of, rows_of
from trials.definition.editing.parts import oid_at, taken_oids
from trials.formats.cosmos import MOST_FOUND, Group, groups, search
from trials.models import StudyVersion
from trials.views.build.parts import address, building, called, frame, part_or_404

MOST_VERSIONS = 50
# What an item of another study says of its own place there.
LEFT_BEHIND = frozenset({"condition", "calculation", "code_list", "source", "missing_codes"})


@building
def library(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Search items by their words (?q=) among the standard ones, or those of another version (?of=); take some."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    others = selectors.study_versions_worked_with(user_of(request)).exclude(pk=row.pk).order_by("-created_at")
    asked, of = request.GET.get("q", "").strip(), request.GET.get("of", "")
    other = get_object_or_404(others, pk=of) if _is_id(of) else None
    found = _groups_of(other, asked) if other else search(asked)
    if request.method == "POST":
        return _take(request, row, part, found if other else list(groups()))
    context = frame(request, row, "trials:build") | {
        "part": part,
        "title": "Library",
        "eyebrow": called(part),
        "found": found,
        "most": MOST_FOUND,
        "asked": asked,
        "of": of,
        "others": others.defer("document")[:MOST_VERSIONS],
        "back": address("trials:build_form", row, form=part["oid"]),
    }
    return render(request, "trials/build/library.html", context)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _groups_of(version: StudyVersion, asked: str) -> list[Group]:
    """Return the forms of another version that have all of these words, as groups of items."""
    document = version.document
    known = {item["oid"]: item for item in rows_of(document, "items")}
    lists = {one["oid"]: one["choices"] for one in rows_of(document, "code_lists")}
    found = []
    for form in rows_of(document, "forms"):
        placed = [known[oid_at(one)] for section in form.get("sections", []) for one in section.get("items", [])]
        made = tuple(_carried(item, lists) for item in placed)
        words = " ".join([name_of(form), *(f"{item['oid']} {name_of(item)}" for item in placed)]).lower()
        if made and all(word in words for word in asked.lower().split()):
            found.append(Group(form["oid"], name_of(form), f"{version.trial.protocol_number}, {version}", made, words))
    return found[:MOST_FOUND]


def _carried(item: dict[str, Any], lists: dict[str, Any]) -> dict[str, Any]:
    """Return the item without what refers to the rest of its own study, with its choices."""
    members = {name: value for name, value in item.items() if name not in LEFT_BEHIND}
    if item.get("code_list") in lists:
        members["choices"] = [{**choice} for choice in lists[item["code_list"]]]
    return members


def _take(request: HttpRequest, row: StudyVersion, part: dict[str, Any], among: list[Group]) -> HttpResponse:
    """Add the chosen items of a group to the form, as a section that is called like the group."""
    group = next((one for one in among if one.key == request.POST.get("group")), None)
    chosen = set(request.POST.getlist("item"))
    wanted = [item for item in group.items if item["oid"] in chosen] if group else []
    back = address("trials:build_form", row, form=part["oid"])
    if group is None or not wanted:
        messages.info(request, "Nothing was chosen.")
        return redirect(back)

    def edit(document: Document) -> None:
        sections = part_in(document, part["oid"]).setdefault("sections", [])
        is_blank = len(sections) == 1 and not sections[0].get("items") and not sections[0].get("name")
        number = 0 if is_blank else forms.add_section(document, part["oid"], {})
        forms.change_section(document, part["oid"], number, {"name": group.name})
        for item in wanted:
            taken = taken_oids(document, "items")
            items.add(document, part["oid"], number, {**item, "oid": "" if item["oid"] in taken else item["oid"]})

    try:
        version = int(request.POST.get("version", "0"))
        what = f"{len(wanted)} items of {group.name} added to {called(part)}"
        services.edit_study_version(study_version=row, edit=edit, what=what, version=version, by=user_of(request))
    except (Refused, ValueError) as refused:
        messages.error(request, str(refused))
    return redirect(back)


def part_in(document: Document, form: str) -> dict[str, Any]:
    """Return the form in a document that is being edited."""
    return next(one for one in rows_of(document, "forms") if one["oid"] == form)
