"""Invitations: the site hands a code to a participant, whose account it links to the patient profile."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked
from edc.accounts.models import SignIn, User
from edc.accounts.services import Visitor, activate_participant, note, refuse_guesses
from edc.base import live
from edc.base.errors import Refused, require
from patients import permissions
from patients.models import Invitation, PatientProfile
from patients.selectors import patients_with
from patients.validators import ALPHABET, code_digest
from trials.models import Site
from trials.roles import Right

LIFE = timedelta(days=14)
GROUPS, GROUP_LENGTH = 4, 4


class InvitationRefused(Refused): ...


@transaction.atomic
def invite_participant(*, patient: PatientProfile, site: Site, by: User) -> tuple[Invitation, str]:
    """Return a new invitation and its code, which is shown once; earlier codes of the patient end."""
    require(permissions.can_enrol(by, site))
    require(patients_with(by, Right.ENROL).filter(pk=patient.pk).exists(), "You cannot invite this patient.")
    patient = locked(patient)
    if patient.user_id:
        raise InvitationRefused("This patient has an account already.")
    now = timezone.now()
    for earlier in patient.invitations.select_for_update().filter(accepted_at=None, withdrawn_at=None):
        _withdraw(earlier, reason="A newer one was made", by=by)
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    invitation = Invitation(patient=patient, site=site, digest=code_digest(code), expires_at=now + LIFE)
    audit.save(invitation, by=by, action="patients.invited")
    return invitation, code


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, reason: str = "", by: User) -> Invitation:
    """End an invitation that nobody used: from now on its code opens nothing."""
    invitation = locked(invitation)
    require(permissions.can_enrol(by, invitation.site))
    if invitation.accepted_at:
        raise InvitationRefused("This invitation was used: the participant has an account.")
    if invitation.withdrawn_at:
        raise InvitationRefused("This invitation was withdrawn already.")
    _withdraw(invitation, reason=reason, by=by)
    return invitation


@transaction.atomic
def accept_invitation(*, code: str, by: User) -> PatientProfile:
    """Link the participant's account to the patient profile that the code stands for, and activate it.

    One answer for every code that does not work, so that nothing can be learnt by guessing.
    """
    refused = InvitationRefused("This code is not valid. Ask your study team for a new one.")
    found = Invitation.objects.filter(digest=code_digest(code)).select_related("patient").first()
    if not found:
        raise refused
    # The patient first, as who makes a newer invitation does.
    patient, invitation = locked(found.patient), locked(found)
    now = timezone.now()
    if invitation.accepted_at or invitation.withdrawn_at or invitation.expires_at <= now:
        raise refused
    if patient.user_id or by.kind != User.Kind.PARTICIPANT or PatientProfile.objects.filter(user=by).exists():
        raise refused
    patient.user = by
    audit.save(patient, by=by, action="patients.account_linked")
    invitation.accepted_at, invitation.accepted_by = now, by
    audit.save(invitation, by=by, action="patients.invitation_accepted")
    activate_participant(user=by, by=by)
    live.access_changed(by.pk)
    return patient


def enter_code(*, code: str, visitor: Visitor, by: User) -> PatientProfile:
    """Accept an invitation as somebody who types its code; wrong codes are noted, and too many of them have to wait."""
    with transaction.atomic():
        refuse_guesses(user=by, visitor=visitor)
        try:
            return accept_invitation(code=code, by=by)
        except InvitationRefused as error:
            refused = error
            note(SignIn.Kind.CODE_REFUSED, email=by.email, visitor=visitor, user=by)
    # Outside the transaction, so that the try stays noted.
    raise refused


def _withdraw(invitation: Invitation, *, reason: str, by: User) -> None:
    invitation.withdrawn_at = timezone.now()
    audit.save(invitation, by=by, action="patients.invitation_withdrawn", reason=reason)
