"""Who a patient is: enrolment, the patient's page, corrections."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from patients import forms, permissions, selectors, services
from patients.models import Identity, PatientProfile, Subject
from trials.models import Site
from trials.selectors import sites_visible_to

NOT_KNOWN = "This site has no patient with this number. Register the patient below."


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Look for the patient by record number, register who is new, and put them into screening."""
    user = user_of(request)
    site = get_object_or_404(sites_visible_to(user), pk=pk)
    require(permissions.can_enrol(user, site))
    step = {"find": _find, "enrol": _enrol_known, "admit": _admit}.get(request.POST.get("step", ""), _begin)
    return step(request, user, site)


def _begin(request: HttpRequest, _user: User, site: Site) -> HttpResponse:
    return _show(request, site, find=forms.FindPatient())


def _find(request: HttpRequest, user: User, site: Site) -> HttpResponse:
    """Show who has this record number, or the form for somebody new."""
    find = forms.FindPatient(request.POST)
    if not find.is_valid():
        return _show(request, site, find=find, form=find)
    number: str = find.cleaned_data["medical_record_number"]
    found = list(selectors.patients_by_record_number(user, number).select_related("primary_clinic")[:10])
    if found:
        return _show_known(request, user, site, found)
    newest = selectors.newest_number(site)
    form = forms.AdmitForm(site=site, newest=newest, initial={"medical_record_number": number})
    return _show(request, site, admit=form, note=NOT_KNOWN)


def _enrol_known(request: HttpRequest, user: User, site: Site) -> HttpResponse:
    form = forms.EnrolForm(request.POST, site=site, newest=selectors.newest_number(site))
    if not form.is_valid():
        return _show_again(request, user, site, form)
    given = form.cleaned_data
    patient = get_object_or_404(selectors.patients_visible_to(user), pk=given["patient"])
    try:
        subject = services.enrol_subject(
            patient=patient,
            site=site,
            number=given["number"],
            enrolled_on=given["enrolled_on"],
            by=user,
            key=given["key"],
        )
    except Refused as refused:
        form.refuse(refused)
        return _show_known(request, user, site, [patient], form)
    return _done(request, subject)


def _admit(request: HttpRequest, user: User, site: Site) -> HttpResponse:
    form = forms.AdmitForm(request.POST, site=site, newest=selectors.newest_number(site))
    if form.is_valid():
        given = form.cleaned_data
        try:
            subject = services.admit_patient(
                site=site,
                identity=form.identity,
                number=given["number"],
                enrolled_on=given["enrolled_on"],
                by=user,
                key=given["key"],
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _done(request, subject)
    return _show(request, site, admit=form, form=form)


def _done(request: HttpRequest, subject: Subject) -> HttpResponse:
    messages.success(request, f"{subject.number} is in screening. Invite the participant when they want an account.")
    return redirect("patients:patient", pk=subject.patient_id)


def _show_again(request: HttpRequest, user: User, site: Site, form: forms.EnrolForm) -> HttpResponse:
    """Show the patient again beside what was typed; without a readable key of one, begin anew."""
    key = form.cleaned_data.get("patient")
    found = list(selectors.patients_visible_to(user).filter(pk=key)) if key else []
    return _show_known(request, user, site, found, form) if found else _begin(request, user, site)


def _show_known(
    request: HttpRequest,
    user: User,
    site: Site,
    found: list[PatientProfile],
    form: forms.EnrolForm | None = None,
) -> HttpResponse:
    """Show who was found, each with the form that enrols them."""
    identities = services.read_identity(patients=found, by=user, purpose="enrolment")
    newest = selectors.newest_number(site)
    known: list[dict[str, Any]] = [
        {
            "patient": patient,
            "identity": identities.get(patient.pk),
            "form": form or forms.EnrolForm(site=site, newest=newest, initial={"patient": patient.pk}),
            "in_trial": patient.subjects.filter(trial=site.trial_id).first(),
        }
        for patient in found
    ]
    return _show(request, site, known=known, form=form)


def _show(request: HttpRequest, site: Site, **more: Any) -> HttpResponse:
    if more.get("form"):
        return form_page(request, "patients/enrol.html", {"site": site} | more)
    return render(request, "patients/enrol.html", {"site": site} | more)


@login_required
@require_safe
def patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a patient: who they are to those who may know (the reading is recorded), their places in trials."""
    user = user_of(request)
    row = get_object_or_404(selectors.patients_visible_to(user).select_related("user"), pk=pk)
    identity = services.read_identity(patients=[row], by=user, purpose="patient page").get(row.pk)
    may_change = permissions.can_change_patient(user, row)
    context = {
        "patient": row,
        "identity": identity,
        "is_own": row.user_id == user.pk,
        "subjects": selectors.subjects_visible_to(user).filter(patient=row),
        "appointments": selectors.upcoming_appointments(user).filter(patient=row)[:5],
        "invitations": list(selectors.invitations_of(user, row)[:5]) if may_change else [],
        "may_change": may_change,
    }
    return render(request, "patients/patient.html", context)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change_patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct who a patient is, with the reason."""
    user = user_of(request)
    row = get_object_or_404(selectors.patients_visible_to(user), pk=pk)
    require(permissions.can_change_patient(user, row))
    identity = services.read_identity(patients=[row], by=user, purpose="correction").get(row.pk)
    require(identity is not None)
    form = forms.ChangePatient(request.POST or None, initial=_initial(row, identity or Identity()))
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.change_patient(
                patient=row,
                identity=form.identity,
                is_active=given["is_active"],
                reason=given["reason"],
                version=given["version"],
                by=user,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The correction is saved.")
            return redirect("patients:patient", pk=pk)
    return form_page(request, "patients/change_patient.html", {"form": form, "patient": row})


def _initial(patient: PatientProfile, identity: Identity) -> dict[str, Any]:
    return {
        "medical_record_number": identity.medical_record_number,
        "display_name": identity.display_name,
        "date_of_birth": identity.date_of_birth,
        "is_active": patient.is_active,
        "version": patient.version,
        **identity.contact,
    }
