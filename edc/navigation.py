"""The lines of the navigation: what each kind of person works with, and which pages belong to each line."""

from dataclasses import dataclass

from trials.roles import Right


@dataclass(frozen=True)
class Entry:
    """One line of a navigation: `under` are the names of pages that belong to it, a whole app as `messaging:`."""

    label: str
    page: str
    icon: str
    under: tuple[str, ...]
    right: Right | None = None


PARTICIPANT_NAV = (
    Entry("Today", "captures:today", "house", ("captures:today", "captures:my_form", "captures:my_trials")),
    Entry("My data", "captures:my_data", "clipboard2-pulse", ("captures:my_data", "captures:my_capture")),
    Entry("Messages", "messaging:inbox", "chat-dots", ("messaging:inbox", "messaging:thread", "messaging:new")),
    Entry("Appointments", "patients:appointments", "calendar-event", ("patients:",)),
    Entry("Account", "accounts:overview", "person-circle", ("accounts:",)),
)
CASEBOOK = (
    *("captures:grid", "captures:casebook", "captures:new", "captures:capture", "captures:edit"),
    *("captures:history", "captures:compare"),
)
QUERIES = ("captures:queries", "captures:query", "captures:raise_query", "captures:answer_queries")
STAFF_NAV = (
    Entry("Subjects", "captures:grid", "grid-3x3", CASEBOOK, Right.VIEW_DATA),
    Entry("Queries", "captures:queries", "question-circle", QUERIES, Right.VIEW_DATA),
    Entry("Messages", "messaging:inbox", "chat-dots", PARTICIPANT_NAV[2].under, Right.VIEW_MESSAGES),
    Entry(
        "Appointments",
        "patients:appointments",
        "calendar-event",
        ("patients:appointment", "patients:appointments", "patients:book", "patients:change_appointment"),
        Right.VIEW_APPOINTMENTS,
    ),
    Entry("Trials", "trials:list", "building", ("trials:", "captures:exports"), Right.VIEW_TRIAL),
    Entry("Audit", "audit:log", "shield-check", ("audit:",), Right.VIEW_AUDIT),
    Entry("Accounts", "accounts:people", "person-plus", ("accounts:people",), Right.MANAGE_MEMBERS),
)
# Lists of one trial, and all lists that can be kept to one place.
OF_A_TRIAL = {"captures:grid", "captures:queries"}
KEEP_PLACE = {"captures:grid", "captures:queries", "messaging:inbox", "patients:appointments"}
