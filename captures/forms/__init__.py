"""What staff and participants type, checked for its shape."""

from captures.forms.comments import CommentForm
from captures.forms.conflicts import chosen_data, clashes_of, is_undecided
from captures.forms.drafts import as_posted, typed_in
from captures.forms.entry import PREFIX, EntryForm
from captures.forms.exports import ExportForm
from captures.forms.files import AttachForm
from captures.forms.filters import GridFilters, PlaceFilters, QueryFilters
from captures.forms.importing import TakeBack, UploadStudyFile
from captures.forms.moves import DispositionForm, ReopenForm
from captures.forms.moving import MoveCaptures, UndoMove
from captures.forms.not_done import NotDoneForm
from captures.forms.queries import MOVE_FORMS, BulkAnswerForm, MoveForm, RaiseForm

__all__ = [
    "MOVE_FORMS",
    "PREFIX",
    "AttachForm",
    "BulkAnswerForm",
    "CommentForm",
    "DispositionForm",
    "EntryForm",
    "ExportForm",
    "GridFilters",
    "MoveCaptures",
    "MoveForm",
    "NotDoneForm",
    "PlaceFilters",
    "QueryFilters",
    "RaiseForm",
    "ReopenForm",
    "TakeBack",
    "UndoMove",
    "UploadStudyFile",
    "as_posted",
    "chosen_data",
    "clashes_of",
    "is_undecided",
    "typed_in",
]
