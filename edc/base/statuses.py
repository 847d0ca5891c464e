"""How each state is shown: an icon, a word and a tone, never a colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """What a person sees of a state; `means` is for the legend."""

    word: str
    icon: str
    tone: str
    means: str = ""


# States of a form, in the order in which they matter when several hold.
FORM = {
    "OPEN_QUERY": Look("Open query", "question-circle-fill", "bad", "Somebody asks about a value; the site answers."),
    "ANSWERED_QUERY": Look("Answered query", "reply-fill", "info", "The site has answered; the asker closes it."),
    "OVERDUE": Look("Overdue", "exclamation-triangle-fill", "bad", "The time for it has passed."),
    "MISSING": Look("Missing items", "exclamation-circle-fill", "warn", "Submitted, but required items are empty."),
    "FLAGGED": Look(
        "Unexpected value", "flag-fill", "warn", "A value lies outside the range that the protocol expects."
    ),
    "DUE": Look("Due", "clock", "warn", "To be done now."),
    "IN_PROGRESS": Look("In progress", "pencil-square", "info", "Begun and saved as a draft, not submitted."),
    "NOT_STARTED": Look("Not started", "circle", "neutral", "Nothing has been entered."),
    "SUBMITTED": Look("Submitted", "check-lg", "good", "Entered in full; changes now need a reason."),
    "FINALISED": Look("Finalised", "journal-check", "good", "Complete and confirmed by the investigator."),
    "VERIFIED": Look("Verified", "check2-all", "good", "Compared with the source by the monitor."),
    "SIGNED": Look("Signed", "pen-fill", "violet", "Signed by the investigator."),
    "FROZEN": Look("Frozen", "snow", "ice", "Values cannot change; queries and signatures can."),
    "LOCKED": Look("Locked", "lock-fill", "slate", "Nothing can change."),
    "NOT_ASKED": Look(
        "Not expected", "dash-circle", "neutral", "After what was answered, the study does not ask for it."
    ),
    "NOT_DONE": Look("Not done", "slash-circle", "neutral", "Will not be filled in; the reason is recorded."),
    "REMOVED": Look("Removed", "trash3", "neutral", "Taken out of view; kept in the history."),
}

OTHER = {
    "ACTIVE": Look("Active", "check-circle-fill", "good"),
    "ANSWERED": Look("Answered", "reply-fill", "info"),
    "APPROVED": Look("Approved", "patch-check-fill", "good"),
    "ARCHIVED": Look("Archived", "archive", "neutral"),
    "BOOKED": Look("Booked", "calendar-event", "info"),
    "CANCELLED": Look("Cancelled", "x-circle", "neutral"),
    "CLOSED": Look("Closed", "lock-fill", "neutral"),
    "COMPLETED": Look("Completed", "check-circle-fill", "good"),
    "CONFIRMED": Look("Confirmed", "check2-circle", "good"),
    "DELIVERED": Look("Delivered", "check2-all", "neutral"),
    "DIED": Look("Died", "dash-circle", "neutral"),
    "DISABLED": Look("Disabled", "slash-circle", "neutral"),
    "DRAFT": Look("Draft", "pencil-square", "info"),
    "ENROLLED": Look("Enrolled", "person-plus", "info"),
    "EXPIRED": Look("Expired", "clock-history", "neutral"),
    "FOLLOW_UP": Look("Follow-up", "arrow-repeat", "info"),
    "IN_REVIEW": Look("In review", "eye", "warn"),
    "LOST_TO_FOLLOW_UP": Look("Lost to follow-up", "question-circle", "neutral"),
    "NEW": Look("New", "bell", "info"),
    "NO_SHOW": Look("Did not come", "calendar-x", "warn"),
    "OPEN": Look("Open", "question-circle-fill", "bad"),
    "ON_HOLD": Look("On hold", "pause-circle", "warn"),
    "ON_TREATMENT": Look("On treatment", "clipboard2-pulse", "good"),
    "PENDING": Look("Pending", "hourglass-split", "warn"),
    "PLANNED": Look("Planned", "calendar-event", "info"),
    "PUBLISHED": Look("Published", "check-circle-fill", "good"),
    "RANDOMISED": Look("Randomised", "people", "info"),
    "DONE": Look("Ready", "check-circle-fill", "good"),
    "FAILED": Look("Failed", "x-circle", "bad"),
    "RUNNING": Look("Being written", "arrow-repeat", "info"),
    "READ": Look("Read", "eye", "good"),
    "REQUESTED": Look("Requested", "hourglass-split", "warn"),
    "RETIRED": Look("Retired", "archive", "neutral"),
    "REVOKED": Look("Revoked", "x-circle", "neutral"),
    "SCREEN_FAILED": Look("Screen failed", "dash-circle", "neutral"),
    "SCREENING": Look("In screening", "search", "info"),
    "SENT": Look("Sent", "send", "neutral"),
    "SUPERSEDED": Look("Superseded", "archive", "neutral"),
    "SUSPENDED": Look("Suspended", "pause-circle", "warn"),
    "TREATMENT_DISCONTINUED": Look("Treatment discontinued", "slash-circle", "neutral"),
    "WAITING": Look("Waiting", "hourglass-split", "warn"),
    "WITHDRAWN": Look("Withdrawn", "box-arrow-right", "neutral"),
}

LOOKS = FORM | OTHER


def look(code: str) -> Look:
    """Return how to show a state; a state not listed here shows its own words, quietly."""
    key = str(code).upper()
    return LOOKS.get(key) or Look(key.replace("_", " ").capitalize(), "circle-half", "neutral")
