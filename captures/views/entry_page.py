"""What the acts of the entry page share: its rules, its answers, the page itself and that of a conflict."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from captures import selectors
from captures.forms import EntryForm, clashes_of, typed_in
from captures.models import DataCapture
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused

UNPROCESSABLE = 422
# Look at what was typed; keep it for its author while they type; save what can be saved; drop it.
LOOK, KEEP, AUTOSAVE, DISCARD = "look", "keep", "autosave", "discard"
ACTS = ("draft", "submit", "next", LOOK, KEEP, AUTOSAVE, DISCARD)


def act_of(request: HttpRequest) -> str:
    """Return what a posted page asks for."""
    act = request.POST.get("accept_missing") or request.POST.get("act", "draft")
    return act if act in ACTS else "draft"


def number_of(text: str | None) -> int:
    """Return the version that a page names, 0 for none."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def rules_of(place: selectors.Place, capture: DataCapture | None = None) -> dict[str, Any]:
    """Return the rules of the form at its place, in the study version in which it is or will be entered."""
    version = capture.study_version if capture else place.subject.study_version
    definition = (version or place.subject.study_version).definition
    return selectors.rules_at(
        place.subject, definition, place.form.oid, visit=place.visit.oid, visit_repeat=place.visit_repeat
    )


def show_refusal(entry: EntryForm, refused: Refused) -> int:
    """Show a refusal on the page; return the status to answer with."""
    if isinstance(refused, Invalid):
        entry.add_refusals(refused.errors)
        return UNPROCESSABLE
    entry.add_error(None, str(refused))
    return refused.status


def show_page(
    request: HttpRequest,
    user: User,
    entry: EntryForm,
    place: selectors.Place,
    *,
    capture: DataCapture | None = None,
    status: int = 200,
    looking: bool = False,
) -> HttpResponse:
    """Answer with the form to fill in; `looking` leaves out the summary of what is wrong."""
    entry.show_before(selectors.values_before(user, place, at=capture.timestamp if capture else timezone.now()))
    entry.show_comments(selectors.comment_counts(capture) if capture else {}, capture=capture.pk if capture else None)
    lines = selectors.by_place(selectors.queries_of(user, capture)) if capture else {}
    entry.show_queries(lines, back=request.get_full_path())
    is_new_page = request.method != "POST" and not looking
    context = {
        "form": entry,
        "place": place,
        "subject": place.subject,
        "capture": capture,
        "page_has_errors": entry.asks,
        "act": act_of(request),
        "looking": looking,
        "queries": lines.get("", []),
        "draft": selectors.drafts_at(user, place).first() if is_new_page else None,
    }
    return render(request, "captures/entry/page.html", context, status=status)


def show_states(request: HttpRequest, entry: EntryForm, *, status: int = 200, **said: Any) -> HttpResponse:
    """Answer a script with what became of what was typed: field by field what is asked, wrong, expected, calculated.

    `said` is what it is to tell: `text`, and `capture` and whether something is `unsent` where it was saved.
    """
    return render(request, "captures/entry/states.html", {"form": entry, "said": said}, status=status)


def show_conflict(
    request: HttpRequest,
    entry: EntryForm,
    place: selectors.Place,
    capture: DataCapture,
    *,
    read: int,
    status: int,
    undecided: bool = False,
) -> HttpResponse:
    """Show what is saved and what is typed side by side; nothing is saved until a side is chosen for each field."""
    last = next(iter(selectors.versions_of(capture, by=user_of(request), most=1)), None)
    context = {
        "place": place,
        "subject": place.subject,
        "capture": capture,
        "clashes": clashes_of(entry, capture, read=read),
        "last": last,
        "typed": [(name, text) for name, texts in typed_in(request.POST).items() for text in texts],
        "read": read,
        "undecided": undecided,
        "page_has_errors": True,
        "needs_reason": capture.submitted_at is not None and not entry.reason,
    }
    return render(request, "captures/entry/conflict.html", context, status=status)
