"""Create, save, submit, finalise and re-open captures; take the subjects grid out of the portal."""

from captures.services.drafts import drop_draft, forget_drafts, keep_draft, tidy
from captures.services.entering import (
    AnswersLeftOver,
    VisitNotOpen,
    create_capture,
    create_plain_capture,
    save_capture,
)
from captures.services.exporting import export_grid
from captures.services.finalising import AnswersMissing, finalise_capture, reopen_capture
from captures.services.writing import (
    MOVES,
    CaptureExists,
    CaptureFinalised,
    CaptureNotSubmitted,
    TrialNotOpen,
)

__all__ = [
    "MOVES",
    "AnswersLeftOver",
    "AnswersMissing",
    "CaptureExists",
    "CaptureFinalised",
    "CaptureNotSubmitted",
    "TrialNotOpen",
    "VisitNotOpen",
    "create_capture",
    "create_plain_capture",
    "drop_draft",
    "export_grid",
    "finalise_capture",
    "forget_drafts",
    "keep_draft",
    "reopen_capture",
    "save_capture",
    "tidy",
]
