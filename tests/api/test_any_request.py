"""Whatever is sent, by whomever: no fault of ours, only answers that the schema names, nothing that is not theirs."""

from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from schemathesis.specs.openapi.checks import status_code_conformance as known_status

from edc.accounts.services import issue_token
from messaging.services import send_message
from tests import factories
from trials.roles import RIGHTS, Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SECRET = "Canary"
EXAMPLES = 2
# Members of bodies that name a row.
REFERENCES = {
    "trial": "trials",
    "site": "sites",
    "primary_clinic": "sites",
    "patient": "patients",
    "subject": "subjects",
    "conversation_id": "conversations",
}
CHECKS = [known_status, content_type_conformance, response_schema_conformance]
# What those may do who only read: leave a mark of their own, or end their own tokens.
HARMLESS = {"notifications_seen", "conversations_read", "auth_tokens_end", "auth_token", "patients_search"}
READERS = {Role.MONITOR, Role.AUDITOR, Role.SPONSOR}
# Readers who may take data out, and ask about them, do so on record.
ASKING = {f"queries_{act}" for act in ("create", "requery", "close", "cancel")}
ON_RECORD = {Role.MONITOR: {"exports_create", *ASKING}, Role.AUDITOR: {"exports_create"}}


def clinic(site) -> dict[str, Any]:
    """Fill a site with one row of each kind."""
    nurse, subject = factories.coordinator_at(site), factories.subject_at(site)
    capture = factories.capture_of(subject, {"SYSBP": "120", "NOTE": SECRET})
    conversation = factories.conversation_with(subject, SECRET, by=nurse)
    message = send_message(conversation=conversation, body=SECRET, by=nurse)
    visit = factories.appointment_of(subject, nurse, location=SECRET)
    return {
        "trials": site.trial_id,
        "sites": site.pk,
        "study-versions": subject.study_version_id,
        "memberships": nurse.memberships.get().pk,
        "patients": subject.patient_id,
        "subjects": subject.pk,
        "captures": capture.pk,
        "conversations": conversation.pk,
        "messages": message.pk,
        "appointments": visit.pk,
        "subject": subject,
    }


def somebody(role: str, site, subject) -> Any:
    if role == "ANONYMOUS":
        return None
    if role == "PARTICIPANT":
        return factories.participant_of(subject)
    if role == "SUPERUSER":
        return factories.administrator()
    place = site if Role(role) in {Role.INVESTIGATOR, Role.SUB_INVESTIGATOR, Role.COORDINATOR} else site.trial
    return factories.member(Role(role), place)


@pytest.mark.parametrize("role", ["ANONYMOUS", "PARTICIPANT", *RIGHTS, "SUPERUSER"])
def test_any_request_gets_a_known_answer_and_no_more_than_is_due(role):
    site = factories.active_site()
    mine, theirs = clinic(site), clinic(factories.active_site())
    user = somebody(role, site, mine["subject"])
    secret = issue_token(user=user, name="Test")[1] if user else "none"
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))

    for found in schema.get_all_operations():
        fuzz(found.ok(), role=role, secret=secret, places=[mine, theirs])


def fuzz(operation, *, role, secret, places):
    """Send a few requests to one operation, half of them sound in shape, to rows of one's own and of others."""
    shapes = [
        operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*shapes), place=st.sampled_from(places), known=st.booleans())
    def send(case, place, known):
        kind = operation.path.split("/")[3]
        for name, made_up in dict(case.path_parameters or {}).items():
            case.path_parameters[name] = str(place.get(kind, made_up))
        case.headers["Authorization"] = f"Bearer {secret}"
        if known and operation.method != "get":
            case.headers["If-Match"] = '"1"'
        named = name_rows(case.body, place)
        response = sent(case)
        case.validate_response(response, checks=CHECKS)
        check_due(role, operation, response, reaches=place is places[0] or not (named or case.path_parameters))

    send()


def sent(case):
    """Send the request within this test's transaction."""
    asked = case.as_transport_kwargs(base_url="http://testserver")
    asked.pop("cookies", None)
    known = {
        name: asked[name] for name in ("method", "url", "headers", "params", "json", "data", "files") if name in asked
    }
    ready = requests.Request(**known).prepare()
    headers = {f"HTTP_{name.upper().replace('-', '_')}": str(value) for name, value in ready.headers.items()}
    kind = str(ready.headers.get("Content-Type", ""))
    body = ready.body.encode() if isinstance(ready.body, str) else ready.body or b""
    target = ready.path_url
    answer = Client(raise_request_exception=False).generic(ready.method, target, body, content_type=kind, **headers)
    told = {name.lower(): [value] for name, value in answer.items()}
    return Response(answer.status_code, told, answer.content, ready, elapsed=0.0, verify=False)


def name_rows(body, place):
    """Put real rows where the body refers to some; return whether it does."""
    names = set(REFERENCES) & body.keys() if isinstance(body, dict) else set()
    for name in names:
        body[name] = str(place[REFERENCES[name]])
    return bool(names)


def check_due(role, operation, response, *, reaches):
    """Fail where somebody was let further than their role goes."""
    done, name = response.status_code < 300, operation.definition.raw["operationId"]
    assert response.status_code < 500, name
    if role == "ANONYMOUS":
        assert not done, name
    if role in READERS and operation.method != "get" and name not in HARMLESS | ON_RECORD.get(role, set()):
        assert not done, name
    if not reaches and role != "SUPERUSER":
        assert not done, name
    if role in {Role.SPONSOR, Role.ADMINISTRATOR, "SUPERUSER"}:
        assert SECRET not in response.text, name
