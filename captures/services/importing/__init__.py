"""Bring study files in, and take them back."""

from captures.services.importing.bringing_in import (
    BroughtInAlready,
    ChangedHere,
    FileFacts,
    NoStudyVersion,
    TrialShut,
    bring_in,
    look_at,
    looked_at,
)
from captures.services.importing.files import (
    FileGone,
    FileUnreadable,
    forget_files,
    keep_and_look,
    take_file,
)
from captures.services.importing.result import Result
from captures.services.importing.taking_back import NotBroughtIn, take_back
from captures.services.importing.working import study_files_wait, work_on_next_file

__all__ = [
    "BroughtInAlready",
    "ChangedHere",
    "FileFacts",
    "FileGone",
    "FileUnreadable",
    "NoStudyVersion",
    "NotBroughtIn",
    "Result",
    "TrialShut",
    "bring_in",
    "forget_files",
    "keep_and_look",
    "look_at",
    "looked_at",
    "study_files_wait",
    "take_back",
    "take_file",
    "work_on_next_file",
]
