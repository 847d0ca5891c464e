"""Create, save, submit, finalise and re-open captures, ask about their values; take grids and whole studies out."""

from captures.services.checks import sync_many
from captures.services.commenting import comment_on_field
from captures.services.drafts import drop_draft, forget_drafts, keep_draft, tidy
from captures.services.entering import (
    AnswersLeftOver,
    VisitNotOpen,
    create_capture,
    create_plain_capture,
    save_capture,
)
from captures.services.export_jobs import (
    FileGone,
    TooManyExports,
    ask_for_export,
    exports_wait,
    forget_exports,
    open_export,
    write_next_export,
)
from captures.services.exporting import export_grid
from captures.services.files import (
    KINDS_TAKEN,
    LARGEST_FILE,
    NoFile,
    attach_file,
    detach_file,
    fetch_file,
)
from captures.services.finalising import AnswersMissing, finalise_capture, reopen_capture
from captures.services.moving import MoveRefused, move_captures, undo_move
from captures.services.not_done import ValuesInTheWay, mark_not_done, record_not_done, restore_capture
from captures.services.queries import (
    MOST_AT_ONCE,
    QUERY_MOVES,
    QueryMoved,
    answer_queries,
    answer_query,
    cancel_query,
    close_query,
    raise_query,
    requery,
)
from captures.services.study_exports import TimeNotPassed, export_study
from captures.services.writing import (
    MOVES,
    CaptureExists,
    CaptureFinalised,
    CaptureNotDone,
    CaptureNotSubmitted,
    TrialNotOpen,
)

__all__ = [
    "KINDS_TAKEN",
    "LARGEST_FILE",
    "MOST_AT_ONCE",
    "MOVES",
    "QUERY_MOVES",
    "AnswersLeftOver",
    "AnswersMissing",
    "CaptureExists",
    "CaptureFinalised",
    "CaptureNotDone",
    "CaptureNotSubmitted",
    "FileGone",
    "MoveRefused",
    "NoFile",
    "QueryMoved",
    "TimeNotPassed",
    "TooManyExports",
    "TrialNotOpen",
    "ValuesInTheWay",
    "VisitNotOpen",
    "answer_queries",
    "answer_query",
    "ask_for_export",
    "attach_file",
    "cancel_query",
    "close_query",
    "comment_on_field",
    "create_capture",
    "create_plain_capture",
    "detach_file",
    "drop_draft",
    "export_grid",
    "export_study",
    "exports_wait",
    "fetch_file",
    "finalise_capture",
    "forget_drafts",
    "forget_exports",
    "keep_draft",
    "mark_not_done",
    "move_captures",
    "open_export",
    "raise_query",
    "record_not_done",
    "reopen_capture",
    "requery",
    "restore_capture",
    "save_capture",
    "sync_many",
    "tidy",
    "undo_move",
    "write_next_export",
]
