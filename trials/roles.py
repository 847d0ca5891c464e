"""Which role may do what: the one table. `bin/edc role_table` writes it into the README."""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """Roles of people in a trial, in the words of ICH E6(R3) and ODM 2.0."""

    INVESTIGATOR = "INVESTIGATOR", "Investigator"
    SUB_INVESTIGATOR = "SUB_INVESTIGATOR", "Sub-investigator"
    COORDINATOR = "COORDINATOR", "Study coordinator"
    DATA_MANAGER = "DATA_MANAGER", "Data manager"
    MONITOR = "MONITOR", "Monitor"
    AUDITOR = "AUDITOR", "Auditor"
    SPONSOR = "SPONSOR", "Sponsor"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"


class Right(StrEnum):
    """What may be allowed at a site, or at every site of a trial; also the codename of the permission."""

    VIEW_TRIAL = "view_trial"
    VIEW_DATA = "view_data"
    VIEW_IDENTITY = "view_identity"
    ENROL = "enrol"
    ENTER_DATA = "enter_data"
    FINALISE_CAPTURES = "finalise_captures"
    RAISE_QUERIES = "raise_queries"
    MANAGE_QUERIES = "manage_queries"
    VIEW_MESSAGES = "view_messages"
    SEND_MESSAGES = "send_messages"
    VIEW_APPOINTMENTS = "view_appointments"
    BOOK_APPOINTMENTS = "book_appointments"
    VIEW_AUDIT = "view_audit"
    EXPORT_DATA = "export_data"
    IMPORT_DATA = "import_data"
    MANAGE_TRIAL = "manage_trial"
    APPROVE_TRIAL = "approve_trial"
    MANAGE_STUDY = "manage_study"
    MANAGE_MEMBERS = "manage_members"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Right.VIEW_TRIAL: "See the trial, its sites and its progress",
    Right.VIEW_DATA: "See subjects and captures under their pseudonym",
    Right.VIEW_IDENTITY: "See who a patient is",
    Right.ENROL: "Register patients, enrol subjects, invite participants",
    Right.ENTER_DATA: "Enter and correct captures, answer data queries",
    Right.FINALISE_CAPTURES: "Finalise and re-open captures",
    Right.RAISE_QUERIES: "Raise data queries, and close those of the own role",
    Right.MANAGE_QUERIES: "Close and cancel any data query",
    Right.VIEW_MESSAGES: "Read the site's messages",
    Right.SEND_MESSAGES: "Write messages for the site",
    Right.VIEW_APPOINTMENTS: "See appointments",
    Right.BOOK_APPOINTMENTS: "Book and change appointments",
    Right.VIEW_AUDIT: "Read the audit trail",
    Right.EXPORT_DATA: "Export data and audit trail",
    Right.IMPORT_DATA: "Bring in the data of a study file, and take them back",
    Right.MANAGE_TRIAL: "Write the trial and move it through its life",
    Right.APPROVE_TRIAL: "Approve the trial and study versions",
    Right.MANAGE_STUDY: "Build study versions",
    Right.MANAGE_MEMBERS: "Manage sites, memberships and accounts",
}

_READ_SITE = {Right.VIEW_TRIAL, Right.VIEW_DATA, Right.VIEW_AUDIT, Right.EXPORT_DATA}
_CARE = {
    *(Right.VIEW_TRIAL, Right.VIEW_DATA, Right.VIEW_IDENTITY, Right.ENROL, Right.ENTER_DATA),
    *(Right.VIEW_MESSAGES, Right.SEND_MESSAGES, Right.VIEW_APPOINTMENTS, Right.BOOK_APPOINTMENTS),
}

# A sponsor never writes, an administrator sees no clinical data, an auditor reads only, a monitor reads and asks.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.INVESTIGATOR: frozenset(
        _CARE | {Right.FINALISE_CAPTURES, Right.VIEW_AUDIT, Right.EXPORT_DATA, Right.APPROVE_TRIAL}
    ),
    Role.SUB_INVESTIGATOR: frozenset(_CARE | {Right.FINALISE_CAPTURES}),
    Role.COORDINATOR: frozenset(_CARE),
    Role.DATA_MANAGER: frozenset(
        _READ_SITE
        | {Right.RAISE_QUERIES, Right.MANAGE_QUERIES, Right.IMPORT_DATA, Right.MANAGE_TRIAL, Right.MANAGE_STUDY}
    ),
    Role.MONITOR: frozenset(_READ_SITE | {Right.RAISE_QUERIES}),
    Role.AUDITOR: frozenset(_READ_SITE | {Right.VIEW_MESSAGES, Right.VIEW_APPOINTMENTS}),
    Role.SPONSOR: frozenset({Right.VIEW_TRIAL}),
    Role.ADMINISTRATOR: frozenset({Right.VIEW_TRIAL, Right.MANAGE_MEMBERS}),
}

# What who administrates the whole portal may do in every trial (`edc_trials_with`), and before there is one.
PORTALS_RIGHTS = frozenset({Right.VIEW_TRIAL, Right.MANAGE_MEMBERS})

# Roles held at one site; the others are held for a whole trial, and a monitor for either.
AT_A_SITE = frozenset({Role.INVESTIGATOR, Role.SUB_INVESTIGATOR, Role.COORDINATOR, Role.MONITOR})
FOR_A_TRIAL = frozenset({Role.DATA_MANAGER, Role.MONITOR, Role.AUDITOR, Role.SPONSOR, Role.ADMINISTRATOR})
# Nobody may hold one of the first kind and one of the second in the same trial (separation of duties).
SEPARATED = (
    (frozenset({Role.SPONSOR}), frozenset(Role) - {Role.SPONSOR}),
    (frozenset({Role.ADMINISTRATOR}), frozenset(Role) - {Role.ADMINISTRATOR}),
    (frozenset({Role.AUDITOR, Role.MONITOR, Role.DATA_MANAGER}), AT_A_SITE - {Role.MONITOR}),
)

# Roles whose own place is the record list of the Django admin.
ADMIN_ROLES = (Role.DATA_MANAGER, Role.ADMINISTRATOR)
