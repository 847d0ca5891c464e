"""Bodies of the right shape for the endpoints that check the shape before they ask for the right."""

from typing import Any

from tests.factories import DOCUMENT

TRIAL = {"title": "Another title", "description": "", "start_date": None, "end_date": None, "planned_subjects": 0}
REASON = {"reason": "Because the test says so"}

BODIES: dict[str, dict[str, Any]] = {
    "api:trial": TRIAL | REASON,
    "api:trials": TRIAL | {"protocol_number": "NEW-1"},
    "api:move_trial": {"to": "SUSPENDED", **REASON},
    "api:approve_trial": {"approved": True, **REASON},
    "api:study_version": {"document": DOCUMENT},
    "api:move_study_version": {"to": "IN_REVIEW", **REASON},
    "api:publish_study_version": REASON,
    "api:study_version_comments": {"text": "Is this meant so?"},
    "api:site": {"name": "Another name", **REASON},
    "api:end_membership": REASON,
    "api:reopen_capture": REASON,
    "api:undo_capture_move": REASON,
    "api:capture": {"data": {"SYSBP": "121"}, **REASON},
    "api:mark_not_done": REASON,
    "api:capture_comments": {"place": "SYSBP", "text": "After a rest"},
    "api:answer_query": {"text": "Seen in the source"},
    "api:requery": {"text": "Which of the two?"},
    "api:cancel_query": {"text": "Asked twice"},
    "api:cancel_appointment": REASON,
    "api:close_appointment": {"attended": True, **REASON},
    "api:conversation_messages": {"body": "Good morning"},
    "api:subject_disposition": {"disposition": "COMPLETED", "on": "2026-07-01", **REASON},
    "api:patient_preferences": {"preferences": {"text_size": "large"}},
}
