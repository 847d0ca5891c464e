"""One form of the draft: its sections and items in order, new ones by the line."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from edc.base.http import form_page
from trials.definition import Item, Section
from trials.definition.editing import Document, items
from trials.definition.editing.items import places_of
from trials.forms.build import ItemForm, PasteItems, QuickItem
from trials.forms.build.items import TYPES
from trials.models import StudyVersion
from trials.views.build.parts import address, building, called, frame, names_of, part_or_404, save


@building
def form_editor(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Show a form (?form=OID) with its items; a new item is one line at the end of a section."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    oid = part["oid"]
    quick = QuickItem(request.POST or None, document=row.document, version=row.version)
    if quick.is_valid():
        members, number = quick.members, quick.cleaned_data["section"]
        what = f"Item {called(members)} added to {called(part)}"
        if save(request, row, quick, lambda document: items.add(document, oid, number, members), what):
            return redirect(address("trials:build_form", row, form=oid, added=number))
    shown = row.definition.forms_by_oid[oid]
    typed = quick["section"].value() if quick.is_bound else None
    fresh = QuickItem(document=row.document, version=row.version)
    context = frame(request, row, "trials:build") | {
        "form": quick,
        "part": part,
        "shown": shown,
        "sections": [
            (number, section, _in_words(section), quick if str(number) == str(typed) else fresh)
            for number, section in enumerate(shown.sections)
        ],
        "added": request.GET.get("added", ""),
    }
    return form_page(request, "trials/build/form.html", context)


def _in_words(section: Section) -> list[tuple[Item, str]]:
    """Return the items of the section, each with what its kind of answer is called."""
    return [(item, TYPES.get(item.type, item.type.value).lower()) for item in section.items]


@building
def item(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change an item on a form (?form=OID&item=OID), or add one (&section=number)."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    oid = request.GET.get("item", "")
    number = int(asked) if (asked := request.GET.get("section", "")).isdecimal() else 0
    known = part_or_404(row, "items", oid) if oid else {}
    form = ItemForm(
        request.POST or None,
        document=row.document,
        part=items.as_placed(row.document, part["oid"], known),
        version=row.version,
    )
    if form.is_valid():
        edit = form.edit(part["oid"], number)
        what = f"Item {called(form.members)} {'changed' if oid else 'added'} on {called(part)}"
        if save(request, row, form, edit, what):
            again = "section" if "again" in request.POST else ""
            if again:
                messages.success(request, f"{called(form.members)} is there. Write the next one.")
                return redirect(address("trials:build_item", row, form=part["oid"], section=str(number)))
            return redirect(address("trials:build_form", row, anchor=oid or f"new-{number}", form=part["oid"]))
    others = [other for other, _, _ in places_of(row.document, oid) if other["oid"] != part["oid"]] if oid else []
    context = frame(request, row, "trials:build") | {
        "form": form,
        "part": part,
        "item": known,
        "others": [called(other) for other in others],
        "title": called(known) if oid else "New item",
        "part_name": called(part),
        "names": names_of(row, part["oid"], visits=True),
        "expression_of": part["oid"],
        "expression_at": oid,
        "section": number,
        "preview_url": address("captures:preview_item", row, form=part["oid"], item=oid),
        "back": address("trials:build_form", row, anchor=oid, form=part["oid"]),
    }
    return form_page(request, "trials/build/item.html", context)


@building
def paste(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Add the items of a spreadsheet to a section of a form (?form=OID&section=number)."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    oid, asked = part["oid"], request.GET.get("section", "0")
    form = PasteItems(request.POST or None, document=row.document, version=row.version)
    form.fields["section"].initial = asked
    if form.is_valid():
        new, number = form.cleaned_data["rows"], form.cleaned_data["section"]

        def edit(document: Document) -> None:
            for members in new:
                items.add(document, oid, number, members)

        if save(request, row, form, edit, f"{len(new)} items pasted into {called(part)}"):
            messages.success(request, f"{len(new)} item{'' if len(new) == 1 else 's'} added.")
            return redirect(address("trials:build_form", row, anchor=f"new-{number}", form=oid))
    context = frame(request, row, "trials:build") | {
        "form": form,
        "part": part,
        "title": "Paste items",
        "eyebrow": called(part),
        "lead": "Copy rows from a spreadsheet and paste them here. They go to the end of the section.",
        "back": address("trials:build_form", row, form=oid),
    }
    return form_page(request, "trials/build/part.html", context)
