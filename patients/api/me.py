"""Who one is: account, roles, and for participants their own patient profile."""

from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.api.bodies import JSON
from edc.base.api.endpoints import Endpoint
from edc.base.api.fields import Moment, Output
from patients import selectors
from patients.api.patients import PatientOutput, patient_shown
from trials.roles import Role


class OwnMembershipOutput(Output):
    """A role that one has now."""

    id = serializers.UUIDField()
    trial = serializers.UUIDField()
    site = serializers.UUIDField(allow_null=True)
    role = serializers.ChoiceField(Role.choices)
    starts_at = Moment()
    ends_at = Moment(allow_null=True)


class OwnResearcherOutput(Output):
    """What a researcher said at sign-up."""

    expertise = serializers.CharField()
    institution = serializers.CharField()
    contact = serializers.CharField()


class OwnProfileOutput(Output):
    """One's own account."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    display_name = serializers.CharField()
    kind = serializers.ChoiceField(User.Kind.choices)
    status = serializers.ChoiceField(User.Status.choices)
    locale = serializers.CharField()
    time_zone = serializers.CharField()
    memberships = OwnMembershipOutput(many=True)
    researcher = OwnResearcherOutput(allow_null=True)
    patient = PatientOutput(allow_null=True, help_text="A participant's own profile.")
    example: ClassVar = {
        "id": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "email": "coordinator@demo.example",
        "display_name": "Cora Coordinator",
        "kind": "STAFF",
        "status": "ACTIVE",
        "locale": "en-gb",
        "time_zone": "Europe/Berlin",
        "memberships": [
            {
                "id": "01998a13-6d7e-7f80-91a2-b3c4d5e6f708",
                "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
                "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
                "role": "COORDINATOR",
                "starts_at": "2026-01-05T08:00:00.000000Z",
                "ends_at": None,
            }
        ],
        "researcher": None,
        "patient": None,
    }


class Me(Endpoint):
    """Show who one is.

    The account, the roles that it has now, and for a participant the own patient profile.
    """

    output = OwnProfileOutput

    def get(self, request: Request) -> HttpResponse:
        user = user_of(request)
        memberships, researcher, patient = selectors.own_profile(user)
        profile: dict[str, Any] = {
            "id": user.pk,
            "email": user.email,
            "display_name": user.display_name,
            "kind": user.kind,
            "status": user.status,
            "locale": user.locale,
            "time_zone": user.time_zone,
            "memberships": orjson.Fragment(memberships),
            "researcher": orjson.Fragment(researcher),
            "patient": patient_shown(patient, patient.identity()) if patient else None,
        }
        return HttpResponse(orjson.dumps(profile), content_type=JSON)
