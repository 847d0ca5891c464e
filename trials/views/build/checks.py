"""The check workbench: expressions checked while they are typed, and test cases that are kept with each check."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from edc.base.http import form_page
from trials.definition import NUMERIC, Definition, Form, ItemType, Section
from trials.definition.cases import outcomes, read_by, tallies_of
from trials.definition.editing import Document
from trials.definition.editing import checks as edits
from trials.definition.rules import names_in
from trials.expressions import Expression, ExpressionError, Type, compile_expression
from trials.forms.build import CheckForm
from trials.models import StudyVersion
from trials.views.build.parts import address, building, called, frame, names_of, part_or_404, save

RUN, SAVE = "run", "save"


@building
def checks(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """List the checks of the draft with how their cases went; all cases run each time."""
    context = frame(request, row, "trials:build_checks") | {"tallies": tallies_of(row.definition)}
    return render(request, "trials/build/checks.html", context)


@building
def check(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Change a check (?check=OID), or write one; its cases run without being saved when told so."""
    oid = request.GET.get("check", "")
    part = part_or_404(row, "checks", oid) if oid else {}
    text = request.POST.get("fails_when", part.get("fails_when", ""))
    at = request.POST.get("at", f"{part.get('form', '')} {part.get('item', '')}")
    compiled = _compiled(row.definition, text, at)
    references = read_by(compiled) if isinstance(compiled, Expression) else _references_in(part)
    form = CheckForm(request.POST or None, document=row.document, part=part, version=row.version, references=references)
    if request.POST.get("do", SAVE) == SAVE and form.is_valid():
        members = form.members

        def edit(document: Document) -> Any:
            return edits.change(document, oid, members) if oid else edits.add(document, members)

        what = f"Check {called(members) or members['item']} {'changed' if oid else 'added'}"
        if save(request, row, form, edit, what):
            messages.success(request, f"{what}.")
            return redirect(address("trials:build_checks", row, anchor=oid))
    context = frame(request, row, "trials:build_checks") | {
        "form": form,
        "part": part,
        "title": called(part) if oid else "New check",
        "cases": _cases_of(form, compiled),
        "names": names_of(row, at.partition(" ")[0], visits=True),
        "back": address("trials:build_checks", row),
    }
    return form_page(request, "trials/build/check.html", context)


def _cases_of(form: CheckForm, compiled: Expression | ExpressionError | None) -> list[tuple[Any, ...]]:
    """Return the rows of the cases, each with what the check does in it."""
    found = []
    for number, values, expected in form.rows:
        case = form.case_in(number)
        outcome = outcomes(compiled, [case])[0] if case and isinstance(compiled, Expression) else None
        found.append((number + 1, values, expected, outcome))
    return found


def _references_in(part: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(name for case in part.get("cases", []) for name in case.get("values", {})))


@building
def expression(request: HttpRequest, row: StudyVersion) -> HttpResponse:
    """Say what is wrong with an expression while it is typed: ?field= names it, ?form= and ?item= where it belongs."""
    field = request.GET.get("field", "")
    text = request.POST.get(field, "").strip()
    at = request.POST.get("at") or f"{request.GET.get('form', '')} {request.GET.get('item', '')}"
    want = Type.TRUTH
    if field == "calculation":
        kind = request.POST.get("type", "")
        want = Type.NUMBER if kind in {one.value for one in NUMERIC} else None  # type: ignore[assignment]
    found = _compiled(row.definition, text, at, want=want) if text else None
    context: dict[str, Any] = {"text": text, "study_version": row}
    if isinstance(found, ExpressionError):
        context |= {
            "error": found,
            "place": found.start + 1,
            "before": text[: found.start],
            "wrong": text[found.start : found.end],
            "after": text[found.end :],
        }
    elif found:
        context |= {"expression": found, "reads": read_by(found)}
    return render(request, "trials/build/parts/said.html", context)


def _compiled(
    study: Definition, text: str, at: str, *, want: Type | None = Type.TRUTH
) -> Expression | ExpressionError | None:
    """Return the expression at this place (form and item), or what is wrong with it; None without a form."""
    oid, _, item = at.partition(" ")
    form = study.forms_by_oid.get(oid)
    if form is None or not text.strip():
        return None
    try:
        return compile_expression(text, names_in(study, form, _table_of(form, item)), want=want)
    except ExpressionError as error:
        return error


def _table_of(form: Form, item: str) -> Section | None:
    for section in form.groups.values():
        if any(one.oid == item and one.type != ItemType.DESCRIPTIVE for one in section.items):
            return section
    return None
