"""Invitations: codes with which a participant's account finds its patient profile."""

from typing import ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import Endpoint
from edc.base.api.fields import Input, Key, Moment, Output, Text
from patients import selectors, services
from trials.selectors import sites_visible_to


class InvitationInput(Input):
    """Through which site."""

    site = Key(help_text="The site whose team looks after the participant.")
    example: ClassVar = {"site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3"}


class InvitationOutput(Output):
    """An invitation; its code is shown this once."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    site = serializers.UUIDField(source="site_id")
    code = serializers.CharField(help_text="For the participant's sign-up. Nobody can show it again.")
    expires_at = Moment()
    example: ClassVar = {
        "id": "01998a15-3a4b-7c5d-9e6f-708192a3b4c5",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "code": "K7QF-2MXD-9RWT-HC4P",
        "expires_at": "2026-02-03T08:00:00.000000Z",
    }


class Invitations(Endpoint):
    """Invite a participant."""

    input = InvitationInput
    output = InvitationOutput
    creates = True

    def post(self, request: Request, pk: UUID) -> Response:
        """Make a code with which the participant's account finds its patient profile.

        Codes that were made before end. Refused (409) once the patient has an account.
        """
        user = user_of(request)
        patient = get_object_or_404(selectors.patients_visible_to(user), pk=pk)
        site = self.among(sites_visible_to(user), self.taken()["site"], member="site")
        invitation, code = services.invite_participant(patient=patient, site=site, by=user, key=self.key())
        invitation.code = code  # type: ignore[attr-defined]
        return self.answer(invitation, status=201)


class WithdrawInput(Input):
    """Why it ends; the audit trail keeps it."""

    reason = Text(max_length=300, allow_blank=True, default="")
    example: ClassVar = {"reason": "The sheet was lost"}


class InvitationStateOutput(Output):
    """What became of an invitation."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    site = serializers.UUIDField(source="site_id")
    status = serializers.ChoiceField(["PENDING", "ACCEPTED", "REVOKED", "EXPIRED"])
    expires_at = Moment()
    withdrawn_at = Moment(allow_null=True)
    example: ClassVar = {
        "id": "01998a15-3a4b-7c5d-9e6f-708192a3b4c5",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "status": "REVOKED",
        "expires_at": "2026-02-03T08:00:00.000000Z",
        "withdrawn_at": "2026-01-21T09:30:00.000000Z",
    }


class InvitationWithdraw(Endpoint):
    """Withdraw an invitation."""

    input = WithdrawInput
    output = InvitationStateOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Withdraw an invitation that nobody used: from now on its code opens nothing.

        Refused (409) when it was used or withdrawn before.
        """
        user = user_of(request)
        invitation = get_object_or_404(selectors.invitations_visible_to(user), pk=pk)
        return self.answer(services.withdraw_invitation(invitation=invitation, by=user, **self.taken()))
