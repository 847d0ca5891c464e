"""Reads of captures: who may see which, and what the pages of staff show of many at once."""

from captures.selectors.answers import answers_of, in_words, words_of
from captures.selectors.api import newest_captures_as_json, version_rows_of, with_events
from captures.selectors.before import values_before
from captures.selectors.captures import (
    Place,
    capture_at,
    captures_at_work,
    captures_visible_to,
    comment_counts,
    comments_on,
    drafts_at,
    place_after,
    place_in,
    subjects_at_work,
)
from captures.selectors.casebook import casebook_of
from captures.selectors.files import files_visible_to
from captures.selectors.grid import Cell, Grid, columns_of, grid_of, grid_subjects, rows_of
from captures.selectors.imports import source_records_of, study_imports_visible_to
from captures.selectors.outside import checked_values, missing_of, rules_at, values_among
from captures.selectors.participant import Task, Tasks, done_lately, in_own_words, own_captures, series_of, tasks_of
from captures.selectors.schedule import (
    OPEN_TRIALS,
    has_come,
    is_past_the_end,
    state_of_capture,
    state_without_capture,
    window_of,
)
from captures.selectors.site import (
    FORMS_ON_A_PAGE,
    MOST_COUNTED,
    WORK_LISTS,
    contact_counts,
    enrolment_of,
    lately_changed_subjects,
    lately_done,
    titles_of,
    work_counts,
    work_list,
)
from captures.selectors.sources import SourceValue, earlier_in_file, repeats_in_file, values_in_file
from captures.selectors.trying import DryRun, dry_run
from captures.selectors.versions import (
    changes_at,
    changes_by_item,
    differences,
    version_at,
    version_numbers,
    versions_of,
)

__all__ = [
    "FORMS_ON_A_PAGE",
    "MOST_COUNTED",
    "OPEN_TRIALS",
    "WORK_LISTS",
    "Cell",
    "DryRun",
    "Grid",
    "Place",
    "SourceValue",
    "Task",
    "Tasks",
    "answers_of",
    "capture_at",
    "captures_at_work",
    "captures_visible_to",
    "casebook_of",
    "changes_at",
    "changes_by_item",
    "checked_values",
    "columns_of",
    "comment_counts",
    "comments_on",
    "contact_counts",
    "differences",
    "done_lately",
    "drafts_at",
    "dry_run",
    "earlier_in_file",
    "enrolment_of",
    "files_visible_to",
    "grid_of",
    "grid_subjects",
    "has_come",
    "in_own_words",
    "in_words",
    "is_past_the_end",
    "lately_changed_subjects",
    "lately_done",
    "missing_of",
    "newest_captures_as_json",
    "own_captures",
    "place_after",
    "place_in",
    "repeats_in_file",
    "rows_of",
    "rules_at",
    "series_of",
    "source_records_of",
    "state_of_capture",
    "state_without_capture",
    "study_imports_visible_to",
    "subjects_at_work",
    "tasks_of",
    "titles_of",
    "values_among",
    "values_before",
    "values_in_file",
    "version_at",
    "version_numbers",
    "version_rows_of",
    "versions_of",
    "window_of",
    "with_events",
    "words_of",
    "work_counts",
    "work_list",
]
