"""Which study files a person may see, and what came with them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from captures.models import DataCapture, SourceRecord, StudyFileJob, StudyImport
from captures.selectors.sight import Sight
from edc.accounts.models import User
from trials.definition import item_of
from trials.roles import Right
from trials.selectors import trial_ids_with

MOST_RECORDS = 200
# These tell of several places at once.
TELL_VALUES = (SourceRecord.Kind.EARLIER, SourceRecord.Kind.FILE)


def study_imports_visible_to(user: User) -> QuerySet[StudyImport]:
    """Return the study files of the trials into which this person may bring some, newest first."""
    rows = StudyImport.objects.filter(trial__in=trial_ids_with(user, Right.IMPORT_DATA))
    return rows.select_related("trial", "study_version", "looked_at_by", "undone_by").order_by("-created_at", "-pk")


def study_imports_at_work(user: User) -> QuerySet[StudyImport]:
    """Return the study files that were brought in, and those that are worked on for this person."""
    begun = Q(looked_at_by=user) & Exists(StudyFileJob.objects.filter(study_import=OuterRef("pk")))
    return study_imports_visible_to(user).filter(~Q(state=StudyImport.State.WAITING) | begun)


def source_records_of(user: User, capture: DataCapture) -> list[SourceRecord]:
    """Return what the capture's study file told of it, in the file's order: who did what there, when and why.

    Nothing of what is about values that are not for this person.
    """
    hidden = Sight(user).hidden_items(capture)
    named = [name for names in capture.source_keys.get("records", {}).values() for name in names]
    records = SourceRecord.objects.filter(capture=capture)
    if named and capture.study_import_id:
        records = records | SourceRecord.objects.filter(study_import=capture.study_import_id, file_id__in=named)
    if hidden:
        records = records.exclude(kind__in=TELL_VALUES)
    return [record for record in records.order_by("pk")[:MOST_RECORDS] if item_of(record.place) not in hidden]
