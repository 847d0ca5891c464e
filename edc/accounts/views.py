"""The account page, sign-up of researchers, and the administrator's list of accounts."""

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.account.views import SignupView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edc.accounts import forms, selectors, services
from edc.accounts.http import open_to_waiting, user_of, visitor
from edc.accounts.models import ApiToken, User
from edc.accounts.permissions import BEYOND, can_change_account, can_manage_accounts, can_use_tokens
from edc.base.errors import Refused, require
from edc.base.http import form_page

ACCOUNTS_ON_A_PAGE = 50


class ParticipantSignUp(SignupView):
    """allauth's sign-up; the address on an invitation brings its code along."""

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_initial()
        return initial | {"invitation_code": self.request.GET.get("invitation", "")[:40]}


class ResearcherSignUp(SignupView):
    """allauth's sign-up with the researcher's profile."""

    template_name = "account/researcher_signup.html"

    def get_form_class(self) -> type[forms.ResearcherSignUp]:
        return forms.ResearcherSignUp


class WhereSignedIn(ListUserSessionsView):
    """allauth's list of one's sessions, with browsers by the names that people know."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["browsers"] = [(session, services.browser_of(session.user_agent)) for session in context["sessions"]]
        return context


where_signed_in = WhereSignedIn.as_view()
participant_signup = ParticipantSignUp.as_view()
researcher_signup = ResearcherSignUp.as_view()


@open_to_waiting
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    context = {
        "tokens": selectors.tokens_of(user),
        "sign_ins": selectors.recent_sign_ins_of(user),
        "has_second_step": selectors.has_second_step(user),
        "can_use_tokens": can_use_tokens(user),
        "single_sign_on": settings.SINGLE_SIGN_ON,
    }
    return render(request, "account/overview.html", context)


@open_to_waiting
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    now = {"display_name": user.display_name, "time_zone": user.time_zone, "locale": user.locale}
    form = forms.Profile(request.POST or None, initial=now)
    if form.is_valid():
        services.update_profile(user=user, **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:overview")
    return form_page(request, "account/profile.html", {"form": form})


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = forms.NewToken(request.POST or None)
    if form.is_valid():
        try:
            token, secret = services.issue_token(user=user, name=form.cleaned_data["name"], life=form.life)
        except Refused as refused:
            form.refuse(refused)
        else:
            return render(request, "account/token_made.html", {"token": token, "secret": secret})
    return form_page(request, "account/token_new.html", {"form": form})


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    token: ApiToken = get_object_or_404(selectors.tokens_of(user), pk=pk)
    services.revoke_token(token=token, by=user)
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("accounts:overview")


@open_to_waiting
@login_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    services.end_sessions(user=user, by=user, visitor=visitor(request))
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")


@open_to_waiting
@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out in one other browser."""
    user = user_of(request)
    session = get_object_or_404(selectors.sessions_of(user), pk=pk)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    services.end_session(session=session, visitor=visitor(request), by=user)
    messages.success(request, f"{services.browser_of(session.user_agent)} is signed out.")
    return redirect("usersessions_list")


@open_to_waiting
@login_required
@require_POST
def stay(_request: HttpRequest) -> HttpResponse:
    """Keep the session of somebody who is there. That the request arrived has done it."""
    return JsonResponse({"idle_seconds": int(settings.SESSION_IDLE.total_seconds())})


@open_to_waiting
@login_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    return render(request, "account/waiting.html") if user.is_waiting else redirect("home")


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    require(can_manage_accounts(user))
    status = request.GET.get("status", User.Status.WAITING)
    text = request.GET.get("text", "").strip()
    rows = selectors.people_managed_by(user, status=status, text=text, after=_key(request.GET.get("after", "")))
    page = list(rows[: ACCOUNTS_ON_A_PAGE + 1])
    context: dict[str, Any] = {
        "people": page[:ACCOUNTS_ON_A_PAGE],
        "more_after": page[ACCOUNTS_ON_A_PAGE - 1].pk if len(page) > ACCOUNTS_ON_A_PAGE else None,
        "status": status,
        "text": text,
        "statuses": User.Status.choices,
    }
    return render(request, "account/people.html", context)


@login_required
@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    person = get_object_or_404(selectors.people_managed_by(user), pk=pk)
    services.approve_account(user=person, by=user)
    messages.success(request, f"{person} may now sign in.")
    return redirect("accounts:people")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _change(request, pk, disabled=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enable(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _change(request, pk, disabled=False)


def _change(request: HttpRequest, pk: UUID, *, disabled: bool) -> HttpResponse:
    user = user_of(request)
    person = get_object_or_404(selectors.people_managed_by(user), pk=pk)
    require(can_change_account(user, person), BEYOND)
    service = services.disable_account if disabled else services.enable_account
    form = forms.Reason(request.POST or None)
    if form.is_valid():
        try:
            service(user=person, reason=form.cleaned_data["reason"], by=user)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"The account of {person} is {'disabled' if disabled else 'enabled'}.")
            return redirect("accounts:people")
    return form_page(request, "account/change.html", {"form": form, "person": person, "disabled": disabled})


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
