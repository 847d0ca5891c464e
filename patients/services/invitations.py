"""Invitations: the site hands a code to a participant, whose account it links to the patient profile."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import SignIn, User
from edc.accounts.services import Visitor, activate_participant, note, refuse_guesses
from edc.base import live
from edc.base.crypto import blind_index
from edc.base.errors import Refused, require
from patients import permissions
from patients.models import Invitation, PatientProfile
from patients.selectors import patients_with
from patients.validators import ALPHABET, code_digest
from trials.models import Site
from trials.roles import Right

LIFE = timedelta(days=14)
GROUPS, GROUP_LENGTH = 4, 4
SECRET_BYTES = 32


class InvitationRefused(Refused): ...


def invite_participant(*, patient: PatientProfile, site: Site, by: User, key: str = "") -> tuple[Invitation, str]:
    """Return a new invitation and its code, which is shown once; earlier codes of the patient end.

    The same key gives the same invitation and code again; without one nobody can tell the code a second time.
    """
    secret = key or secrets.token_urlsafe(SECRET_BYTES)

    def allow() -> None:
        require(permissions.can_enrol(by, site))
        require(patients_with(by, Right.ENROL).filter(pk=patient.pk).exists(), "You cannot invite this patient.")

    def make() -> Invitation:
        held = locked(patient)
        if held.user_id:
            raise InvitationRefused("This patient has an account already.")
        for earlier in held.invitations.select_for_update().filter(accepted_at=None, withdrawn_at=None):
            _withdraw(earlier, reason="A newer one was made", by=by)
        invitation = Invitation(patient=held, site=site, expires_at=timezone.now() + LIFE)
        invitation.digest = code_digest(_code(invitation, secret))
        audit.save(invitation, by=by, action="patients.invited")
        return invitation

    asked = [patient.pk, site.pk]
    invitation = once(Invitation, make, allow=allow, by=by, key=key, action="patients.invited", asked=asked)
    return invitation, _code(invitation, secret)


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
    activate_participant(user=by, time_zone=invitation.site.time_zone, by=by)
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


def _code(invitation: Invitation, secret: str) -> str:
    """Return the invitation's code, which follows from its secret by a key that the database does not hold."""
    number = int(blind_index(f"{invitation.pk} {secret}", purpose="invitation"), 16)
    letters = [ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(GROUPS * GROUP_LENGTH)]
    return "-".join("".join(letters[start : start + GROUP_LENGTH]) for start in range(0, len(letters), GROUP_LENGTH))


def _withdraw(invitation: Invitation, *, reason: str, by: User) -> None:
    invitation.withdrawn_at = timezone.now()
    audit.save(invitation, by=by, action="patients.invitation_withdrawn", reason=reason)
