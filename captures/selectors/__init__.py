"""Reads of captures: who may see which, and what the pages of staff show of many at once."""

from captures.selectors.answers import answers_of, in_words
from captures.selectors.api import newest_captures_as_json, version_rows_of, with_events
from captures.selectors.captures import (
    Place,
    capture_at,
    capture_before,
    captures_at_work,
    captures_visible_to,
    place_after,
    place_in,
    subjects_at_work,
)
from captures.selectors.casebook import casebook_of
from captures.selectors.grid import Cell, Grid, columns_of, grid_of, grid_subjects, rows_of
from captures.selectors.outside import checked_values, missing_of, rules_at
from captures.selectors.participant import Task, Tasks, done_lately, own_captures, series_of, tasks_of
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
from captures.selectors.versions import (
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
    "Grid",
    "Place",
    "Task",
    "Tasks",
    "answers_of",
    "capture_at",
    "capture_before",
    "captures_at_work",
    "captures_visible_to",
    "casebook_of",
    "changes_by_item",
    "checked_values",
    "columns_of",
    "contact_counts",
    "differences",
    "done_lately",
    "enrolment_of",
    "grid_of",
    "grid_subjects",
    "has_come",
    "in_words",
    "is_past_the_end",
    "lately_changed_subjects",
    "lately_done",
    "missing_of",
    "newest_captures_as_json",
    "own_captures",
    "place_after",
    "place_in",
    "rows_of",
    "rules_at",
    "series_of",
    "state_of_capture",
    "state_without_capture",
    "subjects_at_work",
    "tasks_of",
    "titles_of",
    "version_at",
    "version_numbers",
    "version_rows_of",
    "versions_of",
    "window_of",
    "with_events",
    "work_counts",
    "work_list",
]
