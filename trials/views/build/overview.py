"""The draft as a whole: which form at which visit, and the visits, forms and sections one by one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from edc.base.http import form_page
from trials.definition.editing import Document, forms, visits
from trials.definition.editing.parts import set_members
from trials.forms.build import BuildForm, FormForm, SectionForm, StudyForm, VisitForm
from trials.models import StudyVersion
from trials.views.build.parts import address, building, called, frame, names_of, part_or_404, save


@building
def overview(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Show visits and forms as a matrix; a new visit or form is added by its name alone."""
    kind = request.POST.get("new", "")
    made: BuildForm | None = None
    if kind in NEW:
        add, build, word = NEW[kind]
        made = build(request.POST, document=row.document)
        if made.is_valid() and save(request, row, made, _adding(add, made), f"{word} {called(made.members)} added"):
            return redirect(address("trials:build", row, added=kind))
    study = row.definition
    context = frame(request, row, "trials:build") | {
        "matrix": [(form, [(visit, visit.form(form.oid)) for visit in study.visits]) for form in study.forms],
        "form": made or StudyForm(document=row.document, part=row.document, version=row.version),
        "new_visit": made if kind == "visit" else VisitForm(document=row.document, version=row.version, prefix=None),
        "new_form": made if kind == "form" else FormForm(document=row.document, version=row.version, prefix=None),
        "added": request.GET.get("added", ""),
    }
    return form_page(request, "trials/build/overview.html", context)


def _adding(add: Any, form: BuildForm) -> Any:
    return lambda document: add(document, form.members)


NEW: dict[str, tuple[Any, type[BuildForm], str]] = {
    "visit": (visits.add, VisitForm, "Visit"),
    "form": (forms.add, FormForm, "Form"),
}


@building
def study(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change what the study is called."""
    form = StudyForm(request.POST or None, document=row.document, part=row.document, version=row.version)
    if form.is_valid():
        members = form.members

        def edit(document: Document) -> None:
            set_members(document, members)

        if save(request, row, form, edit, "Name or description of the study changed"):
            return redirect(address("trials:build", row))
    context = frame(request, row, "") | {
        "form": form,
        "title": "Name and description",
        "back": address("trials:build", row),
    }
    return form_page(request, "trials/build/part.html", context)


@building
def visit(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change a visit (?visit=OID)."""
    part = part_or_404(row, "visits", request.GET.get("visit", ""))
    form = VisitForm(request.POST or None, document=row.document, part=part, version=row.version)
    if form.is_valid():
        members = form.members
        oid = part["oid"]
        if save(
            request, row, form, lambda document: visits.change(document, oid, members), f"Visit {called(part)} changed"
        ):
            messages.success(request, f"Visit {called(part)} is changed.")
            return redirect(address("trials:build", row, anchor=oid))
    context = frame(request, row, "trials:build") | {
        "form": form,
        "part": part,
        "title": called(part),
        "eyebrow": "Visit",
        "about": part["oid"],
        "remove": f"visit_remove {part['oid']}",
        "copy": f"visit_copy {part['oid']}",
        "back": address("trials:build", row),
    }
    return form_page(request, "trials/build/part.html", context)


@building
def form_properties(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change what a form is called and who fills it in (?form=OID)."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    form = FormForm(request.POST or None, document=row.document, part=part, version=row.version)
    back = address("trials:build_form", row, form=part["oid"])
    if form.is_valid():
        members = form.members
        oid = part["oid"]
        if save(
            request, row, form, lambda document: forms.change(document, oid, members), f"Form {called(part)} changed"
        ):
            return redirect(back)
    context = frame(request, row, "trials:build") | {
        "form": form,
        "part": part,
        "title": called(part),
        "eyebrow": "Form",
        "about": part["oid"],
        "remove": f"form_remove {part['oid']}",
        "copy": f"form_copy {part['oid']}",
        "back": back,
    }
    return form_page(request, "trials/build/part.html", context)


@building
def section(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Add a section to a form (?form=OID), or change one (&section=number)."""
    part = part_or_404(row, "forms", request.GET.get("form", ""))
    sections, asked = part.get("sections", []), request.GET.get("section", "")
    if asked and not (asked.isdecimal() and int(asked) < len(sections)):
        raise Http404
    known = sections[int(asked)] if asked else {}
    form = SectionForm(request.POST or None, document=row.document, part=known, version=row.version)
    back = address("trials:build_form", row, form=part["oid"])
    if form.is_valid():
        members, oid = form.members, part["oid"]

        def edit(document: Document) -> None:
            if asked:
                forms.change_section(document, oid, int(asked), members)
            else:
                forms.add_section(document, oid, members)

        what = f"Section of {called(part)} {'changed' if asked else 'added'}"
        if save(request, row, form, edit, what):
            return redirect(back)
    context = frame(request, row, "trials:build") | {
        "form": form,
        "part": known,
        "title": "Change the section" if asked else "New section",
        "eyebrow": called(part),
        "remove": f"section_remove {part['oid']} {asked}" if asked else "",
        "expression_of": part["oid"],
        "names": names_of(row, part["oid"], visits=True),
        "back": back,
    }
    return form_page(request, "trials/build/part.html", context)
