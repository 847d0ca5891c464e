"""Invitations: the site makes a code, the participant uses it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from edc.accounts.http import open_to_waiting, user_of, visitor
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from edc.base.qr import qr_picture
from patients import forms, permissions, selectors, services


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the patient's invitations; by POST make a new one and show its code, this once."""
    user = user_of(request)
    patient = get_object_or_404(selectors.patients_visible_to(user), pk=pk)
    require(permissions.can_change_patient(user, patient))
    sites = selectors.inviting_sites(user, patient)
    subjects = list(selectors.subjects_visible_to(user).filter(patient=patient))
    form = forms.InviteForm(request.POST or None, sites=sites)
    context = {"patient": patient, "form": form, "subjects": subjects}
    if form.is_valid():
        try:
            invitation, code = services.invite_participant(patient=patient, site=form.chosen, by=user)
        except Refused as refused:
            form.refuse(refused)
        else:
            address = request.build_absolute_uri(reverse("account_signup"))
            picture = qr_picture(f"{address}?invitation={code}")
            context |= {"invitation": invitation, "code": code, "address": address, "picture": picture}
            return render(request, "patients/invitation_made.html", context)
    return form_page(
        request, "patients/invite.html", context | {"invitations": selectors.invitations_of(user, patient)}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End an invitation that nobody used yet."""
    user = user_of(request)
    invitation = get_object_or_404(selectors.invitations_visible_to(user), pk=pk)
    form = forms.WithdrawInvitation(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.withdraw_invitation(invitation=invitation, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The invitation is withdrawn. Its code opens nothing any more.")
            return redirect("patients:invite", pk=invitation.patient_id)
    return form_page(request, "patients/withdraw_invitation.html", {"form": form, "invitation": invitation})


@open_to_waiting
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Let a participant who signed up without a code enter it now."""
    user = user_of(request)
    if user.kind != User.Kind.PARTICIPANT or not user.is_waiting:
        return redirect("home")
    form = forms.InvitationCode(request.POST or None)
    if form.is_valid():
        try:
            services.enter_code(code=form.cleaned_data["code"], visitor=visitor(request), by=user)
        except services.InvitationRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Welcome. Your account is connected with your study.")
            return redirect("home")
    return form_page(request, "patients/accept_invitation.html", {"form": form})
