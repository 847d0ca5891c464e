"""Where a page is: the site and the trial of the row that its address names."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from captures.selectors import captures_visible_to, queries_visible_to, study_imports_visible_to
from edc.accounts.models import User
from messaging.selectors import conversations_visible_to
from patients.selectors import appointments_visible_to, patients_visible_to, subjects_visible_to
from trials.selectors import study_versions_visible_to

Rows = Callable[[User], QuerySet[Any]]

SUBJECT: tuple[Rows, tuple[str, ...]] = (subjects_visible_to, ("site_id", "trial_id"))
CAPTURE: tuple[Rows, tuple[str, ...]] = (captures_visible_to, ("site_id", "trial_id"))
PATIENT: tuple[Rows, tuple[str, ...]] = (patients_visible_to, ("primary_clinic_id", "primary_clinic__trial_id"))
APPOINTMENT: tuple[Rows, tuple[str, ...]] = (appointments_visible_to, ("site_id", "trial_id"))

VERSION: tuple[Rows, tuple[str, ...]] = (study_versions_visible_to, ("trial_id",))
BUILDING = (
    *("study", "visit", "form", "form_properties", "section", "item", "paste", "library"),
    *("code_lists", "code_list", "checks", "check"),
)

# The pages of a row that is at a place; a page of the place itself names it.
ROWS: dict[str, tuple[Rows, tuple[str, ...]]] = {
    **dict.fromkeys(("captures:casebook", "captures:disposition", "captures:new", "captures:not_done"), SUBJECT),
    **dict.fromkeys((f"captures:{name}" for name in ("capture", "edit", "finalise", "reopen", "restore")), CAPTURE),
    **dict.fromkeys((f"captures:{name}" for name in ("history", "compare", "field", "attach", "raise_query")), CAPTURE),
    "captures:query": (queries_visible_to, ("site_id", "trial_id")),
    **dict.fromkeys(("patients:patient", "patients:change_patient", "patients:invite"), PATIENT),
    **dict.fromkeys((f"patients:{name}_appointment" for name in ("change", "cancel", "close")), APPOINTMENT),
    "patients:appointment": APPOINTMENT,
    "captures:study_file": (study_imports_visible_to, ("trial_id",)),
    "messaging:thread": (conversations_visible_to, ("site_id", "trial_id")),
    **dict.fromkeys(("trials:study_version", "trials:move_study_version", "trials:copy_study_version"), VERSION),
    **dict.fromkeys(("captures:preview", "captures:preview_item", "captures:dry_run"), VERSION),
    **dict.fromkeys(("trials:build", *(f"trials:build_{name}" for name in BUILDING)), VERSION),
    **dict.fromkeys(
        ("trials:publish", "trials:differences", "trials:comment", "captures:impact", "captures:move"), VERSION
    ),
}


def places_of(user: User, page: str, keys: list[UUID]) -> list[str]:
    """Return the site and the trial, in this order, of the row that this page of the person shows."""
    if page not in ROWS or not keys:
        return []
    rows, columns = ROWS[page]
    found = rows(user).filter(pk=keys[0]).values_list(*columns).first()
    return [str(key) for key in found or ()]
