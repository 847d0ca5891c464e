"""Captures, the data queries about them, what people typed and have not saved, study files that were brought in,
and exports.

Only `captures.services` writes here.
"""

from captures.models.captures import DataCapture
from captures.models.comments import FieldComment
from captures.models.drafts import EntryDraft
from captures.models.exports import StudyExport
from captures.models.files import UploadedFile
from captures.models.imports import SourceRecord, StudyFileJob, StudyImport
from captures.models.moves import CaptureMove, MovedCapture
from captures.models.queries import DataQuery, DataQueryEntry

__all__ = [
    "CaptureMove",
    "DataCapture",
    "DataQuery",
    "DataQueryEntry",
    "EntryDraft",
    "FieldComment",
    "MovedCapture",
    "SourceRecord",
    "StudyExport",
    "StudyFileJob",
    "StudyImport",
    "UploadedFile",
]
