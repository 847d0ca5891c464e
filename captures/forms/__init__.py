"""What staff and participants type, checked for its shape."""

from captures.forms.comments import CommentForm
from captures.forms.conflicts import chosen_data, clashes_of, is_undecided
from captures.forms.drafts import as_posted, typed_in
from captures.forms.entry import PREFIX, EntryForm
from captures.forms.exports import ExportForm
from captures.forms.files import AttachForm
from captures.forms.filters import GridFilters
from captures.forms.importing import TakeBack, UploadStudyFile
from captures.forms.moves import DispositionForm, ReopenForm
from captures.forms.not_done import NotDoneForm

__all__ = [
    "PREFIX",
    "AttachForm",
    "CommentForm",
    "DispositionForm",
    "EntryForm",
    "ExportForm",
    "GridFilters",
    "NotDoneForm",
    "ReopenForm",
    "TakeBack",
    "UploadStudyFile",
    "as_posted",
    "chosen_data",
    "clashes_of",
    "is_undecided",
    "typed_in",
]
