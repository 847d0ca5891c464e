"""One person of each role around one site, and one object of each kind at every distance from them."""

from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession

from audit.models import AuditLog
from captures.models import StudyExport, StudyImport
from captures.services import importing, raise_query
from captures.services.importing import FileFacts
from edc.accounts.models import ApiToken, User
from edc.accounts.services import issue_token
from messaging.models import Message
from patients.models import Subject
from tests import factories
from trials.formats import StudyFile
from trials.models import Membership, Site, StudyVersion
from trials.roles import Role
from trials.services import create_study_version

ROLES = (
    *("anonymous", "participant", "coordinator", "sub_investigator", "investigator"),
    *("data_manager", "monitor", "auditor", "sponsor", "administrator"),
)
# own: the participant's; same: somebody else's at the same site; site: another site of the trial; trial: another trial.
PLACES = ("own", "same", "site", "trial")
ANYWHERE = "any"


@dataclass
class World:
    """People by role; at each place the kinds of object, as route parameters, and their versions."""

    people: dict[str, User | None]
    objects: dict[str, dict[str, dict[str, Any]]]
    versions: dict[str, dict[str, int]]


def build() -> World:
    """Make the world."""
    site = factories.active_site()
    elsewhere, abroad = factories.site_in(site.trial), factories.active_site()
    subject = factories.subject_at(site)
    people: dict[str, User | None] = {"anonymous": None, "participant": factories.participant_of(subject)}
    for role in (Role.COORDINATOR, Role.SUB_INVESTIGATOR, Role.INVESTIGATOR):
        people[role.lower()] = factories.member(role, site)
    for role in (Role.DATA_MANAGER, Role.MONITOR, Role.AUDITOR, Role.SPONSOR, Role.ADMINISTRATOR):
        people[role.lower()] = factories.member(role, site.trial)
    places = {
        "own": (site, subject, people["participant"]),
        "same": (site, factories.subject_at(site), None),
        "site": (elsewhere, factories.subject_at(elsewhere), None),
        "trial": (abroad, factories.subject_at(abroad), None),
    }
    found = {place: _objects(*around) for place, around in places.items()}
    return World(
        people,
        {place: _parameters(kinds) for place, kinds in found.items()},
        {place: {kind: getattr(row, "version", 1) for kind, row in kinds.items()} for place, kinds in found.items()},
    )


def _objects(site: Site, subject: Subject, person: User | None) -> dict[str, Any]:
    """Return one object of each kind that a route can be about."""
    person = person or factories.participant_of(subject)
    nurse = factories.coordinator_at(site)
    capture = factories.capture_of(subject, submit=True, by=nurse)
    query = raise_query(capture=capture, message="Is this right?", by=factories.monitor_at(site))
    conversation = factories.conversation_with(subject, by=nurse)
    appointment = factories.appointment_of(subject, nurse)
    token: ApiToken = issue_token(user=person, name="Phone")[0]
    version = StudyVersion.objects.get(trial=site.trial, number=1)
    manager = factories.data_manager_of(site.trial)
    draft = create_study_version(trial=site.trial, document=factories.DOCUMENT, by=manager)
    event = AuditLog.objects.filter(entity_id=capture.pk).order_by("sequence")[0]
    return {
        "site": site,
        "trial": site.trial,
        "subject": subject,
        "patient": subject.patient,
        "capture": capture,
        "file": factories.file_of(capture, by=nurse),
        "query": query,
        "appointment": appointment,
        "invitation": subject.patient.invitations.get(),
        "conversation": conversation,
        "message": Message.objects.get(conversation=conversation),
        "study_version": version,
        "study_import": _looked_at(site),
        "capture_move": factories.move_at(site, version, by=manager),
        "comment": factories.comment_on(draft, by=manager),
        "membership": Membership.objects.get(user=nurse),
        "event": event,
        "export": StudyExport.objects.create(trial=site.trial, asked_by=person, format="odm"),
        "token": token,
        "session": UserSession.objects.create(user=person, ip="127.0.0.1", session_key=f"key of {person.pk}"[:40]),
        "person": person,
    }


def _parameters(kinds: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the routes about these objects take."""
    parameters: dict[str, dict[str, Any]] = {kind: {"pk": found.pk} for kind, found in kinds.items()}
    form = {"visit": "W2", "visit_repeat": 1, "form": "VS", "form_repeat": 1}
    parameters["form"] = {"pk": kinds["subject"].pk, **form}
    parameters["field"] = {"pk": kinds["capture"].pk, "place": "SYSBP"}
    parameters["diary"] = {"pk": kinds["subject"].pk, **form, "form": "DIARY"}
    version = kinds["study_version"]
    parameters["version_at_site"] = {"pk": version.pk, "site": kinds["site"].pk, "number": version.number}
    parameters["go"] = {"entity": "DataCapture", "pk": kinds["capture"].pk}
    return parameters


def _looked_at(site: Site) -> StudyImport:
    """Write down that a data manager looked at a study file."""
    manager, file = factories.data_manager_of(site.trial), FileFacts("study.xml", "0" * 64, 1)
    study = StudyFile("ODM 1.3", None)
    return importing.looked_at(trial=site.trial, study=study, file=file, by=manager)
