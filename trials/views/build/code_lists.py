"""The code lists of the draft."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from edc.base.http import form_page
from trials.definition.editing import Document, code_lists, name_of
from trials.forms.build import CodeListForm
from trials.models import StudyVersion
from trials.views.build.parts import address, building, called, frame, part_or_404, save


@building
def lists(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """List the code lists, with the items that take each."""
    users: dict[str, list[str]] = {}
    for item in row.document.get("items", []):
        users.setdefault(item.get("code_list", ""), []).append(name_of(item))
    rows = [(one, users.get(one["oid"], [])) for one in row.document.get("code_lists", [])]
    return render(
        request, "trials/build/code_lists.html", frame(request, row, "trials:build_code_lists") | {"rows": rows}
    )


@building
def code_list(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change a code list (?list=OID), or add one."""
    oid = request.GET.get("list", "")
    part = part_or_404(row, "code_lists", oid) if oid else {}
    form = CodeListForm(request.POST or None, document=row.document, part=part, version=row.version)
    if form.is_valid():
        members = form.members

        def edit(document: Document) -> None:
            if oid:
                code_lists.change(document, oid, members)
            else:
                code_lists.add(document, members)

        if save(request, row, form, edit, f"Code list {called(members)} {'changed' if oid else 'added'}"):
            return redirect(address("trials:build_code_lists", row, anchor=oid))
    context = frame(request, row, "trials:build_code_lists") | {
        "form": form,
        "part": part,
        "title": called(part) if oid else "New code list",
        "remove": f"list_remove {oid}" if oid else "",
        "back": address("trials:build_code_lists", row),
    }
    return form_page(request, "trials/build/code_list.html", context)
