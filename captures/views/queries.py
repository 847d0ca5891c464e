"""Data queries: the inbox, a query with its thread, asking about a value."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from captures import selectors, services
from captures.forms import MOVE_FORMS, PREFIX, BulkAnswerForm, MoveForm, QueryFilters, RaiseForm
from captures.models import DataCapture, DataQuery
from captures.permissions import can_answer_query, can_close_query, can_raise_query
from captures.views.lists import chips_of, one_site, trial_asked
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import BadRequest, Refused, require
from edc.base.http import form_page
from patients.models import Subject
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import sites_with

SERVICES: dict[str, Callable[..., DataQuery]] = {
    "answer": services.answer_query,
    "close": services.close_query,
    "requery": services.requery,
    "cancel": services.cancel_query,
}
DONE = {
    "answer": "The answer is sent.",
    "close": "The query is closed.",
    "requery": "The question is asked again.",
    "cancel": "The query is taken back.",
}


@dataclass(frozen=True)
class Shown:
    """A query on a page: its line, where to correct the value, and a form for each act on it."""

    line: selectors.QueryLine
    forms: list[MoveForm] = field(default_factory=list)
    correct_url: str = ""

    @property
    def again_url(self) -> str:
        """Return where to ask anew about what an ended query asked."""
        query = self.line.query
        address = reverse("captures:raise_query", args=[query.capture_id])
        return f"{address}?previous={query.pk}" if "again" in self.line.acts else ""


def shown(line: selectors.QueryLine, bound: MoveForm | None = None) -> Shown:
    """Return the query ready for a page; `bound` is the form that was sent and could not be taken."""
    forms = [made for act, made in MOVE_FORMS.items() if act in line.acts]
    return Shown(
        line,
        [bound if bound and isinstance(bound, form) else form(query=line.query) for form in forms],
        _correct_address(line.query) if "correct" in line.acts else "",
    )


def _correct_address(query: DataQuery) -> str:
    place = f"#id_{PREFIX}{query.place}_field" if query.place else ""
    return f"{reverse('captures:edit', args=[query.capture_id])}?query={query.pk}{place}"


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the data queries of a trial that wait for somebody, or those asked for, subject by subject."""
    return _inbox(request, user_of(request), BulkAnswerForm(auto_id="bulk_%s"))


@login_required
@require_POST
def answer_all(request: HttpRequest) -> HttpResponse:
    """Answer the queries that were ticked in the inbox with one text."""
    user = user_of(request)
    sites = list(sites_with(user, Right.VIEW_DATA))
    if not sites:
        raise Http404
    require(bool(sites_with(user, Right.ENTER_DATA)[:1]))
    form = BulkAnswerForm(request.POST, auto_id="bulk_%s")
    chosen = [key for text in request.POST.getlist("query") if (key := _uuid(text))]
    if form.is_valid():
        try:
            found = list(selectors.queries_visible_to(user).filter(pk__in=chosen[: services.MOST_AT_ONCE + 1]))
            answered = services.answer_queries(queries=found, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            count = len(answered)
            messages.success(request, f"{count} quer{'y is' if count == 1 else 'ies are'} answered.")
            return redirect(_next(request, reverse("captures:queries")))
    return _inbox(request, user, form, ticked=set(chosen))


def _inbox(request: HttpRequest, user: User, bulk: BulkAnswerForm, *, ticked: set[UUID] | None = None) -> HttpResponse:
    sites = list(sites_with(user, Right.VIEW_DATA))
    if not sites:
        raise Http404
    trial = trial_asked(user, request, sites)
    own = [site for site in sites if site.trial_id == trial.pk]
    trials = list({site.trial_id: site.trial for site in sites}.values())
    filters = QueryFilters(request.GET, trial=trial, trials=trials, sites=own, asked_of=selectors.forms_in_use(trial))
    asked = selectors.queries_asked(user, _narrowed(trial, own, filters), now=timezone.now())
    rows, after = selectors.page_of_queries(asked, after=request.GET.get("after", ""))
    lines = selectors.lines_of(user, rows)
    context = {
        "trial": trial,
        "one_site": one_site(own, filters),
        "filters": filters,
        "chips": chips_of(request, filters, page="captures:queries"),
        "clear_url": f"{reverse('captures:queries')}?trial={trial.pk}",
        "groups": list(_by_subject(lines)),
        "count": len(lines),
        "total": asked.order_by()[: selectors.MOST_SHOWN_OF + 1].count(),
        "most": selectors.MOST_SHOWN_OF,
        "after": after,
        "here": f"{reverse('captures:queries')}?{request.GET.urlencode()}",
        "is_first": "after" not in request.GET,
        "form": bulk,
        "ticked": ticked or set(),
        "may_answer": any("answer" in line.acts for line in lines),
    }
    return form_page(request, "captures/queries/inbox.html", context)


def _narrowed(trial: ClinicalTrial, sites: Sequence[Site], filters: QueryFilters) -> selectors.Inbox:
    chosen = filters.chosen
    state = chosen.get("state")
    return selectors.Inbox(
        trial,
        site=one_site(list(sites), filters),
        states=[state] if state else selectors.TO_DO,
        source=chosen.get("source", ""),
        form=chosen.get("form", ""),
        number=chosen.get("q", ""),
        days=int(chosen.get("age", 0)),
    )


def _by_subject(lines: Sequence[selectors.QueryLine]) -> Iterator[tuple[Subject, list[Shown]]]:
    for _, group in groupby(lines, key=lambda line: line.query.subject_id):
        own = [shown(line) for line in group]
        yield own[0].line.query.subject, own


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def query(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a data query with its thread; by POST answer it, close it, take it back or ask again."""
    user = user_of(request)
    row = get_object_or_404(selectors.with_threads(selectors.queries_visible_to(user)), pk=pk)
    form = None
    if request.method == "POST":
        require(can_answer_query(user, row) or can_close_query(user, row))
        act = request.POST.get("act", "")
        if act not in MOVE_FORMS:
            raise BadRequest("Say what is to be done with the query.")
        form = MOVE_FORMS[act](request.POST, query=row)
        if form.is_valid():
            try:
                SERVICES[act](query=row, by=user, **form.cleaned_data)
            except Refused as refused:
                form.refuse(refused)
            else:
                messages.success(request, DONE[act])
                return redirect(_next(request, reverse("captures:query", args=[pk])))
        row = selectors.with_threads(selectors.queries_visible_to(user)).get(pk=pk)
    return _query_page(request, user, row, form)


def _query_page(request: HttpRequest, user: User, row: DataQuery, form: MoveForm | None) -> HttpResponse:
    (line,) = selectors.lines_of(user, [row])
    context: dict[str, Any] = {
        "one": shown(line, form),
        "capture": row.capture,
        "subject": row.subject,
        "next": _next(request, ""),
        "page_has_errors": form is not None,
        # Where the act is no longer open to them there is no form to say it beside.
        "refused": form.non_field_errors() if form and form.act not in line.acts else [],
    }
    return render(request, "captures/queries/query.html", context, status=form.http_status if form else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def raise_query(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the site about a value of a form, or about the whole of it."""
    user = user_of(request)
    capture = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    require(can_raise_query(user, capture))
    previous = _previous(request, user, capture)
    place = previous.place if previous else request.GET.get("place", "")
    form = RaiseForm(request.POST if request.method == "POST" else None, capture=capture, place=place)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.raise_query(capture=capture, previous=previous, by=user, **given)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The query is sent to the site.")
            return redirect("captures:capture", pk=pk)
    context = {"capture": capture, "subject": capture.subject, "form": form, "previous": previous}
    return form_page(request, "captures/queries/raise.html", context)


def _previous(request: HttpRequest, user: User, capture: DataCapture) -> DataQuery | None:
    """Return the ended query that is asked anew."""
    key = _uuid(request.GET.get("previous", ""))
    return selectors.queries_visible_to(user).filter(pk=key, capture=capture).first() if key else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _next(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours from which the form was sent."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else otherwise
