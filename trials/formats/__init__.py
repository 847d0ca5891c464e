"""Readers of other systems' study files: from a file to a study version and a stream of its data."""

from trials.formats.places import Place, Places
from trials.formats.reading import read_study
from trials.formats.recognise import Kind, recognise
from trials.formats.study import (
    Annotation,
    AuditRecord,
    Counts,
    FileRefused,
    Key,
    Level,
    Problem,
    Record,
    Removal,
    Signature,
    StoredValue,
    StudyFile,
)

__all__ = [
    "Annotation",
    "AuditRecord",
    "Counts",
    "FileRefused",
    "Key",
    "Kind",
    "Level",
    "Place",
    "Places",
    "Problem",
    "Record",
    "Removal",
    "Signature",
    "StoredValue",
    "StudyFile",
    "read_study",
    "recognise",
]
